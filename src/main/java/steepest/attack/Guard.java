package steepest.attack;

import steepest.HostArray;
import steepest.data.Dataset;

/** Holds examples to what they promise, in double precision, whatever rounding did on the device. */
final class Guard {
    private Guard() {}

    /**
     * The examples cut to domain and ball; a sample whose example is not a number, or lies outside the ball of an attack
     * that only filters, comes back as it was.
     *
     * @param x the clean samples, {@code [N, …]}
     * @param adversarial F32 of x's shape; not changed
     * @param filter whether an example outside the ball is dropped, not cut
     */
    static HostArray hold(
            HostArray x, HostArray adversarial, Norm norm, double epsilon, Dataset.Domain domain, boolean filter) {
        float[] a = x.floats();
        float[] b = adversarial.floats().clone();
        int n = x.shape().dim(0);
        int length = n == 0 ? 0 : a.length / n;
        for (int i = 0; i < n; i++) {
            int from = i * length;
            int to = from + length;
            boolean number = true;
            for (int j = from; j < to; j++) {
                number &= !Float.isNaN(b[j]);
                b[j] = Math.max(domain.low(), Math.min(domain.high(), b[j]));
            }
            boolean outside = norm.of(a, b, from, to) > epsilon;
            if (!number || epsilon == 0 || outside && (filter || norm == Norm.L0))
                System.arraycopy(a, from, b, from, length);
            else if (outside) shrink(a, b, from, to, norm, epsilon);
        }
        return HostArray.of(b, x.shape());
    }

    private static void shrink(float[] a, float[] b, int from, int to, Norm norm, double epsilon) {
        double[] delta = new double[to - from];
        for (int j = from; j < to; j++) delta[j - from] = (double) b[j] - a[j];
        double factor = epsilon / norm.of(a, b, from, to);
        // rounding to floats may lead out again by an ulp: a little less, until it does not
        for (double less = 0; norm.of(a, b, from, to) > epsilon; less = less == 0 ? 1e-8 : 2 * less) {
            double f = norm == Norm.LINF ? 1 : Math.max(0, factor * (1 - less));
            double most = epsilon * Math.max(0, 1 - less);
            for (int j = from; j < to; j++) {
                double d = delta[j - from] * f;
                if (norm == Norm.LINF) d = Math.max(-most, Math.min(most, d));
                b[j] = (float) (a[j] + d);
            }
        }
    }

    /** Each pixel at the nearest of the 256 levels of an 8-bit picture of the domain. */
    static HostArray rounded(HostArray x, Dataset.Domain domain) {
        float[] a = x.floats();
        float[] r = new float[a.length];
        double low = domain.low();
        double range = (double) domain.high() - low;
        for (int i = 0; i < a.length; i++) {
            long level = Math.round((a[i] - low) / range * 255);
            r[i] = (float) (low + range * Math.max(0, Math.min(255, level)) / 255);
        }
        return HostArray.of(r, x.shape());
    }
}

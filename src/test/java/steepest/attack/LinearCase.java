package steepest.attack;

import java.util.Arrays;
import java.util.stream.IntStream;
import steepest.HostArray;
import steepest.Shape;
import steepest.nn.Model;

/** Two classes divided by a plane: class 0 has logit w·x + b, class 1 has 0. What is best for an attack is known. */
final class LinearCase {
    static final int D = 36;
    static final float[] W = weights();

    private LinearCase() {}

    private static float[] weights() {
        float[] w = Fixture.uniform(11, D);
        for (int i = 0; i < D; i++) w[i] = 2 * w[i] - 1;
        return w;
    }

    static Model model(double bias) {
        return Fixture.linear(new float[][] {W, new float[D]}, new float[] {(float) bias, 0});
    }

    /** The same with two classes more, far below, for losses that need four. */
    static Model fourClasses(double bias) {
        return Fixture.linear(
                new float[][] {W, new float[D], new float[D], new float[D]}, new float[] {(float) bias, 0, -200, -210});
    }

    /** Four samples of class 0, pixels anywhere in [0, 1], or far from the bounds. */
    static Samples samples(boolean centred) {
        float[] x = Fixture.uniform(12, 4 * D);
        if (centred) for (int i = 0; i < x.length; i++) x[i] = 0.3f + 0.4f * x[i];
        return new Samples(HostArray.of(x, Shape.of(4, 1, 6, 6)), new int[4], new int[] {0, 1, 2, 3});
    }

    /** w·x of sample i. */
    static double dot(float[] x, int i) {
        double s = 0;
        for (int j = 0; j < D; j++) s += (double) W[j] * x[i * D + j];
        return s;
    }

    /** The length of w. */
    static double length() {
        double s = 0;
        for (float w : W) s += (double) w * w;
        return Math.sqrt(s);
    }

    /** The least w·x′ within ε of x in the domain [0, 1]; for L2 where no pixel reaches its bound. */
    static double least(Norm norm, float[] x, int sample, double epsilon) {
        double[] room = new double[D];
        for (int j = 0; j < D; j++) room[j] = W[j] > 0 ? x[sample * D + j] : 1 - x[sample * D + j];
        double gain = 0;
        switch (norm) {
            case LINF -> {
                for (int j = 0; j < D; j++) gain += Math.abs(W[j]) * Math.min(epsilon, room[j]);
            }
            case L1 -> { // the heaviest pixels first, each as far as it goes
                Integer[] order = IntStream.range(0, D).boxed().toArray(Integer[]::new);
                Arrays.sort(order, (p, q) -> Float.compare(Math.abs(W[q]), Math.abs(W[p])));
                double left = epsilon;
                for (int j : order) {
                    double d = Math.min(left, room[j]);
                    gain += d * Math.abs(W[j]);
                    left -= d;
                }
            }
            case L2 -> gain = epsilon * length();
            case L0 -> throw new AssertionError(norm);
        }
        return dot(x, sample) - gain;
    }
}

package steepest.selftest.fuzz;

import java.util.Arrays;
import java.util.Optional;
import steepest.HostArray;

/**
 * What a tensor should be, and how far from it each element may lie after all roundings before it; infinite where
 * nothing can be said.
 */
record Enclosure(HostArray value, double[] error) {
    static Enclosure exact(HostArray value) {
        return new Enclosure(value, new double[value.size()]);
    }

    static Enclosure unknown(HostArray value) {
        double[] error = new double[value.size()];
        Arrays.fill(error, Double.POSITIVE_INFINITY);
        return new Enclosure(value, error);
    }

    boolean isExact() {
        for (double e : error) if (e != 0) return false;
        return true;
    }

    /** Whether the bound on an element is worth having: a wrong value would hardly lie within. */
    boolean isTight(int i) {
        return error[i] <= 1e-3 * Math.abs(value.get(i)) + 1e-5;
    }

    /** How an array differs from this, in a few words; empty if it lies within. */
    Optional<String> difference(HostArray got) {
        if (!got.spec().equals(value.spec()))
            return Optional.of("is %s, expected %s".formatted(got.spec(), value.spec()));
        int wrong = 0;
        int worst = -1;
        for (int i = 0; i < error.length; i++) {
            if (accepts(i, got.get(i))) continue;
            wrong++;
            if (worst < 0 || excess(i, got.get(i)) > excess(worst, got.get(worst))) worst = i;
        }
        if (wrong == 0) return Optional.empty();
        return Optional.of("%d of %d elements of %s differ, most of all element %d: %s, expected %s ± %.1e"
                .formatted(wrong, error.length, got.spec(), worst, got.get(worst), value.get(worst), error[worst]));
    }

    private boolean accepts(int i, double got) {
        double v = value.get(i);
        return v == got
                || Double.isNaN(v) && Double.isNaN(got)
                || Math.abs(got - v) <= error[i] && Double.isFinite(v)
                || error[i] == Double.POSITIVE_INFINITY;
    }

    /** The difference as a share of what is allowed, 0 for the same value; over 1 where it is too large. */
    double share(int i, double got) {
        if (error[i] == Double.POSITIVE_INFINITY || accepts(i, got) && error[i] == 0) return 0;
        if (Double.isNaN(value.get(i)) && Double.isNaN(got)) return 0;
        return value.get(i) == got ? 0 : Math.abs(got - value.get(i)) / error[i];
    }

    private double excess(int i, double got) {
        double e = Math.abs(got - value.get(i)) / (error[i] + Float.MIN_NORMAL);
        return Double.isNaN(e) ? Double.POSITIVE_INFINITY : e;
    }
}

package steepest.op;

/** The error function in double precision, by the series near 0 and the continued fraction of erfc away from it. */
final class Erf {
    private static final double TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

    private Erf() {}

    /** Abramowitz and Stegun, 7.1.6 (|x| ≤ 2.5) and 7.1.14 (beyond); accurate to about 1e-15. */
    static double erf(double x) {
        double z = Math.abs(x);
        if (Double.isNaN(x)) return x;
        if (z > 6) return Math.signum(x);
        if (z <= 2.5) {
            // e^(-x²)·Σ 2ⁿ x^(2n+1) / (2n+1)!!: all terms positive, so nothing cancels
            double term = x;
            double sum = x;
            for (int n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
                term *= 2 * x * x / (2 * n + 1);
                sum += term;
            }
            return TWO_OVER_SQRT_PI * StrictMath.exp(-x * x) * sum;
        }
        double fraction = z;
        for (int n = 60; n >= 1; n--) fraction = z + n / 2.0 / fraction;
        return Math.signum(x) * (1 - StrictMath.exp(-z * z) / (Math.sqrt(Math.PI) * fraction));
    }
}

package steepest.certify;

/**
 * How far rounding in single precision can lead, in any order of summation (Higham, "Accuracy and Stability of Numerical
 * Algorithms", 2nd edition, section 3.1): a sum of n products x_i y_i is off by at most γ_n Σ |x_i y_i|. Underflow is left
 * out: what lies below 1e-38 is taken for exact.
 */
final class Rounding {
    /** The unit roundoff of single precision. */
    static final double UNIT = 0x1p-24;

    private Rounding() {}

    /** γ of n products, with some room for the operations around the sum and for what of γ itself is rounded. */
    static double gamma(long n) {
        double nu = (n + 32) * UNIT;
        return nu < 0.5 ? 1.1 * nu / (1 - nu) : Double.POSITIVE_INFINITY;
    }
}

package steepest.attack;

/** A confidence interval of a fraction. */
public record Interval(double low, double high) {
    private static final double Z95 = 1.959963984540054;

    /**
     * Where the true fraction lies with 95 % confidence, given {@code hits} of {@code n} (Wilson, "Probable inference, the
     * law of succession, and statistical inference", JASA 1927). Within [0, 1]; all of it for n = 0.
     */
    public static Interval wilson(long hits, long n) {
        if (n == 0) return new Interval(0, 1);
        double p = (double) hits / n;
        double z2 = Z95 * Z95;
        double middle = (p + z2 / (2 * n)) / (1 + z2 / n);
        double half = Z95 / (1 + z2 / n) * Math.sqrt(p * (1 - p) / n + z2 / (4.0 * n * n));
        // at 0 and n the bound is exact, whatever rounding does
        return new Interval(hits == 0 ? 0 : Math.max(0, middle - half), hits == n ? 1 : Math.min(1, middle + half));
    }
}

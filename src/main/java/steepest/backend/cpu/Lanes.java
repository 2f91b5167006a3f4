package steepest.backend.cpu;

import steepest.op.ScalarOp;

/**
 * The inner loops, over stretches of float arrays. There are two implementations, plain loops and vectors, which give the
 * same bits: every operation is rounded exactly, sums go through the same fixed tree of partial sums, and the elementary
 * functions are {@link FloatMath}'s polynomials in both. No operand overlaps the result, unless both are the same stretch.
 */
interface Lanes {
    /** Partial sums that a long sum is spread over, whatever the vector length. */
    int SUMS = 64;

    /** Partial sums of a dot product. */
    int DOTS = 16;

    /** Bits of a vector; 0 for plain loops. */
    int bits();

    /**
     * Chains of fused multiply-adds {@code v = v·a + b} that do not wait for each other, as a register tile has them: what the
     * processor can do at best.
     *
     * @param v where chains may lie and leave a result: a few hundred elements
     * @return operations done, a multiply-add counted as two
     */
    long multiplyAdds(float[] v, float a, float b);

    /** {@code y = f(x)}. */
    void unary(ScalarOp f, float[] x, int xo, float[] y, int yo, int n);

    /** {@code y = f(a, b)}; truth values are 0 and 1. */
    void binary(ScalarOp f, float[] a, int ao, float[] b, int bo, float[] y, int yo, int n);

    /** {@code y = f(a, b)} for one number b. */
    void withNumber(ScalarOp f, float[] a, int ao, float b, float[] y, int yo, int n);

    /** {@code y = f(a, b)} for one number a. */
    void numberWith(ScalarOp f, float a, float[] b, int bo, float[] y, int yo, int n);

    /** {@code y = f(a, b, c)}: SELECT and CLAMP. */
    void ternary(ScalarOp f, float[] a, int ao, float[] b, int bo, float[] c, int co, float[] y, int yo, int n);

    /** {@code sums[i mod 64] += x[i]} for n elements, n a multiple of 64. */
    void addTo(float[] sums, float[] x, int xo, int n);

    /** Copies short rows. What lies between two of them in y may be set to zero. */
    void copyRows(float[] x, int xo, int xPitch, float[] y, int yo, int yPitch, int width, int rows);

    /** The least width of rows that {@link #halve} takes; 0 where it takes none. */
    default int halvedWidth() {
        return 0;
    }

    /**
     * Max-pooling of windows 2 × 2 that do not overlap, {@code rows × columns} of them, y contiguous and with room for 16
     * more; false, and nothing done, where rows are too short for this.
     */
    default boolean halve(float[] x, int xo, int pitch, float[] y, int yo, int rows, int columns) {
        return false;
    }

    /**
     * Its gradient: to the first largest element of each window goes g, to the others 0. False where rows are too short or
     * there is a NaN; y is then undefined.
     *
     * @param temporary room for 2·columns
     */
    default boolean halveGrad(
            float[] x,
            int xo,
            int pitch,
            float[] g,
            int go,
            float[] y,
            int yo,
            int rows,
            int columns,
            float[] temporary) {
        return false;
    }

    /** The register tiles of the matrix product, widest first; {@link #tileFor} picks one. */
    Tile[] tiles();

    /**
     * A tile of dot products, sixteen elements at each step: for r &lt; 6, t &lt; 4, l &lt; 16 and all steps {@code acc[acco +
     * (r·4 + t)·16 + l] += a[ao[r] + aAt[step] + l] · b[bo[t] + bAt[step] + l]}, fused, in the order of the steps.
     */
    void dots(float[] a, int[] ao, int[] aAt, float[] b, int[] bo, int[] bAt, int steps, float[] acc, int acco);

    /** The width of a panel of so many columns for {@link #lines}; 0 where there is no such kernel. */
    default int lineWidth(int columns) {
        return 0;
    }

    /**
     * Six lines that are read where they lie, times a panel: {@code c[co + r·width + j] = Σₖ a[lines[r] + k] · b[bo + k·width +
     * j]}, fused, in the order of k, as a {@link Tile} has it.
     *
     * @throws UnsupportedOperationException where {@link #lineWidth} says that there is no such kernel
     */
    default void lines(float[] a, int[] lines, int depth, float[] b, int bo, int width, float[] c, int co) {
        throw new UnsupportedOperationException();
    }

    /** A register tile: the rows and columns of a product that one inner loop computes. */
    interface Tile {
        int rows();

        int columns();

        /**
         * {@code c[co + i·ldc + j] (+)= Σₖ a[ao + k·rows + i] · b[bo + at[k0 + k] + j]}: a fused chain in the order of k for
         * each element, starting from 0, or from c where {@code add}.
         */
        void run(
                int depth,
                float[] a,
                int ao,
                float[] b,
                int bo,
                int[] at,
                int k0,
                float[] c,
                int co,
                int ldc,
                boolean add);
    }

    /** The tile that computes least in vain for so many rows. */
    default Tile tileFor(int rows) {
        Tile best = null;
        int least = Integer.MAX_VALUE;
        for (Tile t : tiles()) {
            int cost = (rows + t.rows() - 1) / t.rows() * t.rows();
            if (cost < least) {
                least = cost;
                best = t;
            }
        }
        return best;
    }

    /** The tile for a single row. */
    default Tile flatTile() {
        return tileFor(1);
    }

    /** A sum over n elements; the tree depends on n alone. */
    default float sum(float[] x, int xo, int n) {
        if (n < SUMS) {
            float s = 0;
            for (int i = 0; i < n; i++) s += x[xo + i];
            return s;
        }
        float[] sums = new float[SUMS];
        int whole = n / SUMS * SUMS;
        addTo(sums, x, xo, whole);
        for (int i = whole; i < n; i++) sums[i - whole] += x[xo + i];
        return fold(sums, 0, SUMS);
    }

    /** Adds up sixteen partial sums by the same tree. */
    static float fold16(float[] s, int o) {
        float s0 = (s[o] + s[o + 8]) + (s[o + 4] + s[o + 12]);
        float s1 = (s[o + 1] + s[o + 9]) + (s[o + 5] + s[o + 13]);
        float s2 = (s[o + 2] + s[o + 10]) + (s[o + 6] + s[o + 14]);
        float s3 = (s[o + 3] + s[o + 11]) + (s[o + 7] + s[o + 15]);
        return (s0 + s2) + (s1 + s3);
    }

    /** Adds up n partial sums (a power of two), halving each time. */
    static float fold(float[] s, int o, int n) {
        for (int half = n / 2; half > 0; half /= 2) for (int i = 0; i < half; i++) s[o + i] += s[o + i + half];
        return s[o];
    }
}

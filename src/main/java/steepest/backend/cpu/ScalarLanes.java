package steepest.backend.cpu;

import steepest.op.ScalarOp;

/** Plain loops: where there is no vector module, and the ends of stretches where there is. */
class ScalarLanes implements Lanes {
    private static final Tile[] TILES = {new PlainTile()};

    @Override
    public int bits() {
        return 0;
    }

    /** Eight steps of a chain for each element: compilers make vectors of neighbours. */
    @Override
    public long multiplyAdds(float[] v, float a, float b) {
        for (int i = 0; i < v.length; i++) {
            float x = v[i];
            x = Math.fma(x, a, b);
            x = Math.fma(x, a, b);
            x = Math.fma(x, a, b);
            x = Math.fma(x, a, b);
            x = Math.fma(x, a, b);
            x = Math.fma(x, a, b);
            x = Math.fma(x, a, b);
            x = Math.fma(x, a, b);
            v[i] = x;
        }
        return 2L * 8 * v.length;
    }

    @Override
    public void unary(ScalarOp f, float[] x, int xo, float[] y, int yo, int n) {
        switch (f) {
            case NEG -> {
                for (int i = 0; i < n; i++) y[yo + i] = -x[xo + i];
            }
            case ABS -> {
                for (int i = 0; i < n; i++) y[yo + i] = Math.abs(x[xo + i]);
            }
            case SIGN -> {
                for (int i = 0; i < n; i++) y[yo + i] = x[xo + i] > 0 ? 1f : x[xo + i] < 0 ? -1f : 0f;
            }
            case FLOOR -> {
                for (int i = 0; i < n; i++) y[yo + i] = (float) Math.floor(x[xo + i]);
            }
            case CEIL -> {
                for (int i = 0; i < n; i++) y[yo + i] = (float) Math.ceil(x[xo + i]);
            }
            case ROUND -> {
                for (int i = 0; i < n; i++) y[yo + i] = (float) Math.rint(x[xo + i]);
            }
            case SQUARE -> {
                for (int i = 0; i < n; i++) y[yo + i] = x[xo + i] * x[xo + i];
            }
            case RECIPROCAL -> {
                for (int i = 0; i < n; i++) y[yo + i] = 1f / x[xo + i];
            }
            case SQRT -> {
                for (int i = 0; i < n; i++) y[yo + i] = (float) Math.sqrt(x[xo + i]);
            }
            case RSQRT -> {
                for (int i = 0; i < n; i++) y[yo + i] = 1f / (float) Math.sqrt(x[xo + i]);
            }
            case EXP -> {
                for (int i = 0; i < n; i++) y[yo + i] = FloatMath.exp(x[xo + i]);
            }
            case EXPM1 -> {
                for (int i = 0; i < n; i++) y[yo + i] = FloatMath.expm1(x[xo + i]);
            }
            case LOG -> {
                for (int i = 0; i < n; i++) y[yo + i] = FloatMath.log(x[xo + i]);
            }
            case LOG1P -> {
                for (int i = 0; i < n; i++) y[yo + i] = FloatMath.log1p(x[xo + i]);
            }
            case TANH -> {
                for (int i = 0; i < n; i++) y[yo + i] = FloatMath.tanh(x[xo + i]);
            }
            case SIGMOID -> {
                for (int i = 0; i < n; i++) y[yo + i] = FloatMath.sigmoid(x[xo + i]);
            }
            case ERF -> {
                for (int i = 0; i < n; i++) y[yo + i] = FloatMath.erf(x[xo + i]);
            }
            case SOFTPLUS -> {
                for (int i = 0; i < n; i++) y[yo + i] = FloatMath.softplus(x[xo + i]);
            }
            case RELU -> {
                for (int i = 0; i < n; i++) y[yo + i] = x[xo + i] < 0 ? 0f : x[xo + i];
            }
            case NOT -> {
                for (int i = 0; i < n; i++) y[yo + i] = 1f - x[xo + i];
            }
            default -> {
                for (int i = 0; i < n; i++) y[yo + i] = (float) f.apply(x[xo + i], 0, 0);
            }
        }
    }

    @Override
    public void binary(ScalarOp f, float[] a, int ao, float[] b, int bo, float[] y, int yo, int n) {
        switch (f) {
            case ADD -> {
                for (int i = 0; i < n; i++) y[yo + i] = a[ao + i] + b[bo + i];
            }
            case SUB -> {
                for (int i = 0; i < n; i++) y[yo + i] = a[ao + i] - b[bo + i];
            }
            case MUL -> {
                for (int i = 0; i < n; i++) y[yo + i] = a[ao + i] * b[bo + i];
            }
            case DIV -> {
                for (int i = 0; i < n; i++) y[yo + i] = a[ao + i] / b[bo + i];
            }
            case MIN, AND -> {
                for (int i = 0; i < n; i++) y[yo + i] = Math.min(a[ao + i], b[bo + i]);
            }
            case MAX, OR -> {
                for (int i = 0; i < n; i++) y[yo + i] = Math.max(a[ao + i], b[bo + i]);
            }
            case EQ -> {
                for (int i = 0; i < n; i++) y[yo + i] = a[ao + i] == b[bo + i] ? 1f : 0f;
            }
            case NE, XOR -> {
                for (int i = 0; i < n; i++) y[yo + i] = a[ao + i] != b[bo + i] ? 1f : 0f;
            }
            case LT -> {
                for (int i = 0; i < n; i++) y[yo + i] = a[ao + i] < b[bo + i] ? 1f : 0f;
            }
            case LE -> {
                for (int i = 0; i < n; i++) y[yo + i] = a[ao + i] <= b[bo + i] ? 1f : 0f;
            }
            case GT -> {
                for (int i = 0; i < n; i++) y[yo + i] = a[ao + i] > b[bo + i] ? 1f : 0f;
            }
            case GE -> {
                for (int i = 0; i < n; i++) y[yo + i] = a[ao + i] >= b[bo + i] ? 1f : 0f;
            }
            default -> {
                for (int i = 0; i < n; i++) y[yo + i] = (float) f.apply(a[ao + i], b[bo + i], 0);
            }
        }
    }

    @Override
    public void withNumber(ScalarOp f, float[] a, int ao, float b, float[] y, int yo, int n) {
        switch (f) {
            case ADD -> {
                for (int i = 0; i < n; i++) y[yo + i] = a[ao + i] + b;
            }
            case SUB -> {
                for (int i = 0; i < n; i++) y[yo + i] = a[ao + i] - b;
            }
            case MUL -> {
                for (int i = 0; i < n; i++) y[yo + i] = a[ao + i] * b;
            }
            case DIV -> {
                for (int i = 0; i < n; i++) y[yo + i] = a[ao + i] / b;
            }
            case MIN, AND -> {
                for (int i = 0; i < n; i++) y[yo + i] = Math.min(a[ao + i], b);
            }
            case MAX, OR -> {
                for (int i = 0; i < n; i++) y[yo + i] = Math.max(a[ao + i], b);
            }
            case EQ -> {
                for (int i = 0; i < n; i++) y[yo + i] = a[ao + i] == b ? 1f : 0f;
            }
            case NE, XOR -> {
                for (int i = 0; i < n; i++) y[yo + i] = a[ao + i] != b ? 1f : 0f;
            }
            case LT -> {
                for (int i = 0; i < n; i++) y[yo + i] = a[ao + i] < b ? 1f : 0f;
            }
            case LE -> {
                for (int i = 0; i < n; i++) y[yo + i] = a[ao + i] <= b ? 1f : 0f;
            }
            case GT -> {
                for (int i = 0; i < n; i++) y[yo + i] = a[ao + i] > b ? 1f : 0f;
            }
            case GE -> {
                for (int i = 0; i < n; i++) y[yo + i] = a[ao + i] >= b ? 1f : 0f;
            }
            default -> {
                for (int i = 0; i < n; i++) y[yo + i] = (float) f.apply(a[ao + i], b, 0);
            }
        }
    }

    @Override
    public void numberWith(ScalarOp f, float a, float[] b, int bo, float[] y, int yo, int n) {
        switch (f) {
            case ADD -> {
                for (int i = 0; i < n; i++) y[yo + i] = a + b[bo + i];
            }
            case SUB -> {
                for (int i = 0; i < n; i++) y[yo + i] = a - b[bo + i];
            }
            case MUL -> {
                for (int i = 0; i < n; i++) y[yo + i] = a * b[bo + i];
            }
            case DIV -> {
                for (int i = 0; i < n; i++) y[yo + i] = a / b[bo + i];
            }
            case MIN, AND -> {
                for (int i = 0; i < n; i++) y[yo + i] = Math.min(a, b[bo + i]);
            }
            case MAX, OR -> {
                for (int i = 0; i < n; i++) y[yo + i] = Math.max(a, b[bo + i]);
            }
            case EQ -> {
                for (int i = 0; i < n; i++) y[yo + i] = a == b[bo + i] ? 1f : 0f;
            }
            case NE, XOR -> {
                for (int i = 0; i < n; i++) y[yo + i] = a != b[bo + i] ? 1f : 0f;
            }
            case LT -> {
                for (int i = 0; i < n; i++) y[yo + i] = a < b[bo + i] ? 1f : 0f;
            }
            case LE -> {
                for (int i = 0; i < n; i++) y[yo + i] = a <= b[bo + i] ? 1f : 0f;
            }
            case GT -> {
                for (int i = 0; i < n; i++) y[yo + i] = a > b[bo + i] ? 1f : 0f;
            }
            case GE -> {
                for (int i = 0; i < n; i++) y[yo + i] = a >= b[bo + i] ? 1f : 0f;
            }
            default -> {
                for (int i = 0; i < n; i++) y[yo + i] = (float) f.apply(a, b[bo + i], 0);
            }
        }
    }

    @Override
    public void ternary(ScalarOp f, float[] a, int ao, float[] b, int bo, float[] c, int co, float[] y, int yo, int n) {
        switch (f) {
            case SELECT -> {
                for (int i = 0; i < n; i++) y[yo + i] = a[ao + i] != 0 ? b[bo + i] : c[co + i];
            }
            case CLAMP -> {
                for (int i = 0; i < n; i++) {
                    float v = a[ao + i];
                    y[yo + i] = v < b[bo + i] ? b[bo + i] : v > c[co + i] ? c[co + i] : v;
                }
            }
            default -> {
                for (int i = 0; i < n; i++) y[yo + i] = (float) f.apply(a[ao + i], b[bo + i], c[co + i]);
            }
        }
    }

    @Override
    public void addTo(float[] sums, float[] x, int xo, int n) {
        for (int i = 0; i < n; i += SUMS) for (int j = 0; j < SUMS; j++) sums[j] += x[xo + i + j];
    }

    @Override
    public void copyRows(float[] x, int xo, int xPitch, float[] y, int yo, int yPitch, int width, int rows) {
        for (int r = 0; r < rows; r++) System.arraycopy(x, xo + r * xPitch, y, yo + r * yPitch, width);
    }

    @Override
    public Tile[] tiles() {
        return TILES;
    }

    @Override
    public void dots(float[] a, int[] ao, int[] aAt, float[] b, int[] bo, int[] bAt, int steps, float[] acc, int acco) {
        for (int r = 0; r < 6; r++)
            for (int t = 0; t < 4; t++)
                for (int lane = 0; lane < DOTS; lane += 8) {
                    int o = acco + (r * 4 + t) * DOTS + lane;
                    eight(a, ao[r] + lane, aAt, b, bo[t] + lane, bAt, steps, acc, o);
                }
    }

    /** Eight partial sums of a dot product, in local variables. */
    private static void eight(
            float[] a, int ao, int[] aAt, float[] b, int bo, int[] bAt, int steps, float[] acc, int o) {
        float s0 = acc[o];
        float s1 = acc[o + 1];
        float s2 = acc[o + 2];
        float s3 = acc[o + 3];
        float s4 = acc[o + 4];
        float s5 = acc[o + 5];
        float s6 = acc[o + 6];
        float s7 = acc[o + 7];
        for (int s = 0; s < steps; s++) {
            int x = ao + aAt[s];
            int y = bo + bAt[s];
            s0 = Math.fma(a[x], b[y], s0);
            s1 = Math.fma(a[x + 1], b[y + 1], s1);
            s2 = Math.fma(a[x + 2], b[y + 2], s2);
            s3 = Math.fma(a[x + 3], b[y + 3], s3);
            s4 = Math.fma(a[x + 4], b[y + 4], s4);
            s5 = Math.fma(a[x + 5], b[y + 5], s5);
            s6 = Math.fma(a[x + 6], b[y + 6], s6);
            s7 = Math.fma(a[x + 7], b[y + 7], s7);
        }
        acc[o] = s0;
        acc[o + 1] = s1;
        acc[o + 2] = s2;
        acc[o + 3] = s3;
        acc[o + 4] = s4;
        acc[o + 5] = s5;
        acc[o + 6] = s6;
        acc[o + 7] = s7;
    }

    /**
     * Rows of the tile and of b in arrays of their own, all indexed alike: the loops that the compiler turns into vectors
     * by itself. Four steps at a time, so that a sum is loaded and stored once for all four.
     */
    private static final class PlainTile implements Tile {
        private static final int ROWS = 6;
        private static final int COLUMNS = 64;

        @Override
        public int rows() {
            return ROWS;
        }

        @Override
        public int columns() {
            return COLUMNS;
        }

        @Override
        public void run(
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
                boolean add) {
            float[][] sums = new float[ROWS][COLUMNS];
            if (add) for (int i = 0; i < ROWS; i++) System.arraycopy(c, co + i * ldc, sums[i], 0, COLUMNS);
            float[][] row = new float[4][COLUMNS];
            int k = 0;
            for (; k + 4 <= depth; k += 4) {
                for (int j = 0; j < 4; j++) System.arraycopy(b, bo + at[k0 + k + j], row[j], 0, COLUMNS);
                int o = ao + k * ROWS;
                for (int i = 0; i < ROWS; i++, o++)
                    four(a[o], row[0], a[o + ROWS], row[1], a[o + 2 * ROWS], row[2], a[o + 3 * ROWS], row[3], sums[i]);
            }
            for (; k < depth; k++) {
                System.arraycopy(b, bo + at[k0 + k], row[0], 0, COLUMNS);
                for (int i = 0; i < ROWS; i++) one(a[ao + k * ROWS + i], row[0], sums[i]);
            }
            for (int i = 0; i < ROWS; i++) System.arraycopy(sums[i], 0, c, co + i * ldc, COLUMNS);
        }

        private static void four(
                float a0, float[] b0, float a1, float[] b1, float a2, float[] b2, float a3, float[] b3, float[] sum) {
            for (int j = 0; j < sum.length; j++)
                sum[j] = Math.fma(a3, b3[j], Math.fma(a2, b2[j], Math.fma(a1, b1[j], Math.fma(a0, b0[j], sum[j]))));
        }

        private static void one(float a, float[] b, float[] sum) {
            for (int j = 0; j < sum.length; j++) sum[j] = Math.fma(a, b[j], sum[j]);
        }
    }
}

package steepest.backend.cpu;

import steepest.op.ScalarOp;

/** Plain loops: where there is no vector module, and the ends of stretches where there is. */
class ScalarLanes implements Lanes {
    private static final Tile[] TILES = {new PlainTile()};

    @Override
    public int bits() {
        return 0;
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
            for (int t = 0; t < 4; t++) {
                int o = acco + (r * 4 + t) * DOTS;
                for (int s = 0; s < steps; s++) {
                    int x = ao[r] + aAt[s];
                    int y = bo[t] + bAt[s];
                    for (int l = 0; l < DOTS; l++) acc[o + l] = Math.fma(a[x + l], b[y + l], acc[o + l]);
                }
            }
    }

    /** 4 × 4 numbers in local variables. */
    private static final class PlainTile implements Tile {
        @Override
        public int rows() {
            return 4;
        }

        @Override
        public int columns() {
            return 16;
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
            for (int i = 0; i < 4; i++)
                for (int j = 0; j < 16; j += 4) row(depth, a, ao + i, b, bo + j, at, k0, c, co + i * ldc + j, add);
        }

        private static void row(
                int depth, float[] a, int ao, float[] b, int bo, int[] at, int k0, float[] c, int co, boolean add) {
            float c0 = add ? c[co] : 0;
            float c1 = add ? c[co + 1] : 0;
            float c2 = add ? c[co + 2] : 0;
            float c3 = add ? c[co + 3] : 0;
            for (int k = 0; k < depth; k++) {
                float v = a[ao + 4 * k];
                int p = bo + at[k0 + k];
                c0 = Math.fma(v, b[p], c0);
                c1 = Math.fma(v, b[p + 1], c1);
                c2 = Math.fma(v, b[p + 2], c2);
                c3 = Math.fma(v, b[p + 3], c3);
            }
            c[co] = c0;
            c[co + 1] = c1;
            c[co + 2] = c2;
            c[co + 3] = c3;
        }
    }
}

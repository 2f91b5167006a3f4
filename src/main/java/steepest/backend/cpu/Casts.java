package steepest.backend.cpu;

import steepest.DType;

/** Conversions between registers of a pointwise kernel; see {@link steepest.op.Cast}. */
final class Casts {
    private Casts() {}

    static void cast(Scratch.Frame f, int a, DType from, int r, DType to, int n) {
        int x = f.offsets[a];
        int y = f.offsets[r];
        if (from == DType.F32 || from == DType.BOOL) {
            float[] in = f.floats[a];
            switch (to) {
                case BOOL -> {
                    for (int i = 0; i < n; i++) f.floats[r][y + i] = in[x + i] != 0 ? 1f : 0f;
                }
                case I32 -> toInt(in, x, f.ints[r], y, n, -1);
                case U8 -> toInt(in, x, f.ints[r], y, n, 0xff);
                default -> System.arraycopy(in, x, f.floats[r], y, n);
            }
        } else {
            int[] in = f.ints[a];
            switch (to) {
                case BOOL -> {
                    for (int i = 0; i < n; i++) f.floats[r][y + i] = in[x + i] != 0 ? 1f : 0f;
                }
                case U8 -> {
                    for (int i = 0; i < n; i++) f.ints[r][y + i] = in[x + i] & 0xff;
                }
                case I32 -> System.arraycopy(in, x, f.ints[r], y, n);
                default -> toFloat(in, x, f.floats[r], y, n);
            }
        }
    }

    private static void toInt(float[] x, int xo, int[] y, int yo, int n, int mask) {
        for (int i = 0; i < n; i++) y[yo + i] = (int) x[xo + i] & mask;
    }

    private static void toFloat(int[] x, int xo, float[] y, int yo, int n) {
        for (int i = 0; i < n; i++) y[yo + i] = x[xo + i];
    }
}

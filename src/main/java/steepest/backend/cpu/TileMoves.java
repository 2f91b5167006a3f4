package steepest.backend.cpu;

import java.util.Arrays;

/** Rows between memory and tiles: strided, and bytes to the floats or ints that tiles hold. */
final class TileMoves {
    private TileMoves() {}

    /** {@code y[yo + i] = x[xo + i·stride]}. */
    static void load(Object x, int xo, int stride, float[] y, int yo, int n) {
        if (x instanceof float[] f) {
            if (stride == 1 && n > 8) System.arraycopy(f, xo, y, yo, n);
            else if (stride == 0) Arrays.fill(y, yo, yo + n, f[xo]);
            else for (int i = 0; i < n; i++) y[yo + i] = f[xo + i * stride];
        } else {
            byte[] b = (byte[]) x;
            if (stride == 1) for (int i = 0; i < n; i++) y[yo + i] = b[xo + i];
            else for (int i = 0; i < n; i++) y[yo + i] = b[xo + i * stride];
        }
    }

    /** The same for integers; bytes count as unsigned. */
    static void load(Object x, int xo, int stride, int[] y, int yo, int n) {
        if (x instanceof int[] f) {
            if (stride == 1 && n > 8) System.arraycopy(f, xo, y, yo, n);
            else if (stride == 0) Arrays.fill(y, yo, yo + n, f[xo]);
            else for (int i = 0; i < n; i++) y[yo + i] = f[xo + i * stride];
        } else {
            byte[] b = (byte[]) x;
            for (int i = 0; i < n; i++) y[yo + i] = b[xo + i * stride] & 0xff;
        }
    }

    /** {@code y[yo + i·stride] = x[xo + i]}. */
    static void store(float[] x, int xo, Object y, int yo, int stride, int n) {
        if (y instanceof float[] f) {
            if (stride == 1 && n > 8) System.arraycopy(x, xo, f, yo, n);
            else for (int i = 0; i < n; i++) f[yo + i * stride] = x[xo + i];
        } else {
            byte[] b = (byte[]) y;
            for (int i = 0; i < n; i++) b[yo + i * stride] = (byte) x[xo + i];
        }
    }

    /** The same for integers; a byte takes the lowest eight bits. */
    static void store(int[] x, int xo, Object y, int yo, int stride, int n) {
        if (y instanceof int[] f) {
            if (stride == 1 && n > 8) System.arraycopy(x, xo, f, yo, n);
            else for (int i = 0; i < n; i++) f[yo + i * stride] = x[xo + i];
        } else {
            byte[] b = (byte[]) y;
            for (int i = 0; i < n; i++) b[yo + i * stride] = (byte) x[xo + i];
        }
    }
}

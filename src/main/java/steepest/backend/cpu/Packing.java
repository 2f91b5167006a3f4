package steepest.backend.cpu;

import java.util.Arrays;

/** Rearranges operands into panels. */
final class Packing {
    private Packing() {}

    /**
     * {@code y[yo + k·width + i] = x[xo + i·line + k·step]} for {@code count} lines, zeros for those up to {@code width}.
     */
    static void pack(float[] x, int xo, int line, int step, int count, int depth, float[] y, int yo, int width) {
        if (line == 1) {
            for (int k = 0; k < depth; k++) {
                int from = xo + k * step;
                int to = yo + k * width;
                if (count >= 16) System.arraycopy(x, from, y, to, count);
                else for (int i = 0; i < count; i++) y[to + i] = x[from + i];
            }
        } else {
            // four lines at a time: a step's values lie side by side, so that stores share a cache line
            int i = 0;
            for (; i + 4 <= count; i += 4) four(x, xo + i * line, line, step, depth, y, yo + i, width);
            for (; i < count; i++) one(x, xo + i * line, step, depth, y, yo + i, width);
        }
        if (count < width)
            for (int k = 0; k < depth; k++) Arrays.fill(y, yo + k * width + count, yo + (k + 1) * width, 0f);
    }

    private static void four(float[] x, int xo, int line, int step, int depth, float[] y, int yo, int width) {
        int b = xo + line;
        int c = b + line;
        int d = c + line;
        for (int k = 0; k < depth; k++) {
            y[yo] = x[xo];
            y[yo + 1] = x[b];
            y[yo + 2] = x[c];
            y[yo + 3] = x[d];
            yo += width;
            xo += step;
            b += step;
            c += step;
            d += step;
        }
    }

    private static void one(float[] x, int xo, int step, int depth, float[] y, int yo, int width) {
        for (int k = 0; k < depth; k++) {
            y[yo] = x[xo];
            yo += width;
            xo += step;
        }
    }
}

package steepest.backend.cpu;

import java.util.Arrays;
import steepest.backend.View;
import steepest.fused.Pool2d;
import steepest.op.Window;

/** Pooling, an image plane at a time. Padding counts as −∞ for the maximum and as 0 for the mean. */
final class Pooling {
    private Pooling() {}

    /** One plane's sizes. */
    private record Plane(Window w, int padH, int padW, int h, int width, int oh, int ow, int planes) {
        static Plane of(Window w, int padH, int padW, View image) {
            int h = image.shape().dim(2);
            int width = image.shape().dim(3);
            return new Plane(
                    w,
                    padH,
                    padW,
                    h,
                    width,
                    w.outH(h + 2 * padH),
                    w.outW(width + 2 * padW),
                    image.shape().dim(0) * image.shape().dim(1));
        }

        int tasks() {
            return OpKernels.tasks(planes, 4L * oh * ow * w.kh() * w.kw());
        }

        /** Two by two without overlap or padding. */
        boolean isHalving() {
            return w.equals(new Window(2, 2, 2, 2, 1, 1)) && padH == 0 && padW == 0;
        }

        /** Where the largest of a window lies in its plane, the first among equals; −1 for the padding. */
        int largest(float[] x, int o, int p, int q) {
            int best = -1;
            float v = Float.NEGATIVE_INFINITY;
            boolean first = true;
            for (int r = 0; r < w.kh(); r++) {
                int i = p * w.strideH() + r * w.dilationH() - padH;
                for (int s = 0; s < w.kw(); s++) {
                    int j = q * w.strideW() + s * w.dilationW() - padW;
                    boolean inside = i >= 0 && i < h && j >= 0 && j < width;
                    float u = inside ? x[o + i * width + j] : Float.NEGATIVE_INFINITY;
                    // as for argmax: the first NaN, if any
                    if (first || !(u <= v) && v == v) {
                        best = inside ? i * width + j : -1;
                        v = u;
                    }
                    first = false;
                }
            }
            return best;
        }
    }

    private interface Body {
        /** A plane: where its image and where its pooled plane begin, counted from the views' offsets. */
        void run(int image, int pooled, Scratch scratch);
    }

    private static void planes(Plane p, Workers workers, Body body) {
        int tasks = p.tasks();
        workers.run(tasks, (task, scratch) -> {
            int end = OpKernels.from(p.planes, tasks, task + 1);
            for (int c = OpKernels.from(p.planes, tasks, task); c < end; c++)
                body.run(c * p.h * p.width, c * p.oh * p.ow, scratch);
        });
    }

    static Run.Prepared max(Pool2d.Max op, View in, View out, Lanes lanes) {
        Plane p = Plane.of(op.window(), op.padH(), op.padW(), in);
        return run -> {
            float[] x = run.floats(in);
            float[] y = run.floats(out);
            planes(p, run.workers, (image, pooled, scratch) -> {
                int xo = (int) in.offset() + image;
                int yo = (int) out.offset() + pooled;
                if (p.isHalving()) halve(x, xo, p, y, yo, scratch, lanes);
                else
                    for (int i = 0; i < p.oh; i++)
                        for (int j = 0; j < p.ow; j++) {
                            int best = p.largest(x, xo, i, j);
                            y[yo + i * p.ow + j] = best < 0 ? Float.NEGATIVE_INFINITY : x[xo + best];
                        }
            });
        };
    }

    private static void halve(float[] x, int xo, Plane p, float[] y, int yo, Scratch scratch, Lanes lanes) {
        float[] temporary = scratch.floats(Scratch.RESULT, p.oh * p.ow + 16);
        if (lanes.halve(x, xo, p.width, temporary, 0, p.oh, p.ow)) {
            System.arraycopy(temporary, 0, y, yo, p.oh * p.ow);
            return;
        }
        int wide = lanes.halvedWidth();
        if (isWidened(p, wide)) {
            float[] room = scratch.floats(Scratch.PACKED, 3 * p.oh * wide + 16);
            widened(x, xo, p.width, room, 0, wide, 2 * p.ow, 2 * p.oh, lanes);
            lanes.halve(room, 0, wide, room, 2 * p.oh * wide, p.oh, wide / 2);
            lanes.copyRows(room, 2 * p.oh * wide, wide / 2, y, yo, p.ow, p.ow, p.oh);
            return;
        }
        for (int i = 0; i < p.oh; i++) {
            int o = xo + 2 * i * p.width;
            for (int j = 0; j < p.ow; j++, o += 2) {
                float top = Math.max(x[o], x[o + 1]);
                y[yo + i * p.ow + j] = Math.max(top, Math.max(x[o + p.width], x[o + p.width + 1]));
            }
        }
    }

    /** Whether rows too short for a vector fill more than a half of one. */
    private static boolean isWidened(Plane p, int wide) {
        return 2 * p.ow < wide && 4 * p.ow > wide;
    }

    /** Short rows with zeros behind, so that each has a whole vector. */
    private static void widened(
            float[] x, int xo, int xPitch, float[] y, int yo, int wide, int width, int rows, Lanes lanes) {
        Arrays.fill(y, yo, yo + rows * wide, 0f);
        lanes.copyRows(x, xo, xPitch, y, yo, wide, width, rows);
    }

    /** As {@link Lanes#halveGrad}, for rows that are too short for it. */
    private static boolean halveGradWidened(
            float[] x,
            int xo,
            Plane p,
            float[] g,
            int go,
            float[] y,
            int yo,
            float[] row,
            Scratch scratch,
            Lanes lanes) {
        int wide = lanes.halvedWidth();
        if (!isWidened(p, wide)) return false;
        int size = 2 * p.oh * wide;
        float[] room = scratch.floats(Scratch.PACKED, 2 * size + p.oh * wide / 2);
        widened(x, xo, p.width, room, 0, wide, 2 * p.ow, 2 * p.oh, lanes);
        widened(g, go, p.ow, room, 2 * size, wide / 2, p.ow, p.oh, lanes);
        if (!lanes.halveGrad(room, 0, wide, room, 2 * size, room, size, p.oh, wide / 2, row)) return false;
        lanes.copyRows(room, size, wide, y, yo, p.width, 2 * p.ow, 2 * p.oh);
        return true;
    }

    static Run.Prepared maxGrad(Pool2d.Max op, View in, View gradient, View out, Lanes lanes) {
        Plane p = Plane.of(op.window(), op.padH(), op.padW(), in);
        return run -> {
            float[] x = run.floats(in);
            float[] g = run.floats(gradient);
            float[] y = run.floats(out);
            planes(p, run.workers, (image, pooled, scratch) -> {
                int xo = (int) in.offset() + image;
                int go = (int) gradient.offset() + pooled;
                int yo = (int) out.offset() + image;
                boolean covered = p.isHalving() && p.h == 2 * p.oh && p.width == 2 * p.ow;
                if (!covered) Arrays.fill(y, yo, yo + p.h * p.width, 0f);
                float[] row = scratch.floats(Scratch.RESULT, Math.max(p.width, lanes.halvedWidth()));
                boolean done = p.isHalving()
                        && (lanes.halveGrad(x, xo, p.width, g, go, y, yo, p.oh, p.ow, row)
                                || halveGradWidened(x, xo, p, g, go, y, yo, row, scratch, lanes));
                if (done) return;
                Arrays.fill(y, yo, yo + p.h * p.width, 0f);
                if (p.isHalving()) halveGrad(x, xo, p.width, g, go, y, yo, p.oh, p.ow);
                else
                    for (int i = 0; i < p.oh; i++)
                        for (int j = 0; j < p.ow; j++) {
                            int best = p.largest(x, xo, i, j);
                            if (best >= 0) y[yo + best] += g[go + i * p.ow + j];
                        }
            });
        };
    }

    /** Without branches, which would be guessed wrong half of the time: all bits of a mask say who was the first largest. */
    private static void halveGrad(float[] x, int xo, int width, float[] g, int go, float[] y, int yo, int oh, int ow) {
        for (int i = 0; i < oh; i++) {
            int o = 2 * i * width;
            for (int j = 0; j < ow; j++, o += 2) {
                float a = x[xo + o] + 0f; // −0 becomes 0, which it equals
                float b = x[xo + o + 1] + 0f;
                float c = x[xo + o + width] + 0f;
                float d = x[xo + o + width + 1] + 0f;
                float top = Math.max(Math.max(a, b), Math.max(c, d));
                if (top != top) {
                    int best = a != a ? o : b != b ? o + 1 : c != c ? o + width : o + width + 1;
                    y[yo + best] = g[go + i * ow + j];
                    continue;
                }
                int bits = Float.floatToRawIntBits(top);
                int gradient = Float.floatToRawIntBits(g[go + i * ow + j]);
                int first = zeros(Float.floatToRawIntBits(a) ^ bits);
                int second = zeros(Float.floatToRawIntBits(b) ^ bits) & ~first;
                int upper = first | second;
                int third = zeros(Float.floatToRawIntBits(c) ^ bits) & ~upper;
                y[yo + o] = Float.intBitsToFloat(gradient & first);
                y[yo + o + 1] = Float.intBitsToFloat(gradient & second);
                y[yo + o + width] = Float.intBitsToFloat(gradient & third);
                y[yo + o + width + 1] = Float.intBitsToFloat(gradient & ~(upper | third));
            }
        }
    }

    /** All ones for 0, else 0. */
    private static int zeros(int difference) {
        return ~((difference | -difference) >> 31);
    }

    static Run.Prepared average(Pool2d.Average op, View in, View out) {
        Plane p = Plane.of(op.window(), op.padH(), op.padW(), in);
        Window w = op.window();
        float scale = 1f / (w.kh() * w.kw());
        return run -> {
            float[] x = run.floats(in);
            float[] y = run.floats(out);
            planes(p, run.workers, (image, pooled, scratch) -> {
                int xo = (int) in.offset() + image;
                int yo = (int) out.offset() + pooled;
                for (int i = 0; i < p.oh; i++)
                    for (int j = 0; j < p.ow; j++) {
                        float s = 0;
                        for (int r = 0; r < w.kh(); r++) {
                            int a = i * w.strideH() + r * w.dilationH() - p.padH;
                            if (a < 0 || a >= p.h) continue;
                            for (int c = 0; c < w.kw(); c++) {
                                int b = j * w.strideW() + c * w.dilationW() - p.padW;
                                if (b >= 0 && b < p.width) s += x[xo + a * p.width + b];
                            }
                        }
                        y[yo + i * p.ow + j] = s * scale;
                    }
            });
        };
    }

    static Run.Prepared averageGrad(Pool2d.Average op, View gradient, View out) {
        Plane p = Plane.of(op.window(), op.padH(), op.padW(), out);
        Window w = op.window();
        float scale = 1f / (w.kh() * w.kw());
        return run -> {
            float[] g = run.floats(gradient);
            float[] y = run.floats(out);
            planes(p, run.workers, (image, pooled, scratch) -> {
                int go = (int) gradient.offset() + pooled;
                int yo = (int) out.offset() + image;
                Arrays.fill(y, yo, yo + p.h * p.width, 0f);
                for (int i = 0; i < p.oh; i++)
                    for (int j = 0; j < p.ow; j++) {
                        float v = g[go + i * p.ow + j] * scale;
                        for (int r = 0; r < w.kh(); r++) {
                            int a = i * w.strideH() + r * w.dilationH() - p.padH;
                            if (a < 0 || a >= p.h) continue;
                            for (int c = 0; c < w.kw(); c++) {
                                int b = j * w.strideW() + c * w.dilationW() - p.padW;
                                if (b >= 0 && b < p.width) y[yo + a * p.width + b] += v;
                            }
                        }
                    }
            });
        };
    }
}

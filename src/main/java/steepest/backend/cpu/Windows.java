package steepest.backend.cpu;

import java.util.Arrays;
import steepest.backend.View;
import steepest.op.Window;

/** Unfold and Fold: all windows of each image, and their sum back onto it. */
final class Windows {
    private Windows() {}

    static Run.Prepared unfold(Window w, View in, View out) {
        int rank = in.shape().rank();
        int h = in.shape().dim(-2);
        int width = in.shape().dim(-1);
        int images = in.shape().slice(0, rank - 2).intSize();
        int oh = w.outH(h);
        int ow = w.outW(width);
        int each = w.kh() * w.kw() * oh * ow;
        int tasks = OpKernels.tasks(images, each);
        return run -> {
            Object x = run.array(in);
            Object y = run.array(out);
            run.workers.run(tasks, (task, scratch) -> {
                int end = OpKernels.from(images, tasks, task + 1);
                for (int b = OpKernels.from(images, tasks, task); b < end; b++) {
                    int to = (int) out.offset() + b * each;
                    int image = (int) in.offset() + b * h * width;
                    for (int r = 0; r < w.kh(); r++)
                        for (int s = 0; s < w.kw(); s++)
                            for (int p = 0; p < oh; p++) {
                                int from = image + (p * w.strideH() + r * w.dilationH()) * width + s * w.dilationW();
                                copy(x, from, w.strideW(), y, to, ow);
                                to += ow;
                            }
                }
            });
        };
    }

    private static void copy(Object x, int from, int stride, Object y, int to, int n) {
        if (stride == 1) {
            System.arraycopy(x, from, y, to, n);
        } else if (x instanceof float[] f) {
            float[] g = (float[]) y;
            for (int i = 0; i < n; i++) g[to + i] = f[from + i * stride];
        } else if (x instanceof int[] f) {
            int[] g = (int[]) y;
            for (int i = 0; i < n; i++) g[to + i] = f[from + i * stride];
        } else {
            byte[] f = (byte[]) x;
            byte[] g = (byte[]) y;
            for (int i = 0; i < n; i++) g[to + i] = f[from + i * stride];
        }
    }

    static Run.Prepared fold(Window w, View in, View out) {
        int rank = out.shape().rank();
        int h = out.shape().dim(-2);
        int width = out.shape().dim(-1);
        int images = out.shape().slice(0, rank - 2).intSize();
        int oh = w.outH(h);
        int ow = w.outW(width);
        int each = w.kh() * w.kw() * oh * ow;
        int tasks = OpKernels.tasks(images, each);
        return run -> {
            float[] x = run.floats(in);
            float[] y = run.floats(out);
            run.workers.run(tasks, (task, scratch) -> {
                int end = OpKernels.from(images, tasks, task + 1);
                for (int b = OpKernels.from(images, tasks, task); b < end; b++) {
                    int from = (int) in.offset() + b * each;
                    int image = (int) out.offset() + b * h * width;
                    Arrays.fill(y, image, image + h * width, 0f);
                    for (int r = 0; r < w.kh(); r++)
                        for (int s = 0; s < w.kw(); s++)
                            for (int p = 0; p < oh; p++) {
                                int to = image + (p * w.strideH() + r * w.dilationH()) * width + s * w.dilationW();
                                for (int q = 0; q < ow; q++) y[to + q * w.strideW()] += x[from + q];
                                from += ow;
                            }
                }
            });
        };
    }
}

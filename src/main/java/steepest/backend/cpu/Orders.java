package steepest.backend.cpu;

import steepest.DType;
import steepest.Shape;
import steepest.backend.View;
import steepest.op.ArgReduce;
import steepest.op.Scan;
import steepest.op.Sort;

/** Kernels that walk along one axis in order: {@code [outer, n, inner]}. */
final class Orders {
    private Orders() {}

    private record Lines(int outer, int n, int inner) {
        static Lines of(Shape shape, int axis) {
            return new Lines(
                    shape.slice(0, axis).intSize(),
                    shape.dim(axis),
                    shape.slice(axis + 1, shape.rank()).intSize());
        }

        int count() {
            return outer * inner;
        }

        /** Where line {@code i} begins; its elements are {@code inner} apart. */
        int at(int i) {
            return i / inner * n * inner + i % inner;
        }
    }

    static Run.Prepared argReduce(ArgReduce op, View in, View out) {
        Lines l = Lines.of(in.shape(), op.axis());
        int xo = (int) in.offset();
        int yo = (int) out.offset();
        int tasks = OpKernels.tasks(l.count(), 2L * l.n);
        return run -> {
            Object x = run.array(in);
            int[] y = run.ints(out);
            run.workers.run(tasks, (task, scratch) -> {
                int end = OpKernels.from(l.count(), tasks, task + 1);
                for (int i = OpKernels.from(l.count(), tasks, task); i < end; i++) {
                    int at = xo + l.at(i);
                    y[yo + i] = x instanceof float[] f
                            ? best(f, at, l.inner, l.n, op.max())
                            : best((int[]) x, at, l.inner, l.n, op.max());
                }
            });
        };
    }

    /** The first NaN if there is one, else the first of the best. */
    private static int best(float[] x, int o, int stride, int n, boolean max) {
        int best = 0;
        float v = x[o];
        for (int i = 1; i < n; i++) {
            float w = x[o + i * stride];
            // NaN fails every comparison: a NaN w is better than a number, and nothing is better than a NaN v
            if ((max ? !(w <= v) : !(w >= v)) && v == v) {
                best = i;
                v = w;
            }
        }
        return best;
    }

    private static int best(int[] x, int o, int stride, int n, boolean max) {
        int best = 0;
        for (int i = 1; i < n; i++) {
            int v = x[o + best * stride];
            int w = x[o + i * stride];
            if (max ? w > v : w < v) best = i;
        }
        return best;
    }

    static Run.Prepared scan(Scan op, View in, View out) {
        Lines l = Lines.of(in.shape(), op.axis());
        int xo = (int) in.offset();
        int yo = (int) out.offset();
        int tasks = OpKernels.tasks(l.count(), 2L * l.n);
        int step = op.reverse() ? -l.inner : l.inner;
        int first = op.reverse() ? (l.n - 1) * l.inner : 0;
        return run -> {
            Object x = run.array(in);
            Object y = run.array(out);
            run.workers.run(tasks, (task, scratch) -> {
                int end = OpKernels.from(l.count(), tasks, task + 1);
                for (int i = OpKernels.from(l.count(), tasks, task); i < end; i++) {
                    int at = l.at(i) + first;
                    if (x instanceof float[] f) cumulate(f, xo + at, (float[]) y, yo + at, step, l.n);
                    else cumulate((int[]) x, xo + at, (int[]) y, yo + at, step, l.n);
                }
            });
        };
    }

    private static void cumulate(float[] x, int xo, float[] y, int yo, int step, int n) {
        float s = 0;
        for (int i = 0; i < n; i++) y[yo + i * step] = s += x[xo + i * step];
    }

    private static void cumulate(int[] x, int xo, int[] y, int yo, int step, int n) {
        int s = 0;
        for (int i = 0; i < n; i++) y[yo + i * step] = s += x[xo + i * step];
    }

    /**
     * Sorts keys and indices packed into one long each: the key in the upper half, so that their order is the order of
     * values and, among equals, of indices.
     */
    static Run.Prepared sort(Sort op, View in, View values, View indices) {
        Lines l = Lines.of(in.shape(), op.axis());
        int xo = (int) in.offset();
        int vo = (int) values.offset();
        int io = (int) indices.offset();
        int tasks = OpKernels.tasks(l.count(), 32L * l.n);
        boolean floats = in.dtype() == DType.F32;
        return run -> {
            Object x = run.array(in);
            Object y = run.array(values);
            int[] index = run.ints(indices);
            run.workers.run(tasks, (task, scratch) -> {
                long[] keys = new long[l.n];
                int end = OpKernels.from(l.count(), tasks, task + 1);
                for (int i = OpKernels.from(l.count(), tasks, task); i < end; i++) {
                    int at = l.at(i);
                    for (int j = 0; j < l.n; j++) {
                        int p = xo + at + j * l.inner;
                        int key = floats ? key(((float[]) x)[p]) : ((int[]) x)[p];
                        keys[j] = (long) (op.descending() ? ~key : key) << 32 | j;
                    }
                    java.util.Arrays.sort(keys);
                    for (int j = 0; j < l.n; j++) {
                        int from = (int) keys[j];
                        int p = at + j * l.inner;
                        index[io + p] = from;
                        int source = xo + at + from * l.inner;
                        if (floats) ((float[]) y)[vo + p] = ((float[]) x)[source];
                        else ((int[]) y)[vo + p] = ((int[]) x)[source];
                    }
                }
            });
        };
    }

    /** An int that orders as the float does: NaN largest, −0 equal to 0. */
    private static int key(float v) {
        if (v != v) return Integer.MAX_VALUE;
        int bits = Float.floatToRawIntBits(v + 0f); // −0 + 0 = 0
        return bits < 0 ? bits ^ 0x7fffffff : bits;
    }
}

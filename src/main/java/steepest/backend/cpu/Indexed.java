package steepest.backend.cpu;

import java.util.Arrays;
import steepest.Shape;
import steepest.backend.View;
import steepest.op.Gather;
import steepest.op.ScalarOp;
import steepest.op.ScatterAdd;

/** Gather and its adjoint along an axis, {@code [outer, n, inner]}, with an index of any strides. */
final class Indexed {
    private Indexed() {}

    /** How the index walks: strides along the axis and positions of the elements before and after it. */
    private record Index(int outer, int n, int inner, int stride, int[] outerAt, int[] innerAt, boolean rows) {
        static Index of(View index, int axis) {
            Shape s = index.shape();
            int[] outerAt = positions(index, 0, axis);
            int[] innerAt = positions(index, axis + 1, s.rank());
            boolean rows = Arrays.stream(innerAt).allMatch(p -> p == 0);
            int stride = (int) index.strides()[axis];
            return new Index(outerAt.length, s.dim(axis), innerAt.length, stride, outerAt, innerAt, rows);
        }

        private static int[] positions(View v, int from, int to) {
            int[] d = v.shape().slice(from, to).dims();
            int[] p = new int[v.shape().slice(from, to).intSize()];
            for (int i = 0; i < p.length; i++)
                for (int a = d.length - 1, rest = i; a >= 0; rest /= d[a--])
                    p[i] += rest % d[a] * (int) v.strides()[from + a];
            return p;
        }
    }

    static Run.Prepared gather(Gather op, View in, View index, View out) {
        Index ix = Index.of(index, op.axis());
        int size = in.shape().dim(op.axis());
        int lines = ix.outer * ix.n;
        int tasks = OpKernels.tasks(lines, 2L * ix.inner);
        return run -> {
            Object x = run.array(in);
            Object y = run.array(out);
            int[] idx = run.ints(index);
            run.workers.run(tasks, (task, scratch) -> {
                int end = OpKernels.from(lines, tasks, task + 1);
                for (int line = OpKernels.from(lines, tasks, task); line < end; line++) {
                    int o = line / ix.n;
                    int at = (int) index.offset() + ix.outerAt[o] + line % ix.n * ix.stride;
                    int from = (int) in.offset() + o * size * ix.inner;
                    int to = (int) out.offset() + line * ix.inner;
                    if (ix.rows) {
                        int j = idx[at];
                        if (j >= 0 && j < size) System.arraycopy(x, from + j * ix.inner, y, to, ix.inner);
                        else zero(y, to, ix.inner);
                    } else {
                        for (int i = 0; i < ix.inner; i++) {
                            int j = idx[at + ix.innerAt[i]];
                            if (j >= 0 && j < size) System.arraycopy(x, from + j * ix.inner + i, y, to + i, 1);
                            else zero(y, to + i, 1);
                        }
                    }
                }
            });
        };
    }

    private static void zero(Object y, int o, int n) {
        if (y instanceof float[] f) Arrays.fill(f, o, o + n, 0f);
        else if (y instanceof int[] i) Arrays.fill(i, o, o + n, 0);
        else Arrays.fill((byte[]) y, o, o + n, (byte) 0);
    }

    /** A task takes some of the places; what falls on one of them is added in order. */
    static Run.Prepared scatterAdd(ScatterAdd op, View in, View index, View out, Lanes lanes) {
        Index ix = Index.of(index, op.axis());
        int size = op.size();
        int places = ix.outer * size;
        // tasks that share an axis each read its whole index, which is little beside adding rows
        int tasks = Math.min(
                OpKernels.tasks(places, 2L * Math.max(ix.n, size) * ix.inner / size),
                ix.rows ? Math.max(ix.outer, 8) : ix.outer);
        return run -> {
            Object x = run.array(in);
            Object y = run.array(out);
            int[] idx = run.ints(index);
            run.workers.run(tasks, (task, scratch) -> {
                int from = OpKernels.from(places, tasks, task);
                int end = OpKernels.from(places, tasks, task + 1);
                zero(y, (int) out.offset() + from * ix.inner, (end - from) * ix.inner);
                for (int o = from / size; o * size < end; o++) {
                    int first = Math.max(0, from - o * size);
                    int last = Math.min(size, end - o * size);
                    int to = (int) out.offset() + o * size * ix.inner;
                    for (int k = 0; k < ix.n; k++) {
                        int at = (int) index.offset() + ix.outerAt[o] + k * ix.stride;
                        int row = (int) in.offset() + (o * ix.n + k) * ix.inner;
                        if (ix.rows) {
                            int j = idx[at];
                            if (j >= first && j < last) add(x, row, y, to + j * ix.inner, ix.inner, lanes);
                        } else {
                            for (int i = 0; i < ix.inner; i++) {
                                int j = idx[at + ix.innerAt[i]];
                                if (j >= first && j < last) add(x, row + i, y, to + j * ix.inner + i, 1, lanes);
                            }
                        }
                    }
                }
            });
        };
    }

    private static void add(Object x, int xo, Object y, int yo, int n, Lanes lanes) {
        if (y instanceof float[] f) {
            if (n == 1) f[yo] += ((float[]) x)[xo];
            else lanes.binary(ScalarOp.ADD, f, yo, (float[]) x, xo, f, yo, n);
        } else {
            for (int i = 0; i < n; i++) ((int[]) y)[yo + i] += ((int[]) x)[xo + i];
        }
    }
}

package steepest.backend.cpu;

import steepest.backend.View;
import steepest.op.Reduce;
import steepest.op.ScalarOp;

/** Softmax with cross-entropy, a row of logits at a time. A label out of range counts as a logit of 0. */
final class CrossEntropy {
    private CrossEntropy() {}

    /** The logarithm of the sum of exponentials of a row; its exponentials, shifted by {@code shift}, are left in e. */
    private static float shift(float[] z, int o, int n, Scratch scratch, Lanes lanes) {
        float top = Reductions.row(Reduce.Kind.MAX, z, o, n, scratch, lanes);
        return Float.isInfinite(top) ? 0 : top; // else ∞ − ∞
    }

    private static float exponentials(float[] z, int o, int n, float shift, float[] e, Lanes lanes) {
        for (int j = 0; j < n; j++) e[j] = z[o + j] - shift;
        lanes.unary(ScalarOp.EXP, e, 0, e, 0, n);
        return lanes.sum(e, 0, n);
    }

    static Run.Prepared value(View logits, View labels, View out, Lanes lanes) {
        int rows = logits.shape().dim(0);
        int n = logits.shape().dim(1);
        int tasks = OpKernels.tasks(rows, 16L * n);
        return run -> {
            float[] z = run.floats(logits);
            int[] label = run.ints(labels);
            float[] y = run.floats(out);
            run.workers.run(tasks, (task, scratch) -> {
                float[] e = scratch.floats(Scratch.PACKED, n);
                int end = OpKernels.from(rows, tasks, task + 1);
                for (int r = OpKernels.from(rows, tasks, task); r < end; r++) {
                    int o = (int) logits.offset() + r * n;
                    int l = label[(int) labels.offset() + r];
                    float at = l >= 0 && l < n ? z[o + l] : Float.NaN;
                    float shift = n == 0 ? 0 : shift(z, o, n, scratch, lanes);
                    float sum = exponentials(z, o, n, shift, e, lanes);
                    y[(int) out.offset() + r] = FloatMath.log(sum) + (shift - at);
                }
            });
        };
    }

    static Run.Prepared gradient(View logits, View labels, View g, View out, Lanes lanes) {
        int rows = logits.shape().dim(0);
        int n = logits.shape().dim(1);
        int tasks = OpKernels.tasks(rows, 16L * n);
        return run -> {
            float[] z = run.floats(logits);
            int[] label = run.ints(labels);
            float[] scale = run.floats(g);
            float[] y = run.floats(out);
            run.workers.run(tasks, (task, scratch) -> {
                float[] e = scratch.floats(Scratch.PACKED, n);
                int end = OpKernels.from(rows, tasks, task + 1);
                for (int r = OpKernels.from(rows, tasks, task); r < end; r++) {
                    int o = (int) logits.offset() + r * n;
                    int to = (int) out.offset() + r * n;
                    int l = label[(int) labels.offset() + r];
                    float by = scale[(int) g.offset() + r];
                    float sum = exponentials(z, o, n, shift(z, o, n, scratch, lanes), e, lanes);
                    for (int j = 0; j < n; j++) y[to + j] = (e[j] / sum - (j == l ? 1f : 0f)) * by;
                }
            });
        };
    }
}

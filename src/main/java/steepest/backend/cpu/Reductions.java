package steepest.backend.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import steepest.DType;
import steepest.backend.View;
import steepest.op.Reduce;
import steepest.op.ScalarOp;

/**
 * Reductions in stages. Neighbouring axes that are both kept or both reduced count as one; the innermost reduced group
 * {@code [outer, n, inner]} goes first, and what remains is a smaller tensor with one group less. The order of combination
 * depends on the shape alone.
 */
final class Reductions {
    /** Rows longer than this are cut, and the pieces' results combined in order. */
    private static final int PIECE = 1 << 15;

    /** The width of a stretch of columns that a task takes through all rows. */
    private static final int COLUMNS = 512;

    /** Rows that are added one onto the other at most, times two. */
    private static final int ROWS = 512;

    private record Stage(int outer, int n, int inner) {
        int results() {
            return outer * inner;
        }
    }

    private Reductions() {}

    static Run.Prepared prepare(Reduce op, View in, View out, Lanes lanes) {
        List<Stage> stages = stages(in.shape().dims(), op.axesArray());
        int n = out.shape().intSize();
        int xo = (int) in.offset();
        int yo = (int) out.offset();
        if (in.dtype() == DType.I32)
            return run ->
                    integers(op.kind(), run.ints(in), xo, in.shape().dims(), op.axesArray(), run.ints(out), yo, n);
        if (in.shape().size() == 0) {
            float identity = op.kind() == Reduce.Kind.PROD ? 1 : 0; // of MAX and MIN there are no empty ones
            return run -> Arrays.fill(run.floats(out), yo, yo + n, identity);
        }
        if (stages.isEmpty()) return run -> System.arraycopy(run.floats(in), xo, run.floats(out), yo, n);
        // results between two stages, kept in the executable: they are small
        float[][] between = new float[stages.size()][];
        for (int s = 0; s < stages.size() - 1; s++)
            between[s] = new float[stages.get(s).results()];
        return run -> {
            float[] x = run.floats(in);
            int o = xo;
            for (int s = 0; s < stages.size(); s++) {
                boolean last = s == stages.size() - 1;
                float[] y = last ? run.floats(out) : between[s];
                stage(op.kind(), stages.get(s), x, o, y, last ? yo : 0, run.workers, lanes);
                x = y;
                o = 0;
            }
        };
    }

    private static List<Stage> stages(int[] dims, int[] axes) {
        boolean[] reduced = new boolean[dims.length];
        for (int a : axes) reduced[a] = true;
        // groups of axes, outermost first
        List<Integer> sizes = new ArrayList<>();
        List<Boolean> which = new ArrayList<>();
        for (int a = 0; a < dims.length; a++) {
            if (dims[a] == 1) continue;
            int last = sizes.size() - 1;
            if (last >= 0 && which.get(last) == reduced[a]) {
                sizes.set(last, sizes.get(last) * dims[a]);
            } else {
                sizes.add(dims[a]);
                which.add(reduced[a]);
            }
        }
        List<Stage> stages = new ArrayList<>();
        int inner = 1;
        for (int g = sizes.size() - 1; g >= 0; g--) {
            if (!which.get(g)) {
                inner *= sizes.get(g);
                continue;
            }
            int outer = 1;
            for (int h = 0; h < g; h++) outer *= sizes.get(h);
            stages.add(new Stage(outer, sizes.get(g), inner));
        }
        return stages;
    }

    private static void stage(
            Reduce.Kind kind, Stage s, float[] x, int xo, float[] y, int yo, Workers workers, Lanes lanes) {
        if (s.inner == 1) rows(kind, s, x, xo, y, yo, workers, lanes);
        else columns(kind, s, x, xo, y, yo, workers, lanes);
    }

    private static void rows(
            Reduce.Kind kind, Stage s, float[] x, int xo, float[] y, int yo, Workers workers, Lanes lanes) {
        if (s.n > 2 * PIECE) {
            int pieces = (s.n + PIECE - 1) / PIECE;
            float[] parts = new float[s.outer * pieces];
            workers.run(parts.length, (task, scratch) -> {
                int row = task / pieces;
                int from = task % pieces * PIECE;
                parts[task] = row(kind, x, xo + row * s.n + from, Math.min(PIECE, s.n - from), scratch, lanes);
            });
            for (int r = 0; r < s.outer; r++) y[yo + r] = row(kind, parts, r * pieces, pieces, workers.own(), lanes);
            return;
        }
        int tasks = OpKernels.tasks(s.outer, s.n);
        workers.run(tasks, (task, scratch) -> {
            int end = OpKernels.from(s.outer, tasks, task + 1);
            for (int r = OpKernels.from(s.outer, tasks, task); r < end; r++)
                y[yo + r] = row(kind, x, xo + r * s.n, s.n, scratch, lanes);
        });
    }

    static float row(Reduce.Kind kind, float[] x, int o, int n, Scratch scratch, Lanes lanes) {
        if (kind == Reduce.Kind.SUM) return lanes.sum(x, o, n);
        ScalarOp f = function(kind);
        if (n < 2 * COLUMNS) {
            float v = x[o];
            switch (kind) {
                case PROD -> {
                    for (int i = 1; i < n; i++) v *= x[o + i];
                }
                case MAX -> {
                    for (int i = 1; i < n; i++) v = Math.max(v, x[o + i]);
                }
                default -> {
                    for (int i = 1; i < n; i++) v = Math.min(v, x[o + i]);
                }
            }
            return v;
        }
        float[] parts = scratch.floats(Scratch.RESULT, COLUMNS);
        System.arraycopy(x, o, parts, 0, COLUMNS);
        for (int i = COLUMNS; i < n; i += COLUMNS)
            lanes.binary(f, parts, 0, x, o + i, parts, 0, Math.min(COLUMNS, n - i));
        for (int half = COLUMNS / 2; half > 0; half /= 2) lanes.binary(f, parts, 0, parts, half, parts, 0, half);
        return parts[0];
    }

    private static ScalarOp function(Reduce.Kind kind) {
        return switch (kind) {
            case SUM -> ScalarOp.ADD;
            case PROD -> ScalarOp.MUL;
            case MAX -> ScalarOp.MAX;
            case MIN -> ScalarOp.MIN;
        };
    }

    /** Tall matrices in pieces of as many rows, whose results are then combined in order. */
    private static void columns(
            Reduce.Kind kind, Stage s, float[] x, int xo, float[] y, int yo, Workers workers, Lanes lanes) {
        if (s.n <= 2 * ROWS) {
            columns(kind, s, s.n, x, xo, y, yo, workers, lanes);
            return;
        }
        Stage again = new Stage(s.outer, (s.n + ROWS - 1) / ROWS, s.inner);
        float[] parts = workers.own().floats(Scratch.SHARED, again.outer * again.n * again.inner);
        columns(kind, s, ROWS, x, xo, parts, 0, workers, lanes);
        columns(kind, again, again.n, parts, 0, y, yo, workers, lanes);
    }

    /** Row after row onto the result of each piece: a task takes stretches of columns. */
    private static void columns(
            Reduce.Kind kind, Stage s, int piece, float[] x, int xo, float[] y, int yo, Workers workers, Lanes lanes) {
        ScalarOp f = function(kind);
        int pieces = (s.n + piece - 1) / piece;
        int stretches = (s.inner + COLUMNS - 1) / COLUMNS;
        int items = s.outer * pieces * stretches;
        int tasks = OpKernels.tasks(items, (long) piece * Math.min(s.inner, COLUMNS));
        workers.run(tasks, (task, scratch) -> {
            int end = OpKernels.from(items, tasks, task + 1);
            for (int item = OpKernels.from(items, tasks, task); item < end; item++) {
                int result = item / stretches;
                int from = item % stretches * COLUMNS;
                int width = Math.min(COLUMNS, s.inner - from);
                int first = result % pieces * piece;
                int last = Math.min(s.n, first + piece);
                int to = yo + result * s.inner + from;
                int at = xo + result / pieces * s.n * s.inner + from;
                System.arraycopy(x, at + first * s.inner, y, to, width);
                for (int r = first + 1; r < last; r++) lanes.binary(f, y, to, x, at + r * s.inner, y, to, width);
            }
        });
    }

    /** Integers wrap, so any order will do. */
    private static void integers(
            Reduce.Kind kind, int[] x, int xo, int[] dims, int[] axes, int[] y, int yo, int results) {
        int start = switch (kind) {
            case SUM -> 0;
            case PROD -> 1;
            case MAX -> Integer.MIN_VALUE;
            case MIN -> Integer.MAX_VALUE;
        };
        Arrays.fill(y, yo, yo + results, start);
        int[] stride = new int[dims.length];
        boolean[] reduced = new boolean[dims.length];
        for (int a : axes) reduced[a] = true;
        int n = 1;
        int size = 1;
        for (int a = dims.length - 1; a >= 0; a--) {
            size *= dims[a];
            if (reduced[a]) continue;
            stride[a] = n;
            n *= dims[a];
        }
        int[] index = new int[dims.length];
        int to = yo;
        for (int i = 0; i < size; i++) {
            int v = x[xo + i];
            switch (kind) {
                case SUM -> y[to] += v;
                case PROD -> y[to] *= v;
                case MAX -> y[to] = Math.max(y[to], v);
                case MIN -> y[to] = Math.min(y[to], v);
            }
            for (int a = dims.length - 1; a >= 0; a--) {
                to += stride[a];
                if (++index[a] < dims[a]) break;
                to -= stride[a] * dims[a];
                index[a] = 0;
            }
        }
    }
}

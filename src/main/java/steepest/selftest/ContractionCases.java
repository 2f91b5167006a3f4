package steepest.selftest;

import static steepest.selftest.OpCase.Domain.distinct;
import static steepest.selftest.OpCase.Domain.integers;
import static steepest.selftest.OpCase.Domain.range;
import static steepest.selftest.OpCase.Domain.values;

import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import steepest.DType;
import steepest.Shape;
import steepest.Tensor;
import steepest.op.LogSumExp;
import steepest.op.Scan;
import steepest.op.Softmax;
import steepest.selftest.OpCase.Domain;
import steepest.selftest.OpCase.Input;
import steepest.selftest.OpCase.Tolerance;
import steepest.selftest.OpCases.Table;

/** Sums, extremes, sorting, matrix products. */
final class ContractionCases {
    private static final double INF = Double.POSITIVE_INFINITY;
    private static final double NAN = Double.NaN;
    private static final Domain ANY = range(-3, 3);
    /** Apart by more than a finite difference steps, so that no order changes under it. */
    private static final Domain APART = distinct(0.0625);

    /** Sums of some tens to hundreds of elements of size 1. */
    private static final Tolerance SUM = new Tolerance(2e-6, 5e-6);

    private ContractionCases() {}

    static List<OpCase> all() {
        Table t = new Table();
        reductions(t);
        composites(t);
        orders(t);
        for (int axis = 0; axis < 3; axis++) along(t, axis);
        products(t);
        return t.cases();
    }

    /** What works along one axis, along each of three. */
    private static void along(Table t, int axis) {
        String detail = "along axis %d of [3,4,5]".formatted(axis);
        Input x = Input.of(ANY, 3, 4, 5);
        Input apart = Input.of(APART, 3, 4, 5);
        t.within(Tolerance.EXACT).smooth(true);
        t.add("min", detail, v -> v.min(axis), apart);
        t.smooth(false);
        t.add("argmax", detail, v -> v.argmax(axis), apart);
        t.add("argmin", detail, v -> v.argmin(axis), apart);
        for (boolean down : new boolean[] {false, true})
            t.several(
                    "sort",
                    detail + (down ? " falling" : " rising"),
                    in -> {
                        var s = in.get(0).sort(axis, down);
                        return List.of(s.values(), s.indices());
                    },
                    Input.of(integers(-4, 4), 3, 4, 5));
        t.smooth(true);
        t.within(new Tolerance(4e-6, 5e-6));
        t.add("cumsum", detail, v -> v.cumsum(axis), x);
        t.add("cumsum", detail + " from the end", v -> Tensor.apply(new Scan(axis, true), v), x);
        t.add("prod", detail, v -> v.prod(axis), Input.of(range(0.5, 2), 3, 4, 5));
        t.add(
                "scatterAdd",
                detail,
                (v, i) -> v.scatterAdd(axis, i, 6),
                x,
                Input.of(DType.I32, integers(0, 5), 3, 4, 5));
        t.add("logSumExp", detail, v -> Tensor.apply(new LogSumExp(axis), v), x);
        t.add("softmax", detail, v -> v.softmax(axis), x);
        t.add("logSoftmax", detail, v -> v.logSoftmax(axis), x);
        t.add("softmaxGrad", detail, (y, g) -> Tensor.apply(new Softmax.Grad(axis), y, g), x, x);
        t.add("logSoftmaxGrad", detail, (y, g) -> Tensor.apply(new Softmax.LogGrad(axis), y, g), x, x);
    }

    private static void reductions(Table t) {
        t.smooth(true);
        int[][] axes = {{}, {0}, {1}, {2}, {0, 2}, {1, 2}, {0, 1}, {-1}, {2, 0, 1}};
        for (int[] a : axes) {
            String name = a.length == 0 ? "all" : Arrays.toString(a);
            t.within(SUM).add("sum", "[3,4,5] " + name, x -> x.sum(a), Input.of(ANY, 3, 4, 5));
            t.within(Tolerance.EXACT).add("max", "[3,4,5] " + name, x -> x.max(a), Input.of(APART, 3, 4, 5));
        }
        t.within(SUM);
        for (Layout l : Layout.values()) {
            t.add("sum", "[5,7] axis 0 " + l, x -> x.sum(0), l.of(ANY, 5, 7));
            t.add("sum", "[5,7] axis 1 " + l, x -> x.sum(1), l.of(ANY, 5, 7));
        }
        t.add("sum", "[2,3,4,5,2] axes 1,3", x -> x.sum(1, 3), Input.of(ANY, 2, 3, 4, 5, 2));
        t.add("sum", "[]", Tensor::sum, Input.of(ANY));
        t.add("sum", "[1,1]", Tensor::sum, Input.of(ANY, 1, 1));
        t.add("sum", "[0,4] axis 0", x -> x.sum(0), Input.of(ANY, 0, 4));
        t.add("sum", "[0,4] axis 1", x -> x.sum(1), Input.of(ANY, 0, 4));
        t.add("sumKeep", "[3,4,5] axis 1", x -> x.sumKeep(1), Input.of(ANY, 3, 4, 5));
        t.add("prod", "[5,3] axis 0", x -> x.prod(0), Input.of(ANY, 5, 3));
        t.add("prod", "[2,3,4] all", Tensor::prod, Input.of(range(0.5, 1.5), 2, 3, 4));
        t.add("prod", "[2,3,4] axes 0,2", x -> x.prod(0, 2), Input.of(ANY, 2, 3, 4));
        t.add("prod", "one zero, two zeros", x -> x.prod(1), Input.of(values(2, 0, 3, 0, 5, 0, 1, 2, 3), 3, 3));
        t.add("prod", "[0,4] axis 0", x -> x.prod(0), Input.of(ANY, 0, 4));
        t.within(Tolerance.EXACT);
        t.add("min", "[3,4,5] axis 1", x -> x.min(1), Input.of(APART, 3, 4, 5));
        t.add("min", "[3,4,5] all", Tensor::min, Input.of(APART, 3, 4, 5));
        t.add("maxKeep", "[3,4,5] axis 0", x -> x.maxKeep(0), Input.of(APART, 3, 4, 5));
        t.add("max", "[0,4] axis 1", x -> x.max(1), Input.of(ANY, 0, 4));
        t.smooth(false);
        t.add("max", "of -inf and NaN", x -> x.max(1), Input.of(values(-INF, -INF, 1, NAN, INF, 2, -3, 0), 4, 2));
        t.add("min", "of inf and NaN", x -> x.min(1), Input.of(values(INF, INF, 1, NAN, -INF, 2, -3, 0), 4, 2));
        t.add("sum", "of inf and NaN", x -> x.sum(1), Input.of(values(INF, 1, INF, -INF, NAN, 1, -INF, 0), 4, 2));
        Domain ints = values(Integer.MAX_VALUE, 1, -5, Integer.MIN_VALUE, 46341, 7);
        t.add("sum", "i32 wraps", x -> x.sum(1), Input.of(DType.I32, ints, 4, 9));
        t.add("prod", "i32 wraps", x -> x.prod(1), Input.of(DType.I32, ints, 4, 9));
        t.add("max", "i32", x -> x.max(0), Input.of(DType.I32, ints, 4, 9));
        t.add("min", "i32", x -> x.min(0), Input.of(DType.I32, ints, 4, 9));
        t.add("sum", "count of bool", x -> x.cast(DType.I32).sum(), Input.of(DType.BOOL, integers(0, 1), 1000));
        t.within(new Tolerance(1e-5, 2e-4));
        for (int[] d : new int[][] {{3, 1000}, {1000, 3}, {1, 5003}, {257, 129}}) {
            t.add("sum", Shape.of(d) + " axis 0", x -> x.sum(0), Input.of(ANY, d));
            t.add("sum", Shape.of(d) + " axis 1", x -> x.sum(1), Input.of(ANY, d));
            t.add("sum", Shape.of(d) + " all", Tensor::sum, Input.of(ANY, d));
        }
        t.add("sum", "[1500,10] axis 1, short rows", x -> x.sum(1), Input.of(ANY, 1500, 10));
        t.add("sum", "[50,3,40,2] axes 1,3, short runs", x -> x.sum(1, 3), Input.of(ANY, 50, 3, 40, 2));
        t.add("max", "[1500,7] axis 1, transposed", x -> x.t().max(1), Input.of(ANY, 7, 1500));
        t.add("sum", "[70003] all", Tensor::sum, Input.of(ANY, 70003));
        t.smooth(true);
    }

    private static void composites(Table t) {
        t.within(SUM);
        t.add("mean", "[5,7] axis 1", x -> x.mean(1), Input.of(ANY, 5, 7));
        t.add("mean", "[5,7] all", Tensor::mean, Layout.TRANSPOSED.of(ANY, 5, 7));
        t.add("meanKeep", "[5,7] axis 0", x -> x.meanKeep(0), Input.of(ANY, 5, 7));
        t.add("variance", "[5,7] axis 1", x -> x.variance(1), Input.of(ANY, 5, 7));
        t.add("variance", "[2,3,4,5] axes 0,2,3", x -> x.variance(0, 2, 3), Input.of(ANY, 2, 3, 4, 5));
        t.add("variance", "[2,3,4,5] axes 1,3", x -> x.variance(1, 3), Input.of(ANY, 2, 3, 4, 5));
        t.add("variance", "[3,2,3,2,3] axes 0,2,4", x -> x.variance(0, 2, 4), Input.of(ANY, 3, 2, 3, 2, 3));
        t.add("variance", "[3,4,5] axis 1", x -> x.variance(1), Input.of(ANY, 3, 4, 5));
        t.add("variance", "[5,7] axis 0 transposed", x -> x.variance(0), Layout.TRANSPOSED.of(ANY, 5, 7));
        t.add("variance", "[67] all", Tensor::variance, Input.of(ANY, 67));
        t.add("variance", "[]", Tensor::variance, Input.of(ANY));
        t.add("variance", "[4,0] axis 0", x -> x.variance(0), Input.of(ANY, 4, 0));
        t.add("logSumExp", "[2,3,4,5] axes 1,2", x -> x.logSumExp(1, 2), Input.of(ANY, 2, 3, 4, 5));
        t.add("logSumExp", "[5,7] all", Tensor::logSumExp, Input.of(ANY, 5, 7));
        t.smooth(false);
        t.add("variance", "[9001] far from 0", Tensor::variance, Input.of(range(4096, 4097), 9001));
        t.add("variance", "[700,3,20] axis 0", x -> x.variance(0), Input.of(ANY, 700, 3, 20));
        t.add("logSumExp", "[3,1000,2] axis 1", x -> x.logSumExp(1), Input.of(ANY, 3, 1000, 2));
        t.smooth(true);
        t.add("dot", "[67]", Tensor::dot, Input.of(range(-1, 1), 67), Input.of(range(-1, 1), 67));
        t.add("norm", "[67]", Tensor::norm, Input.of(ANY, 67));
        for (Layout l : Layout.values()) {
            t.add("softmax", "[5,7] axis 1 " + l, x -> x.softmax(1), l.of(ANY, 5, 7));
            t.add("logSumExp", "[5,7] axis 0 " + l, x -> x.logSumExp(0), l.of(ANY, 5, 7));
        }
        t.add("softmax", "[3,4,5] axis 1", x -> x.softmax(1), Input.of(ANY, 3, 4, 5));
        t.add("softmax", "[3,1]", x -> x.softmax(1), Input.of(ANY, 3, 1));
        t.add("logSoftmax", "[5,7] axis 1", x -> x.logSoftmax(1), Input.of(ANY, 5, 7));
        t.add("logSumExp", "[3,4,5] axes 0,2", x -> x.logSumExp(0, 2), Input.of(ANY, 3, 4, 5));
        t.smooth(false);
        t.add(
                "logSumExp",
                "infinities",
                x -> x.logSumExp(1),
                Input.of(values(-INF, -INF, INF, 1, -INF, 2, NAN, 0), 4, 2));
        t.add("softmax", "far from 0", x -> x.softmax(1), Input.of(values(1000, 999, -1000, -1000, 88, -88), 3, 2));
        t.add("softmax", "[2,1000]", x -> x.softmax(1), Input.of(ANY, 2, 1000));
        t.smooth(true);
    }

    private static void orders(Table t) {
        t.within(SUM);
        for (Layout l : Layout.values()) t.add("cumsum", "[5,7] axis 1 " + l, x -> x.cumsum(1), l.of(ANY, 5, 7));
        t.add("cumsum", "[3,4,5] axis 1", x -> x.cumsum(1), Input.of(ANY, 3, 4, 5));
        t.add("cumsum", "[3,4,5] axis 0", x -> x.cumsum(0), Input.of(ANY, 3, 4, 5));
        t.add("cumsum", "[0,4] axis 0", x -> x.cumsum(0), Input.of(ANY, 0, 4));
        t.smooth(false);
        t.add("cumsum", "i32 wraps", x -> x.cumsum(0), Input.of(DType.I32, values(1 << 30, 5, 1 << 30, -3), 40));
        t.within(new Tolerance(1e-5, 2e-4)).add("cumsum", "[2,1029]", x -> x.cumsum(1), Input.of(ANY, 2, 1029));
        // lines of several parts, and parts of parts
        Input pairs = Input.of(range(0, 1), 3, 5001, 2);
        t.within(new Tolerance(3e-5, 1e-4));
        t.add("cumsum", "[100003]", x -> x.cumsum(0), Input.of(range(0, 1), 100003));
        t.add("cumsum", "[3,5001,2] axis 1", x -> x.cumsum(1), pairs);
        t.add("cumsum", "[3,5001,2] axis 1 from the end", x -> Tensor.apply(new Scan(1, true), x), pairs);
        t.within(Tolerance.EXACT);
        t.add("cumsum", "i32 [4100]", x -> x.cumsum(0), Input.of(DType.I32, values(1 << 30, 5, 1 << 29, -3), 4100));

        t.within(Tolerance.EXACT);
        Domain ties = integers(0, 3);
        Domain special = values(1, NAN, -INF, 2, INF, NAN, 0, -0.0, 1);
        for (boolean down : new boolean[] {false, true}) {
            String way = down ? " falling" : " rising";
            OpCase.Body both0 = in -> {
                var s = in.get(0).sort(0, down);
                return List.of(s.values(), s.indices());
            };
            OpCase.Body both1 = in -> {
                var s = in.get(0).sort(1, down);
                return List.of(s.values(), s.indices());
            };
            for (Layout l : Layout.values()) t.several("sort", "[5,7] axis 1 " + l + way, both1, l.of(ANY, 5, 7));
            t.several("sort", "[7,3,2] axis 0" + way, both0, Input.of(ANY, 7, 3, 2));
            t.several("sort", "ties are stable" + way, both1, Input.of(ties, 3, 67));
            t.several("sort", "NaN and infinities" + way, both0, Input.of(special, 18));
            t.several(
                    "sort",
                    "i32" + way,
                    both0,
                    Input.of(DType.I32, values(5, Integer.MIN_VALUE, 3, 5, Integer.MAX_VALUE, -1), 35));
            t.several("sort", "[1500]" + way, both0, Input.of(integers(-400, 400), 1500));
            t.several("sort", "[0]" + way, both0, Input.of(ANY, 0));
            t.several("sort", "[1,1]" + way, both1, Input.of(ANY, 1, 1));
            t.smooth(true)
                    .add("sort", "values of [3,7]" + way, x -> x.sort(1, down).values(), Input.of(APART, 3, 7))
                    .smooth(false);
        }
        t.smooth(true)
                .add("topk", "3 of [4,9]", x -> x.topk(1, 3).values(), Input.of(APART, 4, 9))
                .smooth(false);
        t.add("topk", "indices", x -> x.topk(1, 3).indices(), Input.of(ties, 4, 9));
        for (Layout l : Layout.values()) {
            t.add("argmax", "[5,7] axis 1 " + l, x -> x.argmax(1), l.of(ANY, 5, 7));
            t.add("argmin", "[5,7] axis 0 " + l, x -> x.argmin(0), l.of(ANY, 5, 7));
        }
        t.add("argmax", "first among equals", x -> x.argmax(1), Input.of(ties, 5, 40));
        t.add("argmin", "first among equals", x -> x.argmin(1), Input.of(ties, 5, 40));
        t.add("argmax", "of -inf", x -> x.argmax(1), Input.of(values(-INF, -INF, -INF, 1, -INF, INF), 3, 2));
        Domain holes = values(1, NAN, 2, NAN, 3, 0, INF, -INF, NAN, 4, 5, 6);
        t.add("argmax", "the first NaN wins", x -> x.argmax(1), Input.of(holes, 3, 4));
        t.add("argmin", "the first NaN wins", x -> x.argmin(1), Input.of(holes, 3, 4));
        t.add(
                "argmax",
                "i32",
                x -> x.argmax(0),
                Input.of(DType.I32, values(Integer.MIN_VALUE, 3, Integer.MAX_VALUE, 3), 12));
        t.add("argmax", "[3,4,5] axis 1", x -> x.argmax(1), Input.of(ANY, 3, 4, 5));
        t.add("argmax", "[2,1000]", x -> x.argmax(1), Input.of(ANY, 2, 1000));
        t.add("compet", "[5,7] axis 1", x -> x.compet(1), Input.of(ties, 5, 7));
        t.add("compet", "[5,7] axis 0", x -> x.compet(0), Input.of(ANY, 5, 7));
        t.smooth(true);
    }

    private static void products(Table t) {
        t.within(new Tolerance(2e-6, 2e-5)).smooth(true);
        int[][] sizes = {{1, 1, 1}, {5, 7, 3}, {1, 9, 4}, {4, 9, 1}, {16, 1, 16}, {17, 5, 33}};
        for (int[] s : sizes) matmul(t, "", s[0], s[1], s[2]);
        UnaryOperator<Tensor> transposed = Tensor::t;
        t.add(
                "matmul",
                "[7,5]ᵀ × [7,3]",
                (a, b) -> transposed.apply(a).matmul(b),
                Input.of(ANY, 7, 5),
                Input.of(ANY, 7, 3));
        t.add(
                "matmul",
                "[5,7] × [3,7]ᵀ",
                (a, b) -> a.matmul(transposed.apply(b)),
                Input.of(ANY, 5, 7),
                Input.of(ANY, 3, 7));
        t.add("matmul", "[7,5]ᵀ × [3,7]ᵀ", (a, b) -> a.t().matmul(b.t()), Input.of(ANY, 7, 5), Input.of(ANY, 3, 7));
        for (Layout l : Layout.values()) {
            t.add("matmul", "left " + l, Tensor::matmul, l.of(ANY, 5, 7), Input.of(ANY, 7, 3));
            t.add("matmul", "right " + l, Tensor::matmul, Input.of(ANY, 5, 7), l.of(ANY, 7, 3));
            t.add("matmul", "batch " + l, Tensor::matmul, l.of(ANY, 3, 4, 5), l.of(ANY, 3, 5, 2));
        }
        t.add("matmul", "[2,3,4,5] × [2,3,5,6]", Tensor::matmul, Input.of(ANY, 2, 3, 4, 5), Input.of(ANY, 2, 3, 5, 6));
        t.add("matmul", "[2,1,4,5] × [3,5,6]", Tensor::matmul, Input.of(ANY, 2, 1, 4, 5), Input.of(ANY, 3, 5, 6));
        t.add("matmul", "[3,4,5] × [5,6]", Tensor::matmul, Input.of(ANY, 3, 4, 5), Input.of(ANY, 5, 6));
        t.add("matmul", "[4,5] × [3,5,6]", Tensor::matmul, Input.of(ANY, 4, 5), Input.of(ANY, 3, 5, 6));
        t.add("matmul", "[7] × [7]", Tensor::matmul, Input.of(ANY, 7), Input.of(ANY, 7));
        t.add("matmul", "[5,7] × [7]", Tensor::matmul, Input.of(ANY, 5, 7), Input.of(ANY, 7));
        t.add("matmul", "[7] × [7,3]", Tensor::matmul, Input.of(ANY, 7), Input.of(ANY, 7, 3));
        t.add("matmul", "[2,5,7] × [7]", Tensor::matmul, Input.of(ANY, 2, 5, 7), Input.of(ANY, 7));
        for (int[] s : new int[][] {{0, 3, 4}, {3, 0, 4}, {3, 4, 0}}) matmul(t, " empty", s[0], s[1], s[2]);
        t.several(
                "matmul",
                "with bias and relu",
                in -> List.of(in.get(0).matmul(in.get(1)).add(in.get(2)).relu()),
                Input.of(ANY, 6, 7),
                Input.of(ANY, 7, 5),
                Input.of(ANY, 5));
        t.add("matmul", "twice by itself", a -> a.matmul(a).matmul(a), Input.of(range(-1, 1), 5, 5));
        t.smooth(false).within(new Tolerance(2e-6, 1e-3));
        matmul(t, "", 64, 64, 64);
        matmul(t, "", 65, 130, 67);
        matmul(t, "", 2, 520, 3);
        matmul(t, "", 3, 1000, 5);
        matmul(t, "", 129, 33, 258);
        matmul(t, "", 1, 784, 10);
        matmul(t, "", 1, 2048, 1);
        // more matrices than a GPU has work-groups in its second and third dimension
        for (int n : new int[] {2, 5})
            t.add(
                    "matmul",
                    "[70000,5,3] × [70000,3,%d]".formatted(n),
                    Tensor::matmul,
                    Input.of(ANY, 70000, 5, 3),
                    Input.of(ANY, 70000, 3, n));
        t.add(
                "matmul",
                "[300,70]ᵀ × [300,90]",
                (a, b) -> a.t().matmul(b),
                Input.of(ANY, 300, 70),
                Input.of(ANY, 300, 90));
        t.add(
                "matmul",
                "[70,300] × [90,300]ᵀ",
                (a, b) -> a.matmul(b.t()),
                Input.of(ANY, 70, 300),
                Input.of(ANY, 90, 300));
    }

    private static void matmul(Table t, String note, int m, int k, int n) {
        t.add(
                "matmul",
                "[%d,%d] × [%d,%d]%s".formatted(m, k, k, n, note),
                Tensor::matmul,
                Input.of(ANY, m, k),
                Input.of(ANY, k, n));
    }
}

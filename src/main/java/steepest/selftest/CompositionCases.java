package steepest.selftest;

import static steepest.selftest.OpCase.Domain.distinct;
import static steepest.selftest.OpCase.Domain.integers;
import static steepest.selftest.OpCase.Domain.range;
import static steepest.selftest.OpCase.Domain.values;

import java.util.List;
import steepest.DType;
import steepest.Shape;
import steepest.Tensor;
import steepest.fused.Attention;
import steepest.fused.Conv2d.Geometry;
import steepest.fused.Convolutions;
import steepest.fused.NearestCentroid;
import steepest.fused.Pooling;
import steepest.op.Window;
import steepest.selftest.OpCase.Domain;
import steepest.selftest.OpCase.Input;
import steepest.selftest.OpCase.Tolerance;
import steepest.selftest.OpCases.Table;

/** What comes down to other ops: convolutions and poolings of other kinds, attention, nearest centroids, repetition. */
final class CompositionCases {
    private static final Domain ANY = range(-1, 1);
    private static final Domain APART = distinct(0.0625);

    private CompositionCases() {}

    static List<OpCase> all() {
        Table t = new Table();
        convolutions(t);
        pools(t);
        attentions(t);
        centroids(t);
        repetitions(t);
        manyTensors(t);
        return t.cases();
    }

    private static void convolutions(Table t) {
        t.within(new Tolerance(4e-6, 1e-5));
        conv1d(t, "k 3", 2, 3, 7, 4, 3, 1, 0, 0, 1, 1);
        conv1d(t, "k 3 causal, dilation 2", 2, 2, 9, 3, 3, 1, 4, 0, 2, 1);
        conv1d(t, "k 4 stride 2 padding 1 groups 2", 1, 4, 8, 6, 4, 2, 1, 1, 1, 2);
        conv1d(t, "k 3 depthwise", 2, 3, 6, 3, 3, 1, 1, 1, 1, 3);
        transposed(t, "k 3", 2, 3, 4, 5, 2, 3, Geometry.of(1, 0, 1, 1), 0);
        transposed(t, "k 4 stride 2 padding 1", 2, 3, 4, 5, 2, 4, Geometry.of(2, 1, 1, 1), 0);
        transposed(t, "k 3 stride 3 output padding 2", 1, 2, 3, 2, 3, 3, Geometry.of(3, 1, 1, 1), 2);
        transposed(t, "k 2 dilation 2 groups 2", 1, 4, 3, 4, 3, 2, Geometry.of(1, 0, 2, 2), 0);
        transposed(t, "k 3 depthwise", 2, 3, 4, 4, 1, 3, Geometry.of(2, 1, 1, 3), 1);
    }

    private static void conv1d(
            Table t,
            String detail,
            int n,
            int c,
            int length,
            int out,
            int k,
            int stride,
            int before,
            int after,
            int dilation,
            int groups) {
        t.add(
                "conv1d",
                detail,
                (x, w) -> Convolutions.conv1d(x, w, stride, before, after, dilation, groups),
                Input.of(ANY, n, c, length),
                Input.of(ANY, out, c / groups, k));
    }

    /** @param perGroup output channels of each group */
    private static void transposed(
            Table t, String detail, int n, int c, int h, int w, int perGroup, int k, Geometry g, int outputPadding) {
        t.add(
                "convTranspose2d",
                detail,
                (x, weight) -> Convolutions.convTranspose2d(x, weight, g, outputPadding, outputPadding),
                Input.of(ANY, n, c, h, w),
                Input.of(ANY, c, perGroup, k, k));
    }

    private static void pools(Table t) {
        t.within(Tolerance.EXACT);
        t.add("maxPool1d", "2", x -> Pooling.maxPool1d(x, 2, 2, 0), Input.of(APART, 2, 3, 9));
        t.add("maxPool1d", "3 stride 2 padding 1", x -> Pooling.maxPool1d(x, 3, 2, 1), Input.of(APART, 2, 3, 8));
        t.add("globalMaxPool", "[2,3,4,5]", Pooling::globalMaxPool, Input.of(APART, 2, 3, 4, 5));
        t.add("globalMaxPool", "no images", Pooling::globalMaxPool, Input.of(APART, 0, 3, 4, 5));
        t.smooth(false);
        t.add("globalMaxPool", "ties", Pooling::globalMaxPool, Input.of(integers(0, 3), 3, 2, 31, 17));
        t.add(
                "globalMaxPool",
                "of NaN",
                Pooling::globalMaxPool,
                Input.of(OpCase.Domain.values(1, 2, 3, Double.NaN, 5), 1, 2, 7));
        t.smooth(true);
        int[][] bins = {{3, 2}, {4, 5}, {1, 1}, {6, 7}, {7, 9}};
        for (int[] b : bins)
            t.add(
                    "adaptiveMaxPool2d",
                    "[6,7] to " + Shape.of(b),
                    x -> Pooling.adaptiveMaxPool2d(x, b[0], b[1]),
                    Input.of(APART, 2, 2, 6, 7));
        t.within(new Tolerance(2e-6, 1e-6));
        for (int[] b : bins)
            t.add(
                    "adaptiveAvgPool2d",
                    "[6,7] to " + Shape.of(b),
                    x -> Pooling.adaptiveAvgPool2d(x, b[0], b[1]),
                    Input.of(ANY, 2, 2, 6, 7));
        t.add("globalAvgPool", "[2,3,4,5]", Pooling::globalAvgPool, Input.of(ANY, 2, 3, 4, 5));
        for (boolean count : new boolean[] {true, false}) {
            String pad = count ? ", padding counted" : ", padding not counted";
            t.add(
                    "avgPool1d",
                    "4 stride 3 padding 2" + pad,
                    x -> Pooling.avgPool1d(x, 4, 3, 2, count),
                    Input.of(ANY, 2, 3, 9));
            Window w = new Window(3, 4, 2, 1, 1, 1);
            t.add(
                    "avgPool2d",
                    "3x4 stride 2x1 padding 1x2" + pad,
                    x -> Pooling.avgPool2d(x, w, 1, 2, count),
                    Input.of(ANY, 2, 2, 6, 7));
        }
    }

    private static void attentions(Table t) {
        t.within(new Tolerance(1e-5, 2e-6));
        for (boolean causal : new boolean[] {false, true}) {
            String detail = causal ? ", causal" : "";
            t.several("attention", "[2,3,4]" + detail, in -> attention(in, causal), qkv(new int[] {2}, 3, 3, 4, 4));
            t.several(
                    "attention",
                    "[2,2,4,3] to [2,2,5,3], values of 2" + detail,
                    in -> attention(in, causal),
                    qkv(new int[] {2, 2}, 4, 5, 3, 2));
        }
        t.smooth(false);
        t.several("attention", "[3,65,33] to [3,70,33]", in -> attention(in, true), qkv(new int[] {3}, 65, 70, 33, 17));
        t.smooth(true);
        Input[] three = qkv(new int[] {2}, 3, 4, 2, 2);
        t.several(
                "attention",
                "masked",
                in -> {
                    Tensor sees = Tensor.iota(4).lt(Tensor.of(2, 4, 1).unsqueeze(1));
                    return List.of(Attention.attention(in.get(0), in.get(1), in.get(2), sees));
                },
                three);
    }

    private static List<Tensor> attention(List<Tensor> in, boolean causal) {
        return List.of(Attention.attention(in.get(0), in.get(1), in.get(2), causal));
    }

    private static Input[] qkv(int[] batch, int queries, int keys, int d, int e) {
        Shape b = Shape.of(batch);
        return new Input[] {
            Input.of(ANY, b.concat(Shape.of(queries, d)).dims()),
            Input.of(ANY, b.concat(Shape.of(keys, d)).dims()),
            Input.of(ANY, b.concat(Shape.of(keys, e)).dims())
        };
    }

    private static void centroids(Table t) {
        // whole numbers: no rounding, so the nearest is the same everywhere, ties too
        t.within(Tolerance.EXACT).smooth(false);
        Domain whole = integers(-8, 8);
        int[][] sizes = {{7, 3, 2}, {1, 1, 1}, {0, 2, 3}, {5, 4, 0}, {130, 33, 5}, {257, 10, 64}, {100, 1100, 12}};
        for (int[] s : sizes)
            t.several(
                    "nearestCentroid",
                    "%d points, %d centroids of %d".formatted(s[0], s[1], s[2]),
                    in -> {
                        NearestCentroid.Assignment a = NearestCentroid.assign(in.get(0), in.get(1));
                        return List.of(a.index(), a.distance());
                    },
                    Input.of(whole, s[0], s[2]),
                    Input.of(whole, s[1], s[2]));
        for (Layout l : Layout.values())
            t.add(
                    "nearestCentroid",
                    "all " + l,
                    (x, c) -> NearestCentroid.assign(x, c).index(),
                    l.of(whole, 9, 5),
                    l.of(whole, 4, 5));
        t.add(
                "nearestCentroid",
                "all alike",
                (x, c) -> NearestCentroid.assign(x, c).index(),
                Input.of(values(3), 70, 3),
                Input.of(values(3), 70, 3));
        t.add(
                "nearestCentroid",
                "NaN and infinity",
                (x, c) -> NearestCentroid.assign(x, c).index(),
                Input.of(values(1, 2, 3, 4, Double.NaN), 9, 2),
                Input.of(values(1, 2, 3, Double.POSITIVE_INFINITY, 5, Double.NaN), 70, 2));
        double inf = Double.POSITIVE_INFINITY;
        t.add(
                "nearestCentroid",
                "points at infinity, few centroids",
                (x, c) -> NearestCentroid.assign(x, c).index(),
                Input.of(values(inf, 1, -inf, 2, 3), 10, 2),
                Input.of(values(1, 2, 0, -3, 4, 0), 3, 2));
        t.smooth(true).within(new Tolerance(1e-5, 1e-5));
        t.add(
                "nearestCentroid",
                "distance",
                (x, c) -> NearestCentroid.assign(x, c).distance(),
                Input.of(ANY, 5, 3),
                Input.of(ANY, 2, 3));
    }

    /** One expression over tensors of several shapes, as an optimizer has it: devices may run them together. */
    private static void manyTensors(Table t) {
        t.within(Tolerance.EXACT);
        t.several(
                "square",
                "of tensors [1], [5,7], [0,3], [67] and [] alike",
                in -> in.stream().map(x -> x.square().mul(0.5)).toList(),
                Input.of(ANY, 1),
                Input.of(ANY, 5, 7),
                Input.of(ANY, 0, 3),
                Input.of(ANY, 67),
                Input.of(ANY));
    }

    private static void repetitions(Table t) {
        t.within(Tolerance.EXACT);
        t.add("tile", "[2,3] 2x3", x -> x.tile(2, 3), Input.of(ANY, 2, 3));
        t.add("tile", "[2,3] 1x0", x -> x.tile(1, 0), Input.of(ANY, 2, 3));
        t.add("tile", "[2,3,2] transposed", x -> x.tile(1, 2, 2), Layout.TRANSPOSED.of(ANY, 2, 3, 2));
        t.add("repeat", "[2,3] axis 0", x -> x.repeat(0, 3), Input.of(ANY, 2, 3));
        t.add("repeat", "[2,3] axis -1", x -> x.repeat(-1, 2), Input.of(ANY, 2, 3));
        t.add("tile", "i32 [3]", x -> x.tile(4), Input.of(DType.I32, integers(-9, 9), 3));
    }
}

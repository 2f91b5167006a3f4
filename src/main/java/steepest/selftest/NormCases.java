package steepest.selftest;

import static steepest.selftest.OpCase.Domain.integers;
import static steepest.selftest.OpCase.Domain.range;
import static steepest.selftest.OpCase.Domain.values;

import java.util.List;
import steepest.DType;
import steepest.Shape;
import steepest.Tensor;
import steepest.fused.BatchNorm;
import steepest.fused.GroupNorm;
import steepest.fused.RmsNorm;
import steepest.fused.SoftCrossEntropy;
import steepest.op.Fused;
import steepest.op.Softmax;
import steepest.selftest.OpCase.Domain;
import steepest.selftest.OpCase.Input;
import steepest.selftest.OpCase.Tolerance;
import steepest.selftest.OpCases.Table;

/** Normalisations, softmax, and the cross-entropies beside the plain one; each with its gradient as an op of its own. */
final class NormCases {
    private static final Domain ANY = range(-2, 2);
    private static final Domain POSITIVE = range(0.5, 2);
    private static final double EPSILON = 1e-5;

    private NormCases() {}

    static List<OpCase> all() {
        Table t = new Table();
        batchNorms(t);
        groupNorms(t);
        rmsNorms(t);
        softmaxes(t);
        crossEntropies(t);
        return t.cases();
    }

    private static List<Tensor> outputs(Fused op, List<Tensor> in) {
        Tensor first = Tensor.apply(op, in.toArray(Tensor[]::new));
        return java.util.stream.IntStream.range(0, first.node().outputCount())
                .mapToObj(first.node()::output)
                .toList();
    }

    private static void batchNorms(Table t) {
        int[][] sizes = {
            {4, 3, 5},
            {5, 2, 1},
            {1, 3, 7},
            {3, 1, 4},
            {0, 2, 3},
            {33, 17, 1},
            {7, 5, 130},
            {3, 2, 2800},
            {600, 5, 1},
            {260, 1, 1},
            {2, 1, 16},
            {3, 0, 2}
        };
        for (int[] s : sizes) {
            // of nothing there is no mean
            if (s[0] > 0) {
                t.within(new Tolerance(1e-5, 1e-5)).smooth(s[0] * s[1] * s[2] < 100);
                norm(t, "batchNorm", new BatchNorm(EPSILON), s);
            }
            t.within(new Tolerance(2e-5, 1e-4));
            gradient(t, "batchNormGrad", new BatchNorm.Grad(EPSILON), Shape.of(s[1]), s);
        }
        t.smooth(true).within(new Tolerance(1e-5, 1e-5));
        for (Layout l : Layout.values())
            t.several(
                    "batchNorm",
                    "image " + l,
                    in -> {
                        BatchNorm.Result r = BatchNorm.batchNorm(in.get(0), in.get(1), in.get(2), EPSILON);
                        return List.of(r.y(), r.mean(), r.variance());
                    },
                    l.of(ANY, 3, 2, 3, 4),
                    Input.of(ANY, 2),
                    Input.of(ANY, 2));
        t.smooth(false);
        // a mean far from 0: the difference of mean square and squared mean would have no digit left
        t.several(
                "batchNorm",
                "far from 0",
                in -> outputs(new BatchNorm(EPSILON), in).subList(2, 3),
                Input.of(range(4096, 4097), 6, 2, 9),
                Input.of(ANY, 2),
                Input.of(ANY, 2));
        t.several(
                "batchNorm",
                "all alike",
                in -> outputs(new BatchNorm(EPSILON), in),
                Input.of(values(0.5), 4, 2, 4),
                Input.of(ANY, 2),
                Input.of(ANY, 2));
        t.smooth(true);
    }

    private static void norm(Table t, String op, Fused norm, int... s) {
        t.several(
                op,
                Shape.of(s) + (norm instanceof GroupNorm g ? " groups " + g.groups() : ""),
                in -> outputs(norm, in),
                Input.of(ANY, s),
                Input.of(ANY, s[1]),
                Input.of(ANY, s[1]));
    }

    private static void gradient(Table t, String op, Fused gradient, Shape statistics, int... s) {
        t.several(
                op,
                Shape.of(s)
                        + (gradient instanceof GroupNorm.Grad g
                                ? " groups " + g.norm().groups()
                                : ""),
                in -> outputs(gradient, in),
                Input.of(ANY, s),
                Input.of(ANY, s[1]),
                Input.of(range(-0.5, 0.5), statistics.dims()),
                Input.of(POSITIVE, statistics.dims()),
                Input.of(ANY, s));
    }

    private static void groupNorms(Table t) {
        int[][] sizes = {
            {3, 4, 5, 2},
            {2, 6, 3, 6},
            {3, 6, 1, 1},
            {1, 4, 4, 1},
            {5, 9, 1, 3},
            {0, 4, 2, 2},
            {65, 33, 1, 1},
            {3, 40, 1, 5},
            {2, 4, 600, 2},
            {300, 7, 1, 1}
        };
        for (int[] s : sizes) {
            GroupNorm norm = new GroupNorm(s[3], EPSILON);
            t.smooth(s[0] * s[1] * s[2] < 100).within(new Tolerance(1e-5, 1e-5));
            norm(t, "groupNorm", norm, s[0], s[1], s[2]);
            t.within(new Tolerance(2e-5, 1e-4));
            gradient(t, "groupNormGrad", new GroupNorm.Grad(norm), Shape.of(s[0], s[3]), s[0], s[1], s[2]);
        }
        t.smooth(true).within(new Tolerance(1e-5, 1e-5));
        for (Layout l : Layout.values())
            t.several(
                    "groupNorm",
                    "layer norm " + l,
                    in -> List.of(GroupNorm.layerNorm(in.get(0), in.get(1), in.get(2), EPSILON)),
                    l.of(ANY, 2, 3, 2, 4),
                    Input.of(ANY, 2, 4),
                    Input.of(ANY, 2, 4));
        t.several(
                "groupNorm",
                "instance norm [2,3,4,3]",
                in -> List.of(GroupNorm.instanceNorm(in.get(0), in.get(1), in.get(2), EPSILON)),
                Input.of(ANY, 2, 3, 4, 3),
                Input.of(ANY, 3),
                Input.of(ANY, 3));
        t.smooth(false);
        t.several(
                "groupNorm",
                "layer norm [9,1000]",
                in -> List.of(GroupNorm.layerNorm(in.get(0), in.get(1), in.get(2), EPSILON)),
                Input.of(ANY, 9, 1000),
                Input.of(ANY, 1000),
                Input.of(ANY, 1000));
        t.smooth(true);
    }

    private static void rmsNorms(Table t) {
        int[][] sizes = {{4, 7}, {1, 5}, {6, 1}, {0, 3}, {7, 1000}, {130, 33}, {300, 7}};
        for (int[] s : sizes) {
            t.smooth(s[0] * s[1] < 100).within(new Tolerance(1e-5, 1e-5));
            t.several(
                    "rmsNorm",
                    Shape.of(s).toString(),
                    in -> outputs(new RmsNorm(EPSILON), in),
                    Input.of(ANY, s),
                    Input.of(ANY, s[1]));
            t.within(new Tolerance(2e-5, 1e-4));
            t.several(
                    "rmsNormGrad",
                    Shape.of(s).toString(),
                    in -> outputs(new RmsNorm.Grad(EPSILON), in),
                    Input.of(ANY, s),
                    Input.of(ANY, s[1]),
                    Input.of(POSITIVE, s[0]),
                    Input.of(ANY, s));
        }
        t.smooth(true).within(new Tolerance(1e-5, 1e-5));
        t.add(
                "rmsNorm",
                "[2,3,2,4] over the last two",
                (x, w) -> RmsNorm.rmsNorm(x, w, EPSILON),
                Input.of(ANY, 2, 3, 2, 4),
                Input.of(ANY, 2, 4));
    }

    private static void softmaxes(Table t) {
        Domain logits = range(-4, 4);
        int[][] sizes = {
            {5, 7, 1},
            {3, 4, 0},
            {2, 3, 4, 1},
            {2, 3, 4, 2},
            {6, 1, 1},
            {0, 4, 1},
            {4, 1000, 1},
            {65, 33, 0},
            {3, 17, 40, 1},
            {2, 16, 1},
            {1500, 3, 0}
        };
        for (int[] s : sizes) {
            int axis = s[s.length - 1];
            int[] dims = java.util.Arrays.copyOf(s, s.length - 1);
            Shape shape = Shape.of(dims);
            String detail = "fused " + shape + " axis " + axis;
            t.smooth(shape.size() < 100).within(new Tolerance(3e-6, 1e-6));
            t.add("softmax", detail, x -> x.softmax(axis), Input.of(logits, dims));
            t.add("logSoftmax", detail, x -> x.logSoftmax(axis), Input.of(logits, dims));
            t.within(new Tolerance(1e-5, 2e-5));
            t.add(
                    "softmaxGrad",
                    detail,
                    (y, g) -> Tensor.apply(new Softmax.Grad(axis), y, g),
                    Input.of(range(0, 1), dims),
                    Input.of(ANY, dims));
            t.add(
                    "logSoftmaxGrad",
                    detail,
                    (y, g) -> Tensor.apply(new Softmax.LogGrad(axis), y, g),
                    Input.of(range(-4, 0), dims),
                    Input.of(ANY, dims));
        }
        t.smooth(true).within(new Tolerance(3e-6, 1e-6));
        for (Layout l : Layout.values()) {
            t.add("softmax", "fused " + l, x -> x.softmax(-1), l.of(logits, 3, 4, 5));
            t.add("logSoftmax", "fused " + l, x -> x.logSoftmax(-1), l.of(logits, 3, 4, 5));
        }
        t.smooth(false);
        double inf = Double.POSITIVE_INFINITY;
        t.add("softmax", "fused [2,50000]", x -> x.softmax(1), Input.of(logits, 2, 50_000));
        Input masked = Input.of(values(1000, -inf, 0, -inf, 500, 88, -1000, -999, -inf), 3, 3);
        t.add("softmax", "fused, far from 0 and masked", x -> x.softmax(1), masked);
        t.add("logSoftmax", "fused, far from 0 and masked", x -> x.logSoftmax(1), masked);
        Input infinite = Input.of(values(inf, 1, inf, -inf, -inf, -inf, 0, Double.NaN, 1), 3, 3);
        t.add("softmax", "fused, of inf and NaN", x -> x.softmax(1), infinite);
        t.add("logSoftmax", "fused, of inf and NaN", x -> x.logSoftmax(1), infinite);
        t.smooth(true);
    }

    private static void crossEntropies(Table t) {
        t.within(new Tolerance(4e-6, 4e-6));
        int[][] sizes = {{5, 7}, {1, 10}, {6, 1}, {0, 4}, {64, 10}, {3, 1000}};
        for (int[] s : sizes) {
            t.smooth(s[0] * s[1] < 100);
            String detail = Shape.of(s).toString();
            Input z = Input.of(range(-4, 4), s);
            Input soft = Input.of(range(0, 2.0 / s[1]), s);
            Input labels = Input.of(DType.I32, integers(0, s[1] - 1), s[0]);
            Input g = Input.of(range(-1, 1), s[0]);
            t.add("softCrossEntropy", detail, SoftCrossEntropy::crossEntropyEach, z, soft);
            t.several("softCrossEntropyGrad", detail, in -> outputs(new SoftCrossEntropy.Grad(), in), z, soft, g);
            SoftCrossEntropy.Smoothed smoothed = new SoftCrossEntropy.Smoothed(0.1);
            t.several("smoothedCrossEntropy", detail, in -> outputs(smoothed, in), z, labels);
            t.several(
                    "smoothedCrossEntropyGrad",
                    detail,
                    in -> outputs(new SoftCrossEntropy.SmoothedGrad(smoothed), in),
                    z,
                    labels,
                    g);
        }
        t.smooth(false);
        Input z = Input.of(values(1000, -1000, 0, 500, 88, -88, 1, 2, 3), 3, 3);
        Input unknown = Input.of(DType.I32, values(0, 3, -1), 3);
        Input g = Input.of(range(-1, 1), 3);
        SoftCrossEntropy.Smoothed smoothed = new SoftCrossEntropy.Smoothed(0.25);
        t.several("smoothedCrossEntropy", "far from 0, labels out of range", in -> outputs(smoothed, in), z, unknown);
        t.several(
                "smoothedCrossEntropyGrad",
                "far from 0, labels out of range",
                in -> outputs(new SoftCrossEntropy.SmoothedGrad(smoothed), in),
                z,
                unknown,
                g);
        t.add(
                "softCrossEntropy",
                "far from 0, targets of any sum",
                SoftCrossEntropy::crossEntropyEach,
                z,
                Input.of(values(0, 2, -1, 0.5, 0.5), 3, 3));
        t.smooth(true);
    }
}

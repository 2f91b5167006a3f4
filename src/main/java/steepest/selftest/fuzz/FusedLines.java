package steepest.selftest.fuzz;

import static steepest.selftest.fuzz.Lines.join;

import steepest.DType;
import steepest.Shape;
import steepest.Tensor;
import steepest.fused.Attention;
import steepest.fused.BatchNorm;
import steepest.fused.Conv2d;
import steepest.fused.Conv2d.Geometry;
import steepest.fused.GroupNorm;
import steepest.fused.GruCell;
import steepest.fused.LstmCell;
import steepest.fused.Pool2d;
import steepest.fused.Pooling;
import steepest.fused.RmsNorm;
import steepest.fused.SoftCrossEntropy;
import steepest.fused.SoftmaxCrossEntropy;
import steepest.op.Unfold;
import steepest.op.Window;
import steepest.selftest.fuzz.Generator.DoesNotFit;

/** Kinds of lines that come down to products, and those that backends have fused kernels for. */
final class FusedLines {
    private static final double EPSILON = 1e-2;

    private FusedLines() {}

    /** The result is divided by the depth's root, so that chains of products do not grow. */
    static void product(Generator g) {
        int x = g.floats(1, 4);
        Shape s = g.shape(x);
        int k = s.dim(-1);
        double scale = k > 4 ? 0.25 : 0.5;
        if (s.rank() > 1 && g.dice.chance(0.2)) {
            boolean left = g.dice.chance(0.5);
            if (left)
                g.line(
                        "%s.matmul(%s.t()).mul(" + scale + ")",
                        in -> in.get(0).matmul(in.get(1).t()).mul(scale),
                        x,
                        x);
            else
                g.line(
                        "%s.t().matmul(%s).mul(0.25)",
                        in -> in.get(0).t().matmul(in.get(1)).mul(0.25), x, x);
            return;
        }
        boolean transposed = g.dice.chance(0.4);
        int n = g.dice.of(1, 2, 3, 5, 8, 17);
        int y;
        if (g.dice.chance(0.4)) {
            int last = transposed ? -1 : -2;
            y = g.entry(t -> t.dtype() == DType.F32
                    && (t.shape().rank() == 2 || t.shape().rank() == s.rank() && s.rank() > 2)
                    && t.shape().dim(last) == k);
        } else if (g.dice.chance(0.15)) {
            y = g.source(k);
            g.line(
                    "%s.matmul(%s).mul(" + scale + ")",
                    in -> in.get(0).matmul(in.get(1)).mul(scale),
                    x,
                    y);
            return;
        } else y = transposed ? g.source(n, k) : g.source(k, n);
        if (transposed)
            g.line(
                    "%s.matmul(%s.t()).mul(" + scale + ")",
                    in -> in.get(0).matmul(in.get(1).t()).mul(scale),
                    x,
                    y);
        else
            g.line(
                    "%s.matmul(%s).mul(" + scale + ")",
                    in -> in.get(0).matmul(in.get(1)).mul(scale),
                    x,
                    y);
    }

    /** Floats as images: of rank 4 as they are, others with axes put in before or taken together. */
    private static int images(Generator g) {
        int x = g.floats(2, 4);
        Shape s = g.shape(x);
        if (s.rank() == 4) return x;
        int[] dims = s.rank() == 3 ? new int[] {1, s.dim(0), s.dim(1), s.dim(2)} : new int[] {1, 1, s.dim(0), s.dim(1)};
        g.line("%s.reshape(" + join(dims) + ")", in -> in.get(0).reshape(dims), x);
        return last(g);
    }

    private static int last(Generator g) {
        return g.entries() - 1;
    }

    static void convolution(Generator g) {
        int x = images(g);
        Shape s = g.shape(x);
        int groups = g.dice.chance(0.25) ? Math.max(1, s.dim(1)) : 1;
        int kh = g.dice.between(1, 3);
        int kw = g.dice.between(1, 3);
        int[] p = {g.dice.between(0, 1), g.dice.between(0, 2), g.dice.between(0, 1), g.dice.between(0, 1)};
        Geometry geometry = new Geometry(
                g.dice.between(1, 2), g.dice.between(1, 2), p[0], p[1], p[2], p[3], 1, g.dice.between(1, 2), groups);
        String numbers =
                join(geometry.strideH(), geometry.strideW(), p[0], p[1], p[2], p[3], 1, geometry.dilationW(), groups);
        int w = g.source(groups * g.dice.between(1, 3), s.dim(1) / groups, kh, kw);
        g.line(
                "Conv2d.conv2d(%s, %s, new Geometry(" + numbers + ")).mul(0.25)",
                in -> Conv2d.conv2d(in.get(0), in.get(1), geometry).mul(0.25),
                x,
                w);
    }

    static void pool(Generator g) {
        int x = images(g);
        Shape s = g.shape(x);
        int k = g.dice.between(1, 3);
        int stride = g.dice.between(1, 2);
        int padding = g.dice.between(0, k / 2);
        if (s.dim(2) + 2 * padding < k || s.dim(3) + 2 * padding < k) throw new DoesNotFit();
        String arguments = "(%s, " + join(k, stride, padding) + ")";
        switch (g.dice.below(6)) {
            case 0, 1 ->
                g.line("Pool2d.maxPool2d" + arguments, in -> Pool2d.maxPool2d(in.get(0), k, stride, padding), x);
            case 2 -> g.line("Pool2d.avgPool2d" + arguments, in -> Pool2d.avgPool2d(in.get(0), k, stride, padding), x);
            case 3 -> g.line("Pooling.globalAvgPool(%s)", in -> Pooling.globalAvgPool(in.get(0)), x);
            case 4 -> {
                Window w = new Window(k, 1, stride, 1, 1, 1);
                g.line(
                        "Tensor.apply(new Unfold(new Window(" + join(k, 1, stride, 1, 1, 1) + ")), %s)",
                        in -> Tensor.apply(new Unfold(w), in.get(0)),
                        x);
            }
            default -> {
                int oh = Math.max(1, s.dim(2) - 1);
                int ow = Math.max(1, s.dim(3) / 2);
                g.line(
                        "Pooling.adaptiveAvgPool2d(%s, " + join(oh, ow) + ")",
                        in -> Pooling.adaptiveAvgPool2d(in.get(0), oh, ow),
                        x);
            }
        }
    }

    static void softmax(Generator g) {
        int x = g.floats(1, 4);
        int a = g.axis(x);
        if (g.dice.chance(0.5)) g.line("%s.softmax(" + a + ")", in -> in.get(0).softmax(a), x);
        else g.line("%s.logSoftmax(" + a + ")", in -> in.get(0).logSoftmax(a), x);
    }

    static void norm(Generator g) {
        int kind = g.dice.below(4);
        int x = g.floats(2, 4);
        int c = g.shape(x).dim(kind < 2 ? -1 : 1);
        int scale = g.source(c);
        if (kind == 0) {
            g.line(
                    "RmsNorm.rmsNorm(%s, %s, " + EPSILON + ")",
                    in -> RmsNorm.rmsNorm(in.get(0), in.get(1), EPSILON),
                    x,
                    scale);
            return;
        }
        int shift = g.source(c);
        if (kind == 1)
            g.line(
                    "GroupNorm.layerNorm(%s, %s, %s, " + EPSILON + ")",
                    in -> GroupNorm.layerNorm(in.get(0), in.get(1), in.get(2), EPSILON),
                    x,
                    scale,
                    shift);
        else if (kind == 2)
            g.line(
                    "BatchNorm.batchNorm(%s, %s, %s, " + EPSILON + ").y()",
                    in -> BatchNorm.batchNorm(in.get(0), in.get(1), in.get(2), EPSILON)
                            .y(),
                    x,
                    scale,
                    shift);
        else {
            int groups = c % 2 == 0 && c > 0 ? 2 : 1;
            g.line(
                    "GroupNorm.groupNorm(%s, %s, %s, " + groups + ", " + EPSILON + ")",
                    in -> GroupNorm.groupNorm(in.get(0), in.get(1), in.get(2), groups, EPSILON),
                    x,
                    scale,
                    shift);
        }
    }

    static void loss(Generator g) {
        if (g.dice.chance(0.3)) {
            int q = g.floats(2, 3);
            boolean causal = g.dice.chance(0.5);
            g.line(
                    "Attention.attention(%s, %s, %s, " + causal + ")",
                    in -> Attention.attention(in.get(0), in.get(1), in.get(2), causal),
                    q,
                    q,
                    q);
            return;
        }
        int x = g.floats(2, 2);
        Shape s = g.shape(x);
        if (g.dice.chance(0.6)) {
            if (s.dim(1) == 0) throw new DoesNotFit();
            int labels = g.integers(DType.I32, 0, s.dim(1) - 1, s.dim(0));
            g.line(
                    "SoftmaxCrossEntropy.crossEntropyEach(%s, %s)",
                    in -> SoftmaxCrossEntropy.crossEntropyEach(in.get(0), in.get(1)), x, labels);
        } else {
            int targets = g.source(s.dims());
            g.line(
                    "SoftCrossEntropy.crossEntropyEach(%s, %s)",
                    in -> SoftCrossEntropy.crossEntropyEach(in.get(0), in.get(1)), x, targets);
        }
    }

    static void cell(Generator g) {
        int h = g.floats(2, 2);
        int b = g.shape(h).dim(0);
        int n = g.shape(h).dim(1);
        if (g.dice.chance(0.5)) {
            int x = g.source(b, 3 * n);
            int u = g.source(b, 3 * n);
            g.line("GruCell.step(%s, %s, %s)", in -> GruCell.step(in.get(0), in.get(1), in.get(2)), x, u, h);
        } else {
            int x = g.source(b, 4 * n);
            int u = g.source(b, 4 * n);
            boolean cell = g.dice.chance(0.5);
            g.line(
                    "LstmCell.step(%s, %s, %s)." + (cell ? "c()" : "h()"),
                    in -> {
                        var state = LstmCell.step(in.get(0), in.get(1), in.get(2));
                        return cell ? state.c() : state.h();
                    },
                    x,
                    u,
                    h);
        }
    }
}

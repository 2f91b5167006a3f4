package steepest.selftest;

import static steepest.selftest.OpCase.Domain.distinct;
import static steepest.selftest.OpCase.Domain.integers;
import static steepest.selftest.OpCase.Domain.range;
import static steepest.selftest.OpCase.Domain.values;

import java.util.List;
import steepest.DType;
import steepest.Tensor;
import steepest.fused.Conv2d;
import steepest.fused.Conv2d.Geometry;
import steepest.fused.Pool2d;
import steepest.fused.SoftmaxCrossEntropy;
import steepest.op.Window;
import steepest.selftest.OpCase.Domain;
import steepest.selftest.OpCase.Input;
import steepest.selftest.OpCase.Tolerance;
import steepest.selftest.OpCases.Table;

/** Ops with a fast kernel where a backend has one, and a meaning composed of primitives everywhere. */
final class FusedCases {
    private static final Domain ANY = range(-1, 1);
    private static final Domain APART = distinct(0.0625);

    private FusedCases() {}

    static List<OpCase> all() {
        Table t = new Table();
        convolutions(t);
        pools(t);
        crossEntropies(t);
        return t.cases();
    }

    private static void convolutions(Table t) {
        t.within(new Tolerance(4e-6, 1e-5));
        conv(t, "1x1", Geometry.of(1, 0, 1, 1), 2, 3, 4, 5, 4, 1, 1);
        conv(t, "3x3", Geometry.of(1, 0, 1, 1), 2, 3, 6, 7, 4, 3, 3);
        conv(t, "3x3 padding 1", Geometry.of(1, 1, 1, 1), 1, 2, 5, 5, 3, 3, 3);
        conv(t, "5x5 padding 2", Geometry.of(1, 2, 1, 1), 2, 1, 8, 8, 6, 5, 5);
        conv(t, "3x3 stride 2", Geometry.of(2, 0, 1, 1), 2, 2, 7, 7, 3, 3, 3);
        conv(t, "3x3 stride 2, last row unused", Geometry.of(2, 0, 1, 1), 1, 2, 8, 6, 3, 3, 3);
        conv(t, "3x3 stride 2 padding 1", Geometry.of(2, 1, 1, 1), 1, 2, 7, 8, 3, 3, 3);
        conv(t, "2x2 stride 3, gaps", Geometry.of(3, 0, 1, 1), 1, 1, 9, 8, 2, 2, 2);
        conv(t, "3x3 dilation 2", Geometry.of(1, 0, 2, 1), 1, 2, 7, 8, 2, 3, 3);
        conv(t, "3x3 dilation 2 padding 2 stride 2", Geometry.of(2, 2, 2, 1), 1, 2, 7, 8, 2, 3, 3);
        conv(t, "3x3 groups 2", Geometry.of(1, 1, 1, 2), 2, 4, 5, 5, 6, 3, 3);
        conv(t, "3x3 depthwise", Geometry.of(1, 1, 1, 3), 1, 3, 5, 5, 3, 3, 3);
        conv(t, "2x3 everything different", new Geometry(2, 1, 1, 0, 2, 1, 1, 2, 2), 2, 4, 7, 8, 4, 2, 3);
        conv(t, "3x3 asymmetric padding", new Geometry(1, 1, 2, 0, 0, 1, 1, 1, 1), 1, 2, 5, 6, 3, 3, 3);
        conv(t, "1x1 of many pixels", Geometry.of(1, 0, 1, 1), 2, 3, 8, 9, 5, 1, 1);
        conv(t, "3x3 depthwise, two to a channel, stride 2", Geometry.of(2, 1, 1, 3), 2, 3, 7, 5, 6, 3, 3);
        conv(t, "3x2 depthwise dilation 2", new Geometry(1, 2, 2, 1, 0, 1, 2, 1, 4), 2, 4, 7, 5, 4, 3, 2);
        conv(t, "stride beyond the kernel", new Geometry(3, 4, 0, 0, 1, 0, 1, 1, 1), 1, 2, 8, 11, 3, 2, 1);
        conv(t, "one row", new Geometry(1, 2, 0, 0, 2, 2, 1, 1, 1), 2, 3, 1, 19, 4, 1, 5);
        conv(t, "whole image", Geometry.of(1, 0, 1, 1), 3, 2, 4, 5, 3, 4, 5);
        conv(t, "padding beyond the kernel", Geometry.of(1, 3, 1, 1), 1, 1, 3, 3, 2, 2, 2);
        conv(t, "more channels", Geometry.of(1, 1, 1, 1), 1, 9, 3, 2, 9, 3, 1);
        conv(t, "no images", Geometry.of(1, 1, 1, 1), 0, 2, 4, 4, 3, 3, 3);
        for (Layout l : Layout.values()) {
            if (l == Layout.PLAIN) continue;
            t.add(
                    "conv2d",
                    "image " + l,
                    (x, w) -> Conv2d.conv2d(x, w, 1, 1),
                    l.of(ANY, 2, 3, 5, 4),
                    Input.of(ANY, 2, 3, 3, 3));
            t.add(
                    "conv2d",
                    "weight " + l,
                    (x, w) -> Conv2d.conv2d(x, w, 1, 1),
                    Input.of(ANY, 2, 3, 5, 4),
                    l.of(ANY, 2, 3, 3, 3));
        }
        t.several(
                "conv2d",
                "bias and relu",
                in -> List.of(Conv2d.conv2d(in.get(0), in.get(1), 1, 1)
                        .add(in.get(2).reshape(1, 4, 1, 1))
                        .relu()),
                Input.of(ANY, 2, 3, 5, 4),
                Input.of(ANY, 4, 3, 3, 3),
                Input.of(ANY, 4));
        t.smooth(false).within(new Tolerance(4e-6, 1e-4));
        conv(t, "larger 3x3", Geometry.of(1, 1, 1, 1), 5, 17, 14, 13, 33, 3, 3);
        conv(t, "larger 5x5 stride 2", Geometry.of(2, 2, 1, 1), 3, 6, 28, 28, 16, 5, 5);
        conv(t, "66,000 groups", new Geometry(1, 1, 0, 0, 0, 0, 1, 1, 66000), 1, 66000, 1, 2, 198000, 1, 1);
        t.smooth(true);
    }

    /** A convolution and its two gradients, each as an op of its own. */
    private static void conv(Table t, String detail, Geometry g, int n, int c, int h, int w, int k, int kh, int kw) {
        Window window = g.window(kh, kw);
        int oh = window.outH(h + g.padTop() + g.padBottom());
        int ow = window.outW(w + g.padLeft() + g.padRight());
        Input x = Input.of(ANY, n, c, h, w);
        Input weight = Input.of(ANY, k, c / g.groups(), kh, kw);
        Input y = Input.of(ANY, n, k, oh, ow);
        t.add("conv2d", detail, (a, b) -> Conv2d.conv2d(a, b, g), x, weight);
        t.add("conv2dInputGrad", detail, (a, b) -> Tensor.apply(new Conv2d.InputGrad(g, h, w), a, b), y, weight);
        t.add("conv2dWeightGrad", detail, (a, b) -> Tensor.apply(new Conv2d.WeightGrad(g, kh, kw), a, b), x, y);
    }

    private static void pools(Table t) {
        int[][] windows = {{2, 2, 0}, {3, 2, 0}, {3, 2, 1}, {3, 1, 1}, {2, 3, 0}, {2, 1, 1}, {1, 1, 0}};
        for (int[] p : windows) {
            String detail = "%d stride %d padding %d".formatted(p[0], p[1], p[2]);
            t.within(Tolerance.EXACT);
            t.add("maxPool2d", detail, x -> Pool2d.maxPool2d(x, p[0], p[1], p[2]), Input.of(APART, 2, 2, 6, 7));
            t.within(new Tolerance(1e-6, 1e-6));
            t.add("avgPool2d", detail, x -> Pool2d.avgPool2d(x, p[0], p[1], p[2]), Input.of(ANY, 2, 2, 6, 7));
            poolGradients(t, detail, new Window(p[0], p[0], p[1], p[1], 1, 1), p[2], 6, 7);
        }
        t.within(new Tolerance(1e-6, 1e-6));
        poolGradients(t, "3x2 stride 1x2", new Window(3, 2, 1, 2, 1, 1), 1, 7, 8);
        Window[] dilated = {new Window(2, 3, 1, 2, 2, 1), new Window(3, 2, 2, 3, 1, 2), new Window(2, 2, 3, 4, 2, 3)};
        for (Window w : dilated) {
            String detail = "%dx%d stride %dx%d dilation %dx%d padding 1"
                    .formatted(w.kh(), w.kw(), w.strideH(), w.strideW(), w.dilationH(), w.dilationW());
            t.within(Tolerance.EXACT);
            t.add("maxPool2d", detail, x -> Tensor.apply(new Pool2d.Max(w, 1, 1), x), Input.of(APART, 2, 1, 7, 8));
            t.within(new Tolerance(1e-6, 1e-6));
            t.add("avgPool2d", detail, x -> Tensor.apply(new Pool2d.Average(w, 1, 1), x), Input.of(ANY, 2, 1, 7, 8));
            poolGradients(t, detail, w, 1, 7, 8);
        }
        for (Layout l : Layout.values()) {
            if (l == Layout.PLAIN) continue;
            t.add("maxPool2d", l.toString(), x -> Pool2d.maxPool2d(x, 2, 2, 0), l.of(APART, 2, 2, 4, 4));
            t.add("avgPool2d", l.toString(), x -> Pool2d.avgPool2d(x, 2, 2, 0), l.of(ANY, 2, 2, 4, 4));
        }
        t.add("maxPool2d", "no images", x -> Pool2d.maxPool2d(x, 2, 2, 0), Input.of(ANY, 0, 2, 4, 4));
        t.add("avgPool2d", "no images", x -> Pool2d.avgPool2d(x, 2, 2, 0), Input.of(ANY, 0, 2, 4, 4));
        t.smooth(false);
        Domain ties = integers(0, 2);
        t.add("maxPool2d", "ties", x -> Pool2d.maxPool2d(x, 3, 1, 1), Input.of(ties, 2, 2, 6, 7));
        t.add(
                "maxPool2d",
                "of NaN",
                x -> Pool2d.maxPool2d(x, 2, 1, 0),
                Input.of(values(1, 2, Double.NaN, 3, 4, 5, 6), 1, 2, 4, 4));
        t.add(
                "maxPool2d",
                "of -inf",
                x -> Pool2d.maxPool2d(x, 2, 1, 1),
                Input.of(values(Double.NEGATIVE_INFINITY), 1, 1, 3, 3));
        Domain odd = values(1, 2, Double.NaN, 3, Double.NEGATIVE_INFINITY, 5, 6, Double.NaN, Double.POSITIVE_INFINITY);
        for (int stride : new int[] {1, 2})
            t.add(
                    "maxPool2dGrad",
                    "of NaN and infinities, stride " + stride,
                    (x, g) -> Tensor.apply(
                            new Pool2d.MaxGrad(new Pool2d.Max(new Window(2, 2, stride, stride, 1, 1), 0, 0)), x, g),
                    Input.of(odd, 1, 2, 4, 4),
                    Input.of(ANY, 1, 2, 4 - stride, 4 - stride));
        t.smooth(true);
    }

    private static void poolGradients(Table t, String detail, Window w, int padding, int h, int width) {
        Pool2d.Max max = new Pool2d.Max(w, padding, padding);
        Pool2d.Average average = new Pool2d.Average(w, padding, padding);
        int oh = w.outH(h + 2 * padding);
        int ow = w.outW(width + 2 * padding);
        t.add(
                "maxPool2dGrad",
                detail,
                (x, g) -> Tensor.apply(new Pool2d.MaxGrad(max), x, g),
                Input.of(APART, 2, 2, h, width),
                Input.of(ANY, 2, 2, oh, ow));
        t.smooth(false);
        t.add(
                "maxPool2dGrad",
                detail + " ties",
                (x, g) -> Tensor.apply(new Pool2d.MaxGrad(max), x, g),
                Input.of(integers(0, 2), 2, 2, h, width),
                Input.of(ANY, 2, 2, oh, ow));
        t.smooth(true);
        t.add(
                "avgPool2dGrad",
                detail,
                g -> Tensor.apply(new Pool2d.AverageGrad(average, h, width), g),
                Input.of(ANY, 2, 2, oh, ow));
    }

    private static void crossEntropies(Table t) {
        t.within(new Tolerance(2e-6, 2e-6));
        int[][] sizes = {{5, 7}, {1, 10}, {6, 1}, {0, 4}, {64, 10}, {3, 1000}, {2, 50_000}};
        for (int[] s : sizes) {
            t.smooth(s[0] * s[1] < 100);
            Input z = Input.of(range(-4, 4), s);
            Input y = Input.of(DType.I32, integers(0, s[1] - 1), s[0]);
            String detail = "[%d,%d]".formatted(s[0], s[1]);
            t.add("softmaxCrossEntropy", detail, SoftmaxCrossEntropy::crossEntropyEach, z, y);
            t.several(
                    "softmaxCrossEntropyGrad",
                    detail,
                    in -> List.of(Tensor.apply(new SoftmaxCrossEntropy.Grad(), in.get(0), in.get(1), in.get(2))),
                    z,
                    y,
                    Input.of(ANY, s[0]));
        }
        t.smooth(true);
        Input labels = Input.of(DType.I32, integers(0, 6), 5);
        for (Layout l : Layout.values())
            t.add(
                    "softmaxCrossEntropy",
                    "logits " + l,
                    SoftmaxCrossEntropy::crossEntropy,
                    l.of(range(-4, 4), 5, 7),
                    labels);
        t.smooth(false);
        t.add(
                "softmaxCrossEntropy",
                "far from 0",
                SoftmaxCrossEntropy::crossEntropyEach,
                Input.of(values(1000, -1000, 0, 500, 88, -88), 2, 3),
                Input.of(DType.I32, values(0, 1), 2));
        t.add(
                "softmaxCrossEntropy",
                "label out of range",
                SoftmaxCrossEntropy::crossEntropyEach,
                Input.of(range(-4, 4), 3, 5),
                Input.of(DType.I32, values(-1, 5, 2), 3));
    }
}

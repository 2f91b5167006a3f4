package steepest.fused;

import java.util.List;
import steepest.Node;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.op.Fused;
import steepest.op.Unfold;
import steepest.op.Window;

/**
 * Two-dimensional convolution (cross-correlation, as the field has it): input {@code [N, C, H, W]} and weight {@code
 * [K, C/groups, kh, kw]} give {@code [N, K, oh, ow]}. Its gradients are the fused ops {@link InputGrad} and {@link
 * WeightGrad}, whose gradients are convolutions again.
 */
public record Conv2d(Geometry geometry) implements Fused {

    /**
     * How the kernel slides: strides, zero padding on each side, dilations, and groups of channels that do not see each
     * other.
     */
    public record Geometry(
            int strideH,
            int strideW,
            int padTop,
            int padBottom,
            int padLeft,
            int padRight,
            int dilationH,
            int dilationW,
            int groups) {
        public Geometry {
            if (strideH < 1 || strideW < 1 || dilationH < 1 || dilationW < 1 || groups < 1)
                throw SteepestException.of(
                        "conv2d: strides %dx%d, dilations %dx%d and groups %d must be at least 1",
                        strideH, strideW, dilationH, dilationW, groups);
            if (padTop < 0 || padBottom < 0 || padLeft < 0 || padRight < 0)
                throw SteepestException.of(
                        "conv2d: paddings %d, %d, %d, %d must be at least 0", padTop, padBottom, padLeft, padRight);
        }

        public static Geometry of(int stride, int padding, int dilation, int groups) {
            return new Geometry(stride, stride, padding, padding, padding, padding, dilation, dilation, groups);
        }

        /** The window of a kernel of that size. */
        public Window window(int kh, int kw) {
            return new Window(kh, kw, strideH, strideW, dilationH, dilationW);
        }

        Tensor pad(Tensor x) {
            if (padTop + padBottom + padLeft + padRight == 0) return x;
            return x.pad(new int[] {0, 0, padTop, padLeft}, new int[] {0, 0, padBottom, padRight}, 0);
        }
    }

    /** The convolution of {@code x} {@code [N, C, H, W]} with {@code w} {@code [K, C/groups, kh, kw]}. */
    public static Tensor conv2d(Tensor x, Tensor w, Geometry geometry) {
        return Tensor.apply(new Conv2d(geometry), x, w);
    }

    /** As above, the same stride and zero padding on all sides. */
    public static Tensor conv2d(Tensor x, Tensor w, int stride, int padding) {
        return conv2d(x, w, Geometry.of(stride, padding, 1, 1));
    }

    private void check(Shape x, Shape w) {
        if (x.rank() != 4 || w.rank() != 4)
            throw SteepestException.of("conv2d: takes [N,C,H,W] and [K,C/groups,kh,kw], got %s and %s", x, w);
        int g = geometry.groups();
        if (x.dim(1) != w.dim(1) * g || w.dim(0) % g != 0)
            throw SteepestException.of(
                    "conv2d: %d channels do not fit weight %s with %d group%s (needs %d input channels, and outputs divisible"
                            + " by groups)",
                    x.dim(1), w, g, g == 1 ? "" : "s", w.dim(1) * g);
    }

    @Override
    public List<Tensor> meaning(List<Tensor> in) {
        Tensor x = in.get(0);
        Tensor w = in.get(1);
        check(x.shape(), w.shape());
        int n = x.shape().dim(0);
        int k = w.shape().dim(0);
        int g = geometry.groups();
        Window window = geometry.window(w.shape().dim(2), w.shape().dim(3));
        Tensor patches = Tensor.apply(new Unfold(window), geometry.pad(x)); // [N, C, kh, kw, oh, ow]
        int oh = patches.shape().dim(4);
        int ow = patches.shape().dim(5);
        int depth = w.shape().slice(1, 4).intSize();
        Tensor columns = patches.reshape(n, g, depth, oh * ow);
        Tensor rows = w.reshape(1, g, k / g, depth);
        return List.of(rows.matmul(columns).reshape(n, k, oh, ow));
    }

    @Override
    public Tensor vjp(Node node, int i, Tensor[] g) {
        Shape x = node.input(0).shape();
        Shape w = node.input(1).shape();
        return i == 0
                ? Tensor.apply(new InputGrad(geometry, x.dim(2), x.dim(3)), g[0], node.input(1))
                : Tensor.apply(new WeightGrad(geometry, w.dim(2), w.dim(3)), node.input(0), g[0]);
    }

    /**
     * The gradient of {@link Conv2d} with respect to its input, also called transposed convolution: output gradient
     * {@code [N, K, oh, ow]} and weight give {@code [N, C, h, w]}.
     */
    public record InputGrad(Geometry geometry, int h, int w) implements Fused {
        @Override
        public String name() {
            return "conv2dInputGrad";
        }

        @Override
        public List<Tensor> meaning(List<Tensor> in) {
            Tensor g = in.get(0);
            Shape weight = in.get(1).shape();
            Tensor x = Tensor.zeros(Spec.of(g.dtype(), g.shape().dim(0), weight.dim(1) * geometry.groups(), h, w));
            return List.of(new Conv2d(geometry).meaningVjp(List.of(x, in.get(1)), 0, new Tensor[] {g}));
        }

        @Override
        public Tensor vjp(Node node, int i, Tensor[] g) {
            Shape weight = node.input(1).shape();
            return i == 0
                    ? conv2d(g[0], node.input(1), geometry)
                    : Tensor.apply(new WeightGrad(geometry, weight.dim(2), weight.dim(3)), g[0], node.input(0));
        }
    }

    /**
     * The gradient of {@link Conv2d} with respect to its weight: input {@code [N, C, H, W]} and output gradient {@code
     * [N, K, oh, ow]} give {@code [K, C/groups, kh, kw]}.
     */
    public record WeightGrad(Geometry geometry, int kh, int kw) implements Fused {
        @Override
        public String name() {
            return "conv2dWeightGrad";
        }

        @Override
        public List<Tensor> meaning(List<Tensor> in) {
            Shape x = in.get(0).shape();
            Tensor w = Tensor.zeros(
                    Spec.of(in.get(0).dtype(), in.get(1).shape().dim(1), x.dim(1) / geometry.groups(), kh, kw));
            return List.of(new Conv2d(geometry).meaningVjp(List.of(in.get(0), w), 1, new Tensor[] {in.get(1)}));
        }

        @Override
        public Tensor vjp(Node node, int i, Tensor[] g) {
            Shape x = node.input(0).shape();
            return i == 0
                    ? Tensor.apply(new InputGrad(geometry, x.dim(2), x.dim(3)), node.input(1), g[0])
                    : conv2d(node.input(0), g[0], geometry);
        }
    }
}

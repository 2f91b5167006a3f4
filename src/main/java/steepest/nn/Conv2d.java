package steepest.nn;

import steepest.Shape;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.fused.Conv2d.Geometry;

/**
 * Two-dimensional convolution: {@code [N, in, H, W] → [N, out, oh, ow]}, {@code oh = (H + padding above and below −
 * dilation·(k − 1) − 1) / stride + 1}, rounded down. Weight {@code [out, in/groups, kh, kw]}, bias {@code [out]}. Immutable
 * but for its variables; the methods that change a setting return another layer: {@code conv2d(1, 6, 5).padding(2)}.
 */
public final class Conv2d extends Weighted {
    private final Config c;

    private record Config(
            int in, int out, int kh, int kw, Geometry geometry, boolean biased, Initializer initializer) {}

    private Conv2d(Config c) {
        super(Shape.of(c.out, c.in / c.geometry.groups(), c.kh, c.kw), c.biased, c.initializer);
        this.c = c;
    }

    static Conv2d of(int in, int out, int kh, int kw) {
        return checked(new Config(in, out, kh, kw, Geometry.of(1, 0, 1, 1), true, Initializer.heNormal()));
    }

    private static Conv2d checked(Config c) {
        if (c.in < 1 || c.out < 1 || c.kh < 1 || c.kw < 1)
            throw SteepestException.of(
                    "conv2d: channels %d → %d and kernel %dx%d must be at least 1", c.in, c.out, c.kh, c.kw);
        int groups = c.geometry.groups();
        if (c.in % groups != 0 || c.out % groups != 0)
            throw SteepestException.of(
                    "conv2d: channels %d → %d must both be divisible by groups %d", c.in, c.out, groups);
        return new Conv2d(c);
    }

    private Conv2d with(Geometry geometry) {
        return checked(new Config(c.in, c.out, c.kh, c.kw, geometry, c.biased, c.initializer));
    }

    public Conv2d stride(int stride) {
        if (stride < 1) throw SteepestException.of("conv2d: stride %d must be at least 1", stride);
        return stride(stride, stride);
    }

    /** The step of the kernel down and to the right. */
    public Conv2d stride(int down, int right) {
        Geometry g = c.geometry;
        return with(new Geometry(
                down,
                right,
                g.padTop(),
                g.padBottom(),
                g.padLeft(),
                g.padRight(),
                g.dilationH(),
                g.dilationW(),
                g.groups()));
    }

    /** Zeros around the image, on each side. */
    public Conv2d padding(int padding) {
        if (padding < 0) throw SteepestException.of("conv2d: padding must be at least 0, got %d", padding);
        return padding(padding, padding, padding, padding);
    }

    /** Zeros around the image, by side. */
    public Conv2d padding(int top, int bottom, int left, int right) {
        Geometry g = c.geometry;
        return with(new Geometry(
                g.strideH(), g.strideW(), top, bottom, left, right, g.dilationH(), g.dilationW(), g.groups()));
    }

    /** The distance between neighbouring elements of the kernel. */
    public Conv2d dilation(int dilation) {
        if (dilation < 1) throw SteepestException.of("conv2d: dilation %d must be at least 1", dilation);
        return dilation(dilation, dilation);
    }

    /** The distance between neighbouring rows and columns of the kernel. */
    public Conv2d dilation(int rows, int columns) {
        Geometry g = c.geometry;
        return with(new Geometry(
                g.strideH(),
                g.strideW(),
                g.padTop(),
                g.padBottom(),
                g.padLeft(),
                g.padRight(),
                rows,
                columns,
                g.groups()));
    }

    /** Channels in groups that do not see each other; as many as channels is a depthwise convolution. */
    public Conv2d groups(int groups) {
        Geometry g = c.geometry;
        return with(new Geometry(
                g.strideH(),
                g.strideW(),
                g.padTop(),
                g.padBottom(),
                g.padLeft(),
                g.padRight(),
                g.dilationH(),
                g.dilationW(),
                groups));
    }

    public Conv2d noBias() {
        return checked(new Config(c.in, c.out, c.kh, c.kw, c.geometry, false, c.initializer));
    }

    /** The layer with another initialisation of its weight. */
    public Conv2d weights(Initializer initializer) {
        return checked(new Config(c.in, c.out, c.kh, c.kw, c.geometry, c.biased, initializer));
    }

    /** As in code; settings that are not the default only: {@code conv2d(1, 6, 5).padding(2)}. */
    @Override
    public String name() {
        Geometry g = c.geometry;
        boolean even = g.padTop() == g.padBottom() && g.padTop() == g.padLeft() && g.padTop() == g.padRight();
        String padding = even
                ? setting("padding", g.padTop(), g.padTop(), 0)
                : ".padding(%d, %d, %d, %d)".formatted(g.padTop(), g.padBottom(), g.padLeft(), g.padRight());
        return "conv2d(%d, %d, %s)".formatted(c.in, c.out, c.kh == c.kw ? "" + c.kh : c.kh + ", " + c.kw)
                + setting("stride", g.strideH(), g.strideW(), 1)
                + padding
                + setting("dilation", g.dilationH(), g.dilationW(), 1)
                + setting("groups", g.groups(), g.groups(), 1);
    }

    private static String setting(String name, int a, int b, int usual) {
        if (a == usual && b == usual) return "";
        return "." + name + "(" + (a == b ? "" + a : a + ", " + b) + ")";
    }

    @Override
    public Shape output(Shape sample) {
        if (sample.rank() != 3 || sample.dim(0) != c.in) throw misfit("samples [%d,H,W]".formatted(c.in), sample);
        Geometry g = c.geometry;
        int h = sample.dim(1) + g.padTop() + g.padBottom();
        int w = sample.dim(2) + g.padLeft() + g.padRight();
        int reachH = g.dilationH() * (c.kh - 1) + 1;
        int reachW = g.dilationW() * (c.kw - 1) + 1;
        if (h < reachH || w < reachW)
            throw misfit(
                    "at least %dx%d pixels (padding counted) under its kernel".formatted(reachH, reachW),
                    "%dx%d of samples %s".formatted(h, w, sample));
        return Shape.of(c.out, (h - reachH) / g.strideH() + 1, (w - reachW) / g.strideW() + 1);
    }

    @Override
    public Tensor apply(Tensor x) {
        check(x);
        return addBias(product(x, weight()), 1, c.out, 1, 1);
    }

    @Override
    Tensor product(Tensor x, Tensor weight) {
        return steepest.fused.Conv2d.conv2d(x, weight, c.geometry);
    }
}

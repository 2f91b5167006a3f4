package steepest.nn;

import steepest.Shape;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.fused.Conv2d.Geometry;

/**
 * Two-dimensional convolution: {@code [N, in, H, W] → [N, out, oh, ow]}, {@code oh = (H + 2·padding − dilation·(k − 1) −
 * 1) / stride + 1}, rounded down. Weight {@code [out, in/groups, k, k]}, bias {@code [out]}. Immutable but for its
 * variables; the methods that change a setting return another layer: {@code conv2d(1, 6, 5).padding(2)}.
 */
public final class Conv2d extends Weighted {
    private final Config c;
    private final Geometry geometry;

    private record Config(
            int in,
            int out,
            int kh,
            int kw,
            int stride,
            int padding,
            int dilation,
            int groups,
            boolean biased,
            Initializer initializer) {}

    private Conv2d(Config c) {
        super(Shape.of(c.out, c.in / c.groups, c.kh, c.kw), c.biased, c.initializer);
        this.c = c;
        this.geometry = Geometry.of(c.stride, c.padding, c.dilation, c.groups);
    }

    static Conv2d of(int in, int out, int kh, int kw) {
        return checked(new Config(in, out, kh, kw, 1, 0, 1, 1, true, Initializer.heNormal()));
    }

    private static Conv2d checked(Config c) {
        if (c.in < 1 || c.out < 1 || c.kh < 1 || c.kw < 1 || c.stride < 1 || c.dilation < 1 || c.groups < 1)
            throw SteepestException.of(
                    "conv2d: channels %d → %d, kernel %dx%d, stride %d, dilation %d and groups %d must be at least 1",
                    c.in, c.out, c.kh, c.kw, c.stride, c.dilation, c.groups);
        if (c.padding < 0) throw SteepestException.of("conv2d: padding must be at least 0, got %d", c.padding);
        if (c.in % c.groups != 0 || c.out % c.groups != 0)
            throw SteepestException.of(
                    "conv2d: channels %d → %d must both be divisible by groups %d", c.in, c.out, c.groups);
        return new Conv2d(c);
    }

    public Conv2d stride(int stride) {
        return checked(
                new Config(c.in, c.out, c.kh, c.kw, stride, c.padding, c.dilation, c.groups, c.biased, c.initializer));
    }

    /** Zeros around the image, on each side. */
    public Conv2d padding(int padding) {
        return checked(
                new Config(c.in, c.out, c.kh, c.kw, c.stride, padding, c.dilation, c.groups, c.biased, c.initializer));
    }

    /** The distance between neighbouring elements of the kernel. */
    public Conv2d dilation(int dilation) {
        return checked(
                new Config(c.in, c.out, c.kh, c.kw, c.stride, c.padding, dilation, c.groups, c.biased, c.initializer));
    }

    /** Channels in groups that do not see each other; as many as channels is a depthwise convolution. */
    public Conv2d groups(int groups) {
        return checked(
                new Config(c.in, c.out, c.kh, c.kw, c.stride, c.padding, c.dilation, groups, c.biased, c.initializer));
    }

    public Conv2d noBias() {
        return checked(
                new Config(c.in, c.out, c.kh, c.kw, c.stride, c.padding, c.dilation, c.groups, false, c.initializer));
    }

    /** The layer with another initialisation of its weight. */
    public Conv2d weights(Initializer initializer) {
        return checked(
                new Config(c.in, c.out, c.kh, c.kw, c.stride, c.padding, c.dilation, c.groups, c.biased, initializer));
    }

    /** As in code; settings that are not the default only: {@code conv2d(1, 6, 5).padding(2)}. */
    @Override
    public String name() {
        String kernel = c.kh == c.kw ? Integer.toString(c.kh) : c.kh + ", " + c.kw;
        return "conv2d(%d, %d, %s)".formatted(c.in, c.out, kernel)
                + (c.stride == 1 ? "" : ".stride(" + c.stride + ")")
                + (c.padding == 0 ? "" : ".padding(" + c.padding + ")")
                + (c.dilation == 1 ? "" : ".dilation(" + c.dilation + ")")
                + (c.groups == 1 ? "" : ".groups(" + c.groups + ")");
    }

    @Override
    public Shape output(Shape sample) {
        if (sample.rank() != 3 || sample.dim(0) != c.in) throw misfit("samples [%d,H,W]".formatted(c.in), sample);
        int h = sample.dim(1) + 2 * c.padding;
        int w = sample.dim(2) + 2 * c.padding;
        int reachH = c.dilation * (c.kh - 1) + 1;
        int reachW = c.dilation * (c.kw - 1) + 1;
        if (h < reachH || w < reachW)
            throw misfit(
                    "at least %dx%d pixels (padding counted) under its kernel".formatted(reachH, reachW),
                    "%dx%d of samples %s".formatted(h, w, sample));
        return Shape.of(c.out, (h - reachH) / c.stride + 1, (w - reachW) / c.stride + 1);
    }

    @Override
    public Tensor apply(Tensor x) {
        check(x);
        return addBias(steepest.fused.Conv2d.conv2d(x, weight(), geometry), 1, c.out, 1, 1);
    }
}

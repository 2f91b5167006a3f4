package steepest.nn;

import steepest.Shape;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.fused.Conv2d.Geometry;
import steepest.fused.Convolutions;

/**
 * Transposed convolution, also called deconvolution: {@code [N, in, h, w] → [N, out, H, W]}, {@code H = (h − 1)·stride −
 * 2·padding + dilation·(k − 1) + outputPadding + 1}. It is the gradient of a convolution with these settings by its input.
 * Weight {@code [in, out/groups, kh, kw]}, bias {@code [out]}. Immutable but for its variables; the methods that change a
 * setting return another layer.
 */
public final class ConvTranspose2d extends Weighted {
    private final Config c;

    private record Config(
            int in,
            int out,
            int kh,
            int kw,
            int stride,
            int padding,
            int outputPadding,
            int dilation,
            int groups,
            boolean biased,
            Initializer initializer) {
        Config {
            if (in < 1 || out < 1 || kh < 1 || kw < 1 || stride < 1 || dilation < 1 || groups < 1)
                throw SteepestException.of(
                        "convTranspose2d: channels %d → %d, kernel %dx%d, stride %d, dilation %d and groups %d must be at"
                                + " least 1",
                        in, out, kh, kw, stride, dilation, groups);
            if (padding < 0 || outputPadding < 0)
                throw SteepestException.of(
                        "convTranspose2d: padding and output padding must be at least 0, got %d and %d",
                        padding, outputPadding);
            if (in % groups != 0 || out % groups != 0)
                throw SteepestException.of(
                        "convTranspose2d: channels %d → %d must both be divisible by groups %d", in, out, groups);
        }
    }

    private ConvTranspose2d(Config c) {
        super(Shape.of(c.in, c.out / c.groups, c.kh, c.kw), c.out, c.biased, c.initializer);
        this.c = c;
    }

    static ConvTranspose2d of(int in, int out, int kh, int kw) {
        return new ConvTranspose2d(new Config(in, out, kh, kw, 1, 0, 0, 1, 1, true, Initializer.heNormal()));
    }

    private ConvTranspose2d with(int stride, int padding, int outputPadding, int dilation, int groups) {
        return new ConvTranspose2d(new Config(
                c.in, c.out, c.kh, c.kw, stride, padding, outputPadding, dilation, groups, c.biased, c.initializer));
    }

    /** How far neighbouring inputs lie apart in the result. */
    public ConvTranspose2d stride(int stride) {
        return with(stride, c.padding, c.outputPadding, c.dilation, c.groups);
    }

    /** What is cut off the result on each side: the padding of the convolution whose gradient this is. */
    public ConvTranspose2d padding(int padding) {
        return with(c.stride, padding, c.outputPadding, c.dilation, c.groups);
    }

    /** Rows and columns more at the bottom and the right, less than the stride. */
    public ConvTranspose2d outputPadding(int outputPadding) {
        return with(c.stride, c.padding, outputPadding, c.dilation, c.groups);
    }

    /** The distance between neighbouring elements of the kernel. */
    public ConvTranspose2d dilation(int dilation) {
        return with(c.stride, c.padding, c.outputPadding, dilation, c.groups);
    }

    /** Channels in groups that do not see each other. */
    public ConvTranspose2d groups(int groups) {
        return with(c.stride, c.padding, c.outputPadding, c.dilation, groups);
    }

    public ConvTranspose2d noBias() {
        return new ConvTranspose2d(new Config(
                c.in,
                c.out,
                c.kh,
                c.kw,
                c.stride,
                c.padding,
                c.outputPadding,
                c.dilation,
                c.groups,
                false,
                c.initializer));
    }

    /** The layer with another initialisation of its weight. */
    public ConvTranspose2d weights(Initializer initializer) {
        return new ConvTranspose2d(new Config(
                c.in,
                c.out,
                c.kh,
                c.kw,
                c.stride,
                c.padding,
                c.outputPadding,
                c.dilation,
                c.groups,
                c.biased,
                initializer));
    }

    /** As in code; settings that are not the default only. */
    @Override
    public String name() {
        String kernel = c.kh == c.kw ? Integer.toString(c.kh) : c.kh + ", " + c.kw;
        return "convTranspose2d(%d, %d, %s)".formatted(c.in, c.out, kernel)
                + (c.stride == 1 ? "" : ".stride(" + c.stride + ")")
                + (c.padding == 0 ? "" : ".padding(" + c.padding + ")")
                + (c.outputPadding == 0 ? "" : ".outputPadding(" + c.outputPadding + ")")
                + (c.dilation == 1 ? "" : ".dilation(" + c.dilation + ")")
                + (c.groups == 1 ? "" : ".groups(" + c.groups + ")");
    }

    @Override
    public Shape output(Shape sample) {
        if (sample.rank() != 3 || sample.dim(0) != c.in) throw misfit("samples [%d,H,W]".formatted(c.in), sample);
        return Shape.of(c.out, side(sample.dim(1), c.kh), side(sample.dim(2), c.kw));
    }

    private int side(int side, int kernel) {
        return Convolutions.transposed(side, c.stride, 2 * c.padding, c.dilation, kernel, c.outputPadding);
    }

    @Override
    public Tensor apply(Tensor x) {
        check(x);
        return addBias(product(x, weight()), 1, c.out, 1, 1);
    }

    @Override
    Tensor product(Tensor x, Tensor weight) {
        Geometry g = Geometry.of(c.stride, c.padding, c.dilation, c.groups);
        return Convolutions.convTranspose2d(x, weight, g, c.outputPadding, c.outputPadding);
    }
}

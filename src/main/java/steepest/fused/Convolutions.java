package steepest.fused;

import steepest.Shape;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.fused.Conv2d.Geometry;
import steepest.op.Window;

/** Convolutions that are {@link Conv2d} or its gradient under another name, so one set of kernels serves all. */
public final class Convolutions {
    private Convolutions() {}

    /**
     * One-dimensional convolution: x {@code [N, C, L]} and w {@code [K, C/groups, k]} give {@code [N, K, l]}. It is the
     * two-dimensional one on images of one row.
     *
     * @param before zeros in front of the first element
     * @param after zeros behind the last one
     */
    public static Tensor conv1d(Tensor x, Tensor w, int stride, int before, int after, int dilation, int groups) {
        if (x.shape().rank() != 3 || w.shape().rank() != 3)
            throw SteepestException.of("conv1d: takes [N,C,L] and [K,C/groups,k], got %s and %s", x.shape(), w.shape());
        Geometry g = new Geometry(1, stride, 0, 0, before, after, 1, dilation, groups);
        return Conv2d.conv2d(x.unsqueeze(2), w.unsqueeze(2), g).squeeze(2);
    }

    /**
     * Transposed convolution: x {@code [N, K, h, w]} and weight {@code [K, C/groups, kh, kw]} give {@code [N, C, H, W]},
     * {@code H = (h − 1) · stride − padTop − padBottom + dilation · (kh − 1) + outputPadding + 1}. It is the gradient of a
     * convolution of that geometry by its input.
     *
     * @param outputPaddingH rows more at the bottom, less than the stride: a convolution of stride s takes s heights to one
     * @param outputPaddingW columns more at the right
     */
    public static Tensor convTranspose2d(
            Tensor x, Tensor weight, Geometry geometry, int outputPaddingH, int outputPaddingW) {
        Shape s = x.shape();
        Shape w = weight.shape();
        if (s.rank() != 4 || w.rank() != 4 || s.dim(1) != w.dim(0) || w.dim(0) % geometry.groups() != 0)
            throw SteepestException.of(
                    "convTranspose2d: takes [N,K,H,W] and [K,C/groups,kh,kw], K divisible by %d groups; got %s and %s",
                    geometry.groups(), s, w);
        Window window = geometry.window(w.dim(2), w.dim(3));
        int padH = geometry.padTop() + geometry.padBottom();
        int padW = geometry.padLeft() + geometry.padRight();
        int height = transposed(s.dim(2), window.strideH(), padH, window.dilationH(), window.kh(), outputPaddingH);
        int width = transposed(s.dim(3), window.strideW(), padW, window.dilationW(), window.kw(), outputPaddingW);
        return Tensor.apply(new Conv2d.InputGrad(geometry, height, width), x, weight);
    }

    /**
     * The side of a transposed convolution's result.
     *
     * @throws SteepestException if nothing is left of it, or the output padding is not in [0, stride)
     */
    public static int transposed(int side, int stride, int padding, int dilation, int kernel, int outputPadding) {
        if (outputPadding < 0 || outputPadding >= stride)
            throw SteepestException.of(
                    "convTranspose2d: output padding %d must be at least 0 and less than the stride %d",
                    outputPadding, stride);
        int result = (side - 1) * stride - padding + dilation * (kernel - 1) + outputPadding + 1;
        if (side < 1 || result < 1)
            throw SteepestException.of(
                    "convTranspose2d: a side of %d gives %d (kernel %d, stride %d, padding %d in all)",
                    side, result, kernel, stride, padding);
        return result;
    }
}

package steepest.op;

import steepest.SteepestException;

/**
 * How a window slides over the last two axes (height, width): kernel size, stride and dilation, in elements. Padding is
 * no part of it; it is a {@link Pad} before.
 */
public record Window(int kh, int kw, int strideH, int strideW, int dilationH, int dilationW) {
    public Window {
        if (kh < 1 || kw < 1 || strideH < 1 || strideW < 1 || dilationH < 1 || dilationW < 1)
            throw SteepestException.of(
                    "window: kernel %dx%d, stride %dx%d and dilation %dx%d must be at least 1",
                    kh, kw, strideH, strideW, dilationH, dilationW);
    }

    /** Output rows for an input of {@code h} rows. */
    public int outH(int h) {
        return out(h, kh, strideH, dilationH);
    }

    /** Output columns for an input of {@code w} columns. */
    public int outW(int w) {
        return out(w, kw, strideW, dilationW);
    }

    private int out(int size, int k, int stride, int dilation) {
        int reach = dilation * (k - 1) + 1;
        if (size < reach)
            throw SteepestException.of(
                    "a window of %dx%d with dilation %dx%d does not fit into a side of %d",
                    kh, kw, dilationH, dilationW, size);
        return (size - reach) / stride + 1;
    }
}

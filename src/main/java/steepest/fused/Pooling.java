package steepest.fused;

import steepest.HostArray;
import steepest.Shape;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.op.Window;

/** Poolings that come down to those of {@link Pool2d}: in one dimension, without counting padding, global, adaptive. */
public final class Pooling {
    private Pooling() {}

    /** The largest of each window along the last axis: {@code [N, C, L] → [N, C, l]}; padding counts as −∞. */
    public static Tensor maxPool1d(Tensor x, int kernel, int stride, int padding) {
        return Tensor.apply(new Pool2d.Max(row(kernel, stride), 0, padding), image("maxPool1d", x))
                .squeeze(2);
    }

    /** The mean of each window along the last axis: {@code [N, C, L] → [N, C, l]}; see {@link #avgPool2d}. */
    public static Tensor avgPool1d(Tensor x, int kernel, int stride, int padding, boolean countIncludePad) {
        return avgPool2d(image("avgPool1d", x), row(kernel, stride), 0, padding, countIncludePad)
                .squeeze(2);
    }

    private static Window row(int kernel, int stride) {
        return new Window(1, kernel, 1, stride, 1, 1);
    }

    private static Tensor image(String op, Tensor x) {
        if (x.shape().rank() != 3) throw SteepestException.of("%s: takes [N,C,L], got %s", op, x.shape());
        return x.unsqueeze(2);
    }

    /**
     * The mean of each window: {@code [N, C, H, W] → [N, C, oh, ow]}.
     *
     * @param countIncludePad whether the zeros of the padding count as elements of a window
     */
    public static Tensor avgPool2d(Tensor x, Window window, int padH, int padW, boolean countIncludePad) {
        Tensor mean = Tensor.apply(new Pool2d.Average(window, padH, padW), x);
        if (countIncludePad || padH + padW == 0) return mean;
        Tensor rows = shares(x.shape().dim(2), window.kh(), window.strideH(), window.dilationH(), padH);
        Tensor columns = shares(x.shape().dim(3), window.kw(), window.strideW(), window.dilationW(), padW);
        Tensor parts = rows.reshape(1, 1, -1, 1).mul(columns.reshape(1, 1, 1, -1));
        return mean.div(parts.cast(x.dtype()));
    }

    /** For each window along a side, the part of its elements that is not padding: F32 {@code [windows]}. */
    private static Tensor shares(int side, int kernel, int stride, int dilation, int padding) {
        int n = (side + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
        float[] part = new float[n];
        for (int i = 0; i < n; i++) {
            int inside = 0;
            for (int k = 0; k < kernel; k++) {
                int at = i * stride - padding + k * dilation;
                if (at >= 0 && at < side) inside++;
            }
            part[i] = inside / (float) kernel;
        }
        return Tensor.of(HostArray.of(part, Shape.of(n)));
    }

    /** The mean of each channel: {@code [N, C, …] → [N, C]}. */
    public static Tensor globalAvgPool(Tensor x) {
        return Channels.flatten("globalAvgPool", x).mean(2);
    }

    /** The largest of each channel, the first among equals: {@code [N, C, …] → [N, C]}. */
    public static Tensor globalMaxPool(Tensor x) {
        Tensor flat = Channels.flatten("globalMaxPool", x);
        return flat.gather(2, flat.argmax(2).unsqueeze(2)).squeeze(2);
    }

    /**
     * The mean of each of {@code oh × ow} bins: {@code [N, C, H, W] → [N, C, oh, ow]}. Bin i of o along a side of n goes
     * from ⌊i n / o⌋ to before ⌈(i + 1) n / o⌉, so bins may overlap by one element.
     */
    public static Tensor adaptiveAvgPool2d(Tensor x, int oh, int ow) {
        int h = side("adaptiveAvgPool2d", x, 2, oh);
        int w = side("adaptiveAvgPool2d", x, 3, ow);
        if (h % oh == 0 && w % ow == 0)
            return Tensor.apply(new Pool2d.Average(new Window(h / oh, w / ow, h / oh, w / ow, 1, 1), 0, 0), x);
        // a mean over bins is linear along each side: two small matrices
        Tensor across = x.matmul(means(w, ow).cast(x.dtype()).t());
        return means(h, oh).cast(x.dtype()).matmul(across);
    }

    /** The largest of each of {@code oh × ow} bins, the first among equals; bins as in {@link #adaptiveAvgPool2d}. */
    public static Tensor adaptiveMaxPool2d(Tensor x, int oh, int ow) {
        int h = side("adaptiveMaxPool2d", x, 2, oh);
        int w = side("adaptiveMaxPool2d", x, 3, ow);
        int kh = widest(h, oh);
        int kw = widest(w, ow);
        // each bin on its own, filled up to the widest with its last element again, which changes no maximum
        Tensor bins = h % oh == 0 ? x : x.take(2, members(h, oh, kh));
        bins = w % ow == 0 ? bins : bins.take(3, members(w, ow, kw));
        return Tensor.apply(new Pool2d.Max(new Window(kh, kw, kh, kw, 1, 1), 0, 0), bins);
    }

    private static int side(String op, Tensor x, int axis, int bins) {
        if (x.shape().rank() != 4) throw SteepestException.of("%s: takes [N,C,H,W], got %s", op, x.shape());
        if (bins < 1 || x.shape().dim(axis) < 1)
            throw SteepestException.of("%s: sides must be at least 1, got %s to be pooled to %d", op, x.shape(), bins);
        return x.shape().dim(axis);
    }

    private static int start(int n, int bins, int i) {
        return (int) ((long) i * n / bins);
    }

    private static int end(int n, int bins, int i) {
        return (int) (((i + 1L) * n + bins - 1) / bins);
    }

    private static int widest(int n, int bins) {
        int k = 0;
        for (int i = 0; i < bins; i++) k = Math.max(k, end(n, bins, i) - start(n, bins, i));
        return k;
    }

    /** {@code [bins, n]}: row i has 1 / size at bin i's elements. */
    private static Tensor means(int n, int bins) {
        float[] a = new float[bins * n];
        for (int i = 0; i < bins; i++)
            for (int j = start(n, bins, i); j < end(n, bins, i); j++)
                a[i * n + j] = 1f / (end(n, bins, i) - start(n, bins, i));
        return Tensor.of(HostArray.of(a, Shape.of(bins, n)));
    }

    /** The elements of each bin, {@code size} for each, the last one repeated. */
    private static Tensor members(int n, int bins, int size) {
        int[] index = new int[bins * size];
        for (int i = 0; i < bins; i++)
            for (int k = 0; k < size; k++) index[i * size + k] = Math.min(start(n, bins, i) + k, end(n, bins, i) - 1);
        return Tensor.of(index);
    }
}

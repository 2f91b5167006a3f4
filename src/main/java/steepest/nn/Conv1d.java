package steepest.nn;

import steepest.Shape;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.fused.Convolutions;

/**
 * One-dimensional convolution: {@code [N, in, L] → [N, out, l]}, {@code l = (L + padding before and after − dilation·(k −
 * 1) − 1) / stride + 1}, rounded down. Weight {@code [out, in/groups, k]}, bias {@code [out]}. Immutable but for its
 * variables; the methods that change a setting return another layer.
 */
public final class Conv1d extends Weighted {
    private final Config c;

    private record Config(
            int in,
            int out,
            int kernel,
            int stride,
            int before,
            int after,
            int dilation,
            int groups,
            boolean biased,
            Initializer initializer) {}

    private Conv1d(Config c) {
        super(Shape.of(c.out, c.in / c.groups, c.kernel), c.biased, c.initializer);
        this.c = c;
    }

    static Conv1d of(int in, int out, int kernel) {
        return checked(new Config(in, out, kernel, 1, 0, 0, 1, 1, true, Initializer.heNormal()));
    }

    private static Conv1d checked(Config c) {
        if (c.in < 1 || c.out < 1 || c.kernel < 1 || c.stride < 1 || c.dilation < 1 || c.groups < 1)
            throw SteepestException.of(
                    "conv1d: channels %d → %d, kernel %d, stride %d, dilation %d and groups %d must be at least 1",
                    c.in, c.out, c.kernel, c.stride, c.dilation, c.groups);
        if (c.before < 0 || c.after < 0)
            throw SteepestException.of("conv1d: padding must be at least 0, got %d and %d", c.before, c.after);
        if (c.in % c.groups != 0 || c.out % c.groups != 0)
            throw SteepestException.of(
                    "conv1d: channels %d → %d must both be divisible by groups %d", c.in, c.out, c.groups);
        return new Conv1d(c);
    }

    private Conv1d with(int stride, int before, int after, int dilation, int groups) {
        return checked(
                new Config(c.in, c.out, c.kernel, stride, before, after, dilation, groups, c.biased, c.initializer));
    }

    public Conv1d stride(int stride) {
        return with(stride, c.before, c.after, c.dilation, c.groups);
    }

    /** Zeros at both ends. */
    public Conv1d padding(int padding) {
        return padding(padding, padding);
    }

    /** Zeros at either end; {@code padding(k − 1, 0)} makes a causal convolution. */
    public Conv1d padding(int before, int after) {
        return with(c.stride, before, after, c.dilation, c.groups);
    }

    /** The distance between neighbouring elements of the kernel. */
    public Conv1d dilation(int dilation) {
        return with(c.stride, c.before, c.after, dilation, c.groups);
    }

    /** Channels in groups that do not see each other; as many as channels is a depthwise convolution. */
    public Conv1d groups(int groups) {
        return with(c.stride, c.before, c.after, c.dilation, groups);
    }

    public Conv1d noBias() {
        return checked(new Config(
                c.in, c.out, c.kernel, c.stride, c.before, c.after, c.dilation, c.groups, false, c.initializer));
    }

    /** The layer with another initialisation of its weight. */
    public Conv1d weights(Initializer initializer) {
        return checked(new Config(
                c.in, c.out, c.kernel, c.stride, c.before, c.after, c.dilation, c.groups, c.biased, initializer));
    }

    /** As in code; settings that are not the default only. */
    @Override
    public String name() {
        String padding = c.before == c.after ? "" + c.before : c.before + ", " + c.after;
        return "conv1d(%d, %d, %d)".formatted(c.in, c.out, c.kernel)
                + (c.stride == 1 ? "" : ".stride(" + c.stride + ")")
                + (c.before + c.after == 0 ? "" : ".padding(" + padding + ")")
                + (c.dilation == 1 ? "" : ".dilation(" + c.dilation + ")")
                + (c.groups == 1 ? "" : ".groups(" + c.groups + ")");
    }

    @Override
    public Shape output(Shape sample) {
        if (sample.rank() != 2 || sample.dim(0) != c.in) throw misfit("samples [%d,L]".formatted(c.in), sample);
        int length = sample.dim(1) + c.before + c.after;
        int reach = c.dilation * (c.kernel - 1) + 1;
        if (length < reach)
            throw misfit(
                    "at least %d elements (padding counted) under its kernel".formatted(reach),
                    "%d of samples %s".formatted(length, sample));
        return Shape.of(c.out, (length - reach) / c.stride + 1);
    }

    @Override
    public Tensor apply(Tensor x) {
        check(x);
        return addBias(product(x, weight()), 1, c.out, 1);
    }

    @Override
    Tensor product(Tensor x, Tensor weight) {
        return Convolutions.conv1d(x, weight, c.stride, c.before, c.after, c.dilation, c.groups);
    }
}

package steepest.nn;

import steepest.Shape;
import steepest.SteepestException;
import steepest.Tensor;

/**
 * Group normalisation (Wu and He, ECCV 2018): the channels of each sample {@code [C, …]} in equal groups, each normalised
 * by its own mean and variance; {@code (x − mean) / √(variance + ε) · weight + bias}. With a group for each channel it is
 * instance normalisation (Ulyanov, Vedaldi and Lempitsky, 2016). The same in training and evaluation. Weight and bias are
 * {@code [C]}. Immutable but for its variables; the methods that change a setting return another layer.
 */
public final class GroupNorm extends Parametric {
    /** Axes beside channels: −1 for any (group normalisation), 1 or 2 for instance normalisation. */
    private final int axes;

    private final int groups;
    private final int channels;
    private final double epsilon;
    private final boolean affine;

    private GroupNorm(int axes, int groups, int channels, double epsilon, boolean affine) {
        this.axes = axes;
        this.groups = groups;
        this.channels = channels;
        this.epsilon = epsilon;
        this.affine = affine;
        if (channels < 1 || groups < 1 || channels % groups != 0)
            throw SteepestException.of(
                    "%s: channels and groups must be at least 1, channels divisible by groups", name());
        if (!(epsilon > 0 && epsilon < Double.POSITIVE_INFINITY))
            throw SteepestException.of("%s: epsilon must be a finite number above 0, got %s", name(), epsilon);
        if (affine) {
            declareParam("weight", Shape.of(channels), Initializer.constant(1));
            declareParam("bias", Shape.of(channels), Initializer.zeros());
        }
    }

    static GroupNorm of(int groups, int channels) {
        return new GroupNorm(-1, groups, channels, 1e-5, true);
    }

    static GroupNorm instance(int axes, int channels) {
        return new GroupNorm(axes, channels, channels, 1e-5, false);
    }

    /** What is added to the variance; 1e-5 unless set. */
    public GroupNorm epsilon(double epsilon) {
        return new GroupNorm(axes, groups, channels, epsilon, affine);
    }

    /** With weight and bias; instance normalisation has none unless told so. */
    public GroupNorm affine() {
        return new GroupNorm(axes, groups, channels, epsilon, true);
    }

    /** Without weight and bias. */
    public GroupNorm noAffine() {
        return new GroupNorm(axes, groups, channels, epsilon, false);
    }

    @Override
    public String name() {
        String kind = axes < 0
                ? "groupNorm(%d, %d)".formatted(groups, channels) + (affine ? "" : ".noAffine()")
                : "instanceNorm%dd(%d)".formatted(axes, channels) + (affine ? ".affine()" : "");
        return kind + (epsilon == 1e-5 ? "" : ".epsilon(" + epsilon + ")");
    }

    @Override
    public Shape output(Shape sample) {
        if (sample.rank() == 0 || sample.dim(0) != channels || axes > 0 && sample.rank() != axes + 1)
            throw misfit("samples [%d,%s]".formatted(channels, axes < 0 ? "…" : axes == 1 ? "L" : "H,W"), sample);
        return sample;
    }

    @Override
    public Tensor apply(Tensor x) {
        check(x);
        Tensor weight = affine ? read("weight") : Tensor.ones(channels);
        Tensor bias = affine ? read("bias") : Tensor.zeros(channels);
        return steepest.fused.GroupNorm.groupNorm(x, weight, bias, groups, epsilon);
    }
}

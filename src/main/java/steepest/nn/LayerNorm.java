package steepest.nn;

import java.util.Arrays;
import java.util.stream.Collectors;
import steepest.Shape;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.fused.RmsNorm;

/**
 * Normalisation over the last axes of each sample: layer normalisation (Ba, Kiros and Hinton, 2016), {@code (x − mean) /
 * √(variance + ε) · weight + bias}, or by the root mean square alone (Zhang and Sennrich, 2019), {@code x / √(mean of x² +
 * ε) · weight}. The same in training and evaluation. Weight and bias have the shape of those axes. Immutable but for its
 * variables; the methods that change a setting return another layer.
 */
public final class LayerNorm extends Parametric {
    private static final double LAYER_EPSILON = 1e-5;
    /** The distance from 1 to the next float, as in PyTorch. */
    private static final double RMS_EPSILON = 0x1p-23;

    private final boolean rms;
    private final Shape shape;
    private final double epsilon;
    private final boolean affine;

    private LayerNorm(boolean rms, Shape shape, double epsilon, boolean affine) {
        this.rms = rms;
        this.shape = shape;
        this.epsilon = epsilon;
        this.affine = affine;
        if (shape.rank() == 0 || shape.size() == 0)
            throw SteepestException.of("%s: takes the sizes of at least one axis, each at least 1", name());
        if (!(epsilon > 0 && epsilon < Double.POSITIVE_INFINITY))
            throw SteepestException.of("%s: epsilon must be a finite number above 0, got %s", name(), epsilon);
        if (affine) {
            declareParam("weight", shape, Initializer.constant(1));
            if (!rms) declareParam("bias", shape, Initializer.zeros());
        }
    }

    static LayerNorm of(int... dims) {
        return new LayerNorm(false, Shape.of(dims), LAYER_EPSILON, true);
    }

    static LayerNorm rms(int... dims) {
        return new LayerNorm(true, Shape.of(dims), RMS_EPSILON, true);
    }

    /** What is added under the root; 1e-5 unless set, 2⁻²³ for the root mean square. */
    public LayerNorm epsilon(double epsilon) {
        return new LayerNorm(rms, shape, epsilon, affine);
    }

    /** Without weight and bias. */
    public LayerNorm noAffine() {
        return new LayerNorm(rms, shape, epsilon, false);
    }

    @Override
    public String name() {
        String sizes = Arrays.stream(shape.dims()).mapToObj(Integer::toString).collect(Collectors.joining(", "));
        return (rms ? "rmsNorm(" : "layerNorm(")
                + sizes
                + ")"
                + (epsilon == (rms ? RMS_EPSILON : LAYER_EPSILON) ? "" : ".epsilon(" + epsilon + ")")
                + (affine ? "" : ".noAffine()");
    }

    @Override
    public Shape output(Shape sample) {
        int r = sample.rank() - shape.rank();
        if (r < 0 || !sample.slice(r, sample.rank()).equals(shape))
            throw misfit("samples whose last axes are " + shape, sample);
        return sample;
    }

    @Override
    public Tensor apply(Tensor x) {
        check(x);
        Tensor weight = affine ? read("weight") : Tensor.ones(shape.dims());
        if (rms) return RmsNorm.rmsNorm(x, weight, epsilon);
        Tensor bias = affine ? read("bias") : Tensor.zeros(shape.dims());
        return steepest.fused.GroupNorm.layerNorm(x, weight, bias, epsilon);
    }
}

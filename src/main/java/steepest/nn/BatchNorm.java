package steepest.nn;

import steepest.Caller;
import steepest.Pass;
import steepest.Shape;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.Variable;

/**
 * Batch normalisation (Ioffe and Szegedy, ICML 2015): each channel of {@code [N, C]}, {@code [N, C, L]} or {@code [N, C, H,
 * W]}, {@code (x − mean) / √(variance + ε) · weight + bias}. In training mean and variance are the batch's, and move the
 * running ones, {@code running ← (1 − momentum) · running + momentum · batch}, the variance there being the unbiased one;
 * evaluation uses these.
 *
 * <p>Weight and bias, running_mean and running_var are {@code [C]}, named as in PyTorch; its num_batches_tracked, which
 * only matters without momentum, is not kept. Immutable but for its variables; the methods that change a setting return
 * another layer.
 */
public final class BatchNorm extends Parametric {
    private final int axes;
    private final int channels;
    private final double epsilon;
    private final double momentum;
    private final boolean affine;

    private BatchNorm(int axes, int channels, double epsilon, double momentum, boolean affine) {
        this.axes = axes;
        this.channels = channels;
        this.epsilon = epsilon;
        this.momentum = momentum;
        this.affine = affine;
        if (channels < 1) throw SteepestException.of("%s: channels must be at least 1", name());
        if (!(epsilon > 0 && epsilon < Double.POSITIVE_INFINITY))
            throw SteepestException.of("%s: epsilon must be a finite number above 0, got %s", name(), epsilon);
        if (!(momentum >= 0 && momentum <= 1))
            throw SteepestException.of("%s: momentum must be in [0, 1], got %s", name(), momentum);
        Shape c = Shape.of(channels);
        if (affine) {
            declareParam("weight", c, Initializer.constant(1));
            declareParam("bias", c, Initializer.zeros());
        }
        declareState("running_mean", c, Initializer.zeros());
        declareState("running_var", c, Initializer.constant(1));
    }

    /** @param axes 1 for samples {@code [C]} and {@code [C, L]}, 2 for {@code [C, H, W]} */
    static BatchNorm of(int axes, int channels) {
        return new BatchNorm(axes, channels, 1e-5, 0.1, true);
    }

    /** What is added to the variance; 1e-5 unless set. */
    public BatchNorm epsilon(double epsilon) {
        return new BatchNorm(axes, channels, epsilon, momentum, affine);
    }

    /** The weight of a batch in the running statistics; 0.1 unless set. */
    public BatchNorm momentum(double momentum) {
        return new BatchNorm(axes, channels, epsilon, momentum, affine);
    }

    /** Without weight and bias. */
    public BatchNorm noAffine() {
        return new BatchNorm(axes, channels, epsilon, momentum, false);
    }

    @Override
    public String name() {
        return "batchNorm%dd(%d)".formatted(axes, channels)
                + (epsilon == 1e-5 ? "" : ".epsilon(" + epsilon + ")")
                + (momentum == 0.1 ? "" : ".momentum(" + momentum + ")")
                + (affine ? "" : ".noAffine()");
    }

    @Override
    public Shape output(Shape sample) {
        boolean rank = sample.rank() == axes + 1 || axes == 1 && sample.rank() == 1;
        if (!rank || sample.dim(0) != channels)
            throw misfit(
                    axes == 1
                            ? "samples [%1$d] or [%1$d,L]".formatted(channels)
                            : "samples [%d,H,W]".formatted(channels),
                    sample);
        return sample;
    }

    private Tensor weight() {
        return affine ? read("weight") : Tensor.ones(channels);
    }

    private Tensor bias() {
        return affine ? read("bias") : Tensor.zeros(channels);
    }

    /** Evaluates, by the running statistics. */
    @Override
    public Tensor apply(Tensor x) {
        check(x);
        Tensor factor = read("running_var").add(epsilon).rsqrt().mul(weight());
        return x.sub(wide(read("running_mean"), x)).mul(wide(factor, x)).add(wide(bias(), x));
    }

    /** {@code [C]} so that it broadcasts over axis 1 of x. */
    private Tensor wide(Tensor t, Tensor x) {
        int[] d = new int[x.shape().rank()];
        java.util.Arrays.fill(d, 1);
        d[1] = channels;
        return t.reshape(d);
    }

    /**
     * Trains: by the batch's statistics, which the pass will bring into the running ones.
     *
     * @throws SteepestException if a channel has less than two values in the batch, which have no variance
     */
    @Override
    public Tensor apply(Tensor x, Pass pass) {
        check(x);
        double n = (double) x.size() / channels;
        if (n < 2) throw Caller.locate(misfit("at least 2 values for each channel in training", x.shape()));
        steepest.fused.BatchNorm.Result r = steepest.fused.BatchNorm.batchNorm(x, weight(), bias(), epsilon);
        move(pass, variable("running_mean"), r.mean());
        move(pass, variable("running_var"), r.variance().mul(n / (n - 1)));
        return r.y();
    }

    private void move(Pass pass, Variable running, Tensor batch) {
        pass.update(running, pass.read(running).mul(1 - momentum).add(batch.mul(momentum)));
    }
}

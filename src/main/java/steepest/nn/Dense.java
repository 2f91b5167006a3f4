package steepest.nn;

import steepest.Shape;
import steepest.SteepestException;
import steepest.Tensor;

/**
 * A fully connected layer: {@code x Wᵀ + b}, {@code [N, …, in] → [N, …, out]}. Weight {@code [out, in]}, bias {@code [out]}.
 * Immutable but for its variables; the methods that change a setting return another layer.
 */
public final class Dense extends Weighted {
    private final int in;
    private final int out;

    private Dense(int in, int out, boolean biased, Initializer initializer) {
        super(Shape.of(out, in), biased, initializer);
        this.in = in;
        this.out = out;
    }

    static Dense of(int in, int out) {
        if (in < 1 || out < 1)
            throw SteepestException.of("dense: sizes must be at least 1, got %d inputs and %d outputs", in, out);
        return new Dense(in, out, true, Initializer.heNormal());
    }

    public Dense noBias() {
        return new Dense(in, out, false, initializer());
    }

    /** The layer with another initialisation of its weight. */
    public Dense weights(Initializer initializer) {
        return new Dense(in, out, biased(), initializer);
    }

    @Override
    public String name() {
        return "dense(%d, %d)".formatted(in, out);
    }

    @Override
    public Shape output(Shape sample) {
        if (sample.rank() == 0 || sample.dim(-1) != in) {
            String hint = sample.rank() > 1 && sample.size() == in ? " (put flatten() before it)" : "";
            throw misfit("samples [%d]".formatted(in), sample + hint);
        }
        return sample.with(-1, out);
    }

    @Override
    public Tensor apply(Tensor x) {
        check(x);
        return addBias(product(x, weight()), out);
    }

    @Override
    Tensor product(Tensor x, Tensor weight) {
        return x.matmul(weight.t());
    }
}

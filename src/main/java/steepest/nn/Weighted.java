package steepest.nn;

import steepest.Shape;
import steepest.Tensor;

/** What dense and convolution layers share: a weight {@code [out, …]} and perhaps a bias {@code [out]}. */
abstract class Weighted extends Parametric {
    private final boolean biased;
    private final Initializer initializer;
    private final int terms;

    Weighted(Shape weight, boolean biased, Initializer initializer) {
        this(weight, weight.dim(0), biased, initializer);
    }

    Weighted(Shape weight, int out, boolean biased, Initializer initializer) {
        this.biased = biased;
        this.initializer = initializer;
        // outputs × kernel, or inputs × kernel: of groups an upper bound
        this.terms = Math.max(weight.dim(0), weight.dim(1))
                * weight.slice(2, weight.rank()).intSize();
        declareParam("weight", weight, initializer);
        if (biased) declareParam("bias", Shape.of(out), Initializer.zeros());
    }

    final Initializer initializer() {
        return initializer;
    }

    final boolean biased() {
        return biased;
    }

    final Tensor weight() {
        return read("weight");
    }

    /** The layer's product with any weight of the shape of its own, without bias: bilinear. */
    abstract Tensor product(Tensor x, Tensor weight);

    @Override
    public final Form form() {
        return new Form.Affine(r -> product(r, weight().abs()), terms);
    }

    /** {@code y} plus the bias as {@code shape}, in which it broadcasts over y; y itself without a bias. */
    final Tensor addBias(Tensor y, int... shape) {
        return biased ? y.add(read("bias").reshape(shape)) : y;
    }
}

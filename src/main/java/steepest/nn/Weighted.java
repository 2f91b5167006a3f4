package steepest.nn;

import java.util.List;
import steepest.Caller;
import steepest.HostArray;
import steepest.Rng;
import steepest.Shape;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.Variable;

/** What dense and convolution layers share: a weight {@code [out, …]}, perhaps a bias {@code [out]}, and a place. */
abstract class Weighted implements Layer {
    private final Shape weightShape;
    private final boolean biased;
    private final Initializer initializer;
    private String place = "";
    private Variable weight; // null until initialised
    private Variable bias;

    Weighted(Shape weightShape, boolean biased, Initializer initializer) {
        this.weightShape = weightShape;
        this.biased = biased;
        this.initializer = initializer;
    }

    Initializer initializer() {
        return initializer;
    }

    boolean biased() {
        return biased;
    }

    @Override
    public void place(String place) {
        if (weight == null) this.place = place;
    }

    @Override
    public Layer init(Rng rng) {
        HostArray w = initializer.draw(weightShape, rng);
        HostArray b = Initializer.zeros().draw(Shape.of(weightShape.dim(0)), rng);
        if (weight == null) {
            weight = Variable.of(local("weight"), w);
            if (biased) bias = Variable.of(local("bias"), b);
        } else {
            weight.set(w);
            if (biased) bias.set(b);
        }
        return this;
    }

    private String local(String name) {
        return place.isEmpty() ? name : place + "." + name;
    }

    @Override
    public List<Variable> params() {
        initialised();
        return biased ? List.of(weight, bias) : List.of(weight);
    }

    @Override
    public long parameters() {
        return weightShape.size() + (biased ? weightShape.dim(0) : 0);
    }

    Tensor weight() {
        initialised();
        return weight.read();
    }

    /** {@code y} plus the bias as {@code shape}, in which it broadcasts over y; y itself without a bias. */
    Tensor addBias(Tensor y, int... shape) {
        return biased ? y.add(bias.read().reshape(shape)) : y;
    }

    private void initialised() {
        if (weight == null)
            throw Caller.locate(
                    SteepestException.of("%s has no weights yet: call init(Rng.seed(n)) on the network first", this));
    }

    /** {@code layer 2, dense(784, 128)}: how messages name the layer. */
    @Override
    public String toString() {
        return place.isEmpty() ? name() : "layer " + place + ", " + name();
    }

    /** Checks a batch by the rule for samples. */
    final void check(Tensor x) {
        if (x.shape().rank() == 0) throw Caller.locate(misfit("[N,…]", x.shape()));
        try {
            output(x.shape().slice(1, x.shape().rank()));
        } catch (SteepestException e) {
            throw Caller.locate(e);
        }
    }

    final SteepestException misfit(String expected, Object got) {
        return SteepestException.of("%s: expected %s, got %s", this, expected, got);
    }
}

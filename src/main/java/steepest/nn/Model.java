package steepest.nn;

import java.util.List;
import steepest.Pass;
import steepest.Tensor;
import steepest.Variable;

/**
 * A function with weights. How it is applied says what is meant, so there is no mode that could be wrong: {@link
 * #apply(Tensor)} evaluates, {@link #apply(Tensor, Pass)} trains (dropout drops, running statistics are collected in the
 * pass). A function without weights is a model too: {@code Model negate = Tensor::neg}.
 */
@FunctionalInterface
public interface Model {
    /** Evaluates a batch. @throws steepest.SteepestException if the shape does not fit, with the caller's line */
    Tensor apply(Tensor x);

    /** Applies the model to a batch for training, with the pass's randomness. */
    default Tensor apply(Tensor x, Pass pass) {
        return apply(x);
    }

    /** What an optimizer changes: weights and biases, each once, in the order of the layers. */
    default List<Variable> params() {
        return List.of();
    }

    /** What training changes besides: running statistics. Saved with the parameters, not optimised. */
    default List<Variable> state() {
        return List.of();
    }
}

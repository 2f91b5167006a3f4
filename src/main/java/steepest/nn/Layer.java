package steepest.nn;

import steepest.Rng;
import steepest.Shape;

/**
 * A part of a {@link Sequential}. Made by the factories in {@link Layers} as a description; its variables come into being
 * when it is initialised, named by the place it has then ({@code 0.weight}, {@code 1.2.bias}).
 *
 * <p>A layer that was initialised keeps its variables and their names wherever else it is put: {@code
 * Sequential.of(net.layers().subList(0, 6))} is the front part of a network, with the same weights.
 */
public interface Layer extends Model {
    /** The layer as it is written in code: {@code dense(784, 128)}. */
    String name();

    /**
     * The shape of a sample that comes out when one of shape {@code sample} goes in, both without the batch's axis.
     *
     * @throws steepest.SteepestException in one line, if it does not fit
     */
    Shape output(Shape sample);

    /** What kind of function this is in evaluation. */
    default Form form() {
        return new Form.Other();
    }

    /** How many numbers are trained; known before initialisation. */
    default long parameters() {
        return params().stream().mapToLong(v -> v.shape().size()).sum();
    }

    /** Tells an uninitialised layer its place, a name such as {@code 0} or {@code 1.2}; "" stands alone. */
    default void place(String place) {}

    /** Makes the variables, or sets those that there are to new initial values; draws from {@code rng} in order. */
    default Layer init(Rng rng) {
        return this;
    }
}

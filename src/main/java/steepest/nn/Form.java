package steepest.nn;

import java.util.function.UnaryOperator;
import steepest.Tensor;

/** What a layer computes in evaluation, as far as those must know who bound its outputs over a box of inputs. */
public sealed interface Form {
    /**
     * W x + b for some matrix W.
     *
     * @param spread takes radii r ≥ 0, a batch of the layer's inputs, to |W| r
     * @param terms how many products at most are added up for an element of W x or of Wᵀ y, if that is less than the
     *     elements of a sample; 0 where the layer only moves elements
     */
    record Affine(UnaryOperator<Tensor> spread, int terms) implements Form {
        /** Means of some elements each: a matrix of numbers ≥ 0 without a bias is its own absolute value. */
        static Affine mean(UnaryOperator<Tensor> f) {
            return new Affine(f, Integer.MAX_VALUE);
        }

        /** Elements in another order or shape. */
        static Affine move(UnaryOperator<Tensor> f) {
            return new Affine(f, 0);
        }
    }

    /** max(x, 0). */
    record Relu() implements Form {}

    /**
     * The largest of each window.
     *
     * @param windows takes a batch {@code [N, …in]} to the elements of its windows, {@code [N, k, …out]}; elements of the
     *     padding are {@link #PADDING}
     */
    record Max(UnaryOperator<Tensor> windows) implements Form {
        /** Below all that a network computes, yet finite: 0 times it is 0. */
        public static final double PADDING = -1e30;
    }

    /** Anything else. */
    record Other() implements Form {}
}

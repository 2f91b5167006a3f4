package steepest.op;

import java.util.List;
import steepest.Node;
import steepest.Spec;
import steepest.Tensor;

/**
 * What a node of the graph computes. An op is a value: two ops are equal when they compute the same, so graphs can be
 * compared and plans cached. Each op states its shape rule and its gradient rule side by side. The primitives are the
 * records nested in this package; {@link Fused} ops are composed of them.
 *
 * <p>The set is closed under differentiation: a gradient is built from the same ops, linear ones come in adjoint pairs
 * (expand/sum, slice/pad, gather/scatter-add, unfold/fold).
 */
public sealed interface Op
        permits Leaf,
                Iota,
                Random,
                Pointwise,
                Cast,
                Reduce,
                ArgReduce,
                Scan,
                Sort,
                MatMul,
                Gather,
                ScatterAdd,
                Unfold,
                Fold,
                Move,
                Concat,
                Pad,
                Copy,
                Detach,
                Fused {

    /** The name as in error messages and {@code explain()}. */
    default String name() {
        String n = getClass().getSimpleName();
        return Character.toLowerCase(n.charAt(0)) + n.substring(1);
    }

    /**
     * The types and shapes of the outputs, from those of the inputs.
     *
     * @throws steepest.SteepestException if the inputs do not fit, naming the op, what was expected and what came
     */
    List<Spec> outputs(List<Spec> in);

    /**
     * The vector-Jacobian product for one input: given the gradients with respect to the outputs of {@code node}, the
     * gradient with respect to its input {@code i}, of that input's shape. More graph, so it can be differentiated again.
     *
     * @param g one gradient per output; null where none arrived
     * @return null where no gradient flows (integers, comparisons, detached values)
     */
    default Tensor vjp(Node node, int i, Tensor[] g) {
        return null;
    }
}

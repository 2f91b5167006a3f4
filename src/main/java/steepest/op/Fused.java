package steepest.op;

import java.util.List;
import java.util.stream.IntStream;
import steepest.Gradients;
import steepest.Node;
import steepest.Spec;
import steepest.Tensor;

/**
 * An optimisation of a meaning. The meaning, composed of primitives (or of other fused ops), gives the op its shape, its
 * gradient and its test oracle; a backend may claim the op with one fast kernel, or ignore it and run the meaning.
 *
 * <p>An op may override {@link #vjp} to name another fused op as its gradient; that op's meaning must then be the
 * gradient of this one's, so higher orders still follow.
 */
public non-sealed interface Fused extends Op {
    /** The outputs, composed of ops on {@code in}. */
    List<Tensor> meaning(List<Tensor> in);

    @Override
    default List<Spec> outputs(List<Spec> in) {
        return meaning(placeholders(in)).stream().map(Tensor::spec).toList();
    }

    /** Tensors that stand for inputs not known yet. */
    static List<Tensor> placeholders(List<Spec> in) {
        return IntStream.range(0, in.size())
                .mapToObj(i -> Tensor.leaf(new Leaf.Input(i, in.get(i)), null))
                .toList();
    }

    @Override
    default Tensor vjp(Node node, int i, Tensor[] g) {
        return meaningVjp(node.inputList(), i, g);
    }

    /** The gradient of the meaning with respect to input {@code i}; null where none flows. */
    default Tensor meaningVjp(List<Tensor> inputs, int i, Tensor[] g) {
        // on fresh stand-ins, so that the walk ends at this op's inputs and not behind them
        List<Tensor> in = inputs.stream().map(Tensor::alias).toList();
        return Gradients.vjp(meaning(in), g, List.of(in.get(i))).get(0);
    }
}

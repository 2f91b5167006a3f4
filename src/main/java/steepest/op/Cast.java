package steepest.op;

import java.util.List;
import steepest.DType;
import steepest.Node;
import steepest.Spec;
import steepest.Tensor;

/**
 * Conversion of each element to another type: float to I32 towards zero (saturating, NaN to 0, as in Java), to BOOL by
 * "is not zero", to U8 modulo 256 of the I32 value.
 */
public record Cast(DType to) implements Op {
    @Override
    public List<Spec> outputs(List<Spec> in) {
        return List.of(new Spec(to, in.get(0).shape()));
    }

    @Override
    public Tensor vjp(Node node, int i, Tensor[] g) {
        DType from = node.input(0).dtype();
        return from.isFloating() && to.isFloating() ? g[0].cast(from) : null;
    }
}

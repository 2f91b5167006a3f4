package steepest.op;

import java.util.List;
import steepest.DType;
import steepest.Node;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;

/** The cumulative sum along an axis, each element included; from the end when reversed. The two are adjoint. */
public record Scan(int axis, boolean reverse) implements Op {
    @Override
    public String name() {
        return "cumsum";
    }

    @Override
    public List<Spec> outputs(List<Spec> in) {
        Spec x = in.get(0);
        x.shape().axis(axis);
        if (x.dtype() == DType.BOOL || x.dtype() == DType.U8)
            throw SteepestException.of("cumsum: takes f32, f64 or i32 (cast first), got %s", x);
        return List.of(x);
    }

    @Override
    public Tensor vjp(Node node, int i, Tensor[] g) {
        return node.input(0).dtype().isFloating() ? Tensor.apply(new Scan(axis, !reverse), g[0]) : null;
    }
}

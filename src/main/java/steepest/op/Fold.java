package steepest.op;

import java.util.List;
import steepest.Node;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;

/** The adjoint of {@link Unfold} (col2im): {@code [B…, kh, kw, oh, ow] → [B…, h, w]}, overlapping windows added up. */
public record Fold(Window window, int h, int w) implements Op {
    @Override
    public List<Spec> outputs(List<Spec> in) {
        Shape x = in.get(0).shape();
        Shape tail = Shape.of(window.kh(), window.kw(), window.outH(h), window.outW(w));
        if (!in.get(0).dtype().isFloating()
                || x.rank() < 4
                || !x.slice(x.rank() - 4, x.rank()).equals(tail))
            throw SteepestException.of(
                    "fold: takes f32 of shape [..., kh, kw, oh, ow] ending in %s, got %s", tail, in.get(0));
        return List.of(new Spec(in.get(0).dtype(), x.slice(0, x.rank() - 4).concat(Shape.of(h, w))));
    }

    @Override
    public Tensor vjp(Node node, int i, Tensor[] g) {
        return Tensor.apply(new Unfold(window), g[0]);
    }
}

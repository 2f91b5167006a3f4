package steepest.op;

import java.util.List;
import steepest.Node;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;

/**
 * All windows of an image (im2col): {@code [B…, H, W] → [B…, kh, kw, oh, ow]},
 * {@code y[…, r, s, p, q] = x[…, p·strideH + r·dilationH, q·strideW + s·dilationW]}.
 */
public record Unfold(Window window) implements Op {
    @Override
    public List<Spec> outputs(List<Spec> in) {
        Shape x = in.get(0).shape();
        if (x.rank() < 2) throw SteepestException.of("unfold: takes [..., H, W], got %s", x);
        Shape tail = Shape.of(window.kh(), window.kw(), window.outH(x.dim(-2)), window.outW(x.dim(-1)));
        return List.of(new Spec(in.get(0).dtype(), x.slice(0, x.rank() - 2).concat(tail)));
    }

    @Override
    public Tensor vjp(Node node, int i, Tensor[] g) {
        Shape x = node.input(0).shape();
        return node.input(0).dtype().isFloating() ? Tensor.apply(new Fold(window, x.dim(-2), x.dim(-1)), g[0]) : null;
    }
}

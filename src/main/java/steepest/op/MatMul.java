package steepest.op;

import java.util.List;
import steepest.Node;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;

/**
 * The matrix product over the last two axes, {@code [B…, M, K] × [B…, K, N] → [B…, M, N]}, batch sizes equal. A
 * transposed operand is a permuted view, which backends read in place.
 */
public record MatMul() implements Op {
    @Override
    public String name() {
        return "matmul";
    }

    @Override
    public List<Spec> outputs(List<Spec> in) {
        Spec a = in.get(0);
        Spec b = in.get(1);
        int r = a.shape().rank();
        if (r < 2 || b.shape().rank() != r)
            throw SteepestException.of(
                    "matmul: takes two matrices or batches of them, got %s × %s", a.shape(), b.shape());
        if (a.dtype() != b.dtype() || !a.dtype().isFloating())
            throw SteepestException.of("matmul: takes two of f32 (or f64), got %s × %s", a, b);
        if (a.shape().dim(-1) != b.shape().dim(-2))
            throw SteepestException.of(
                    "matmul: inner sizes differ, %s × %s (%d vs %d)",
                    a.shape(), b.shape(), a.shape().dim(-1), b.shape().dim(-2));
        Shape batch = a.shape().slice(0, r - 2);
        if (!batch.equals(b.shape().slice(0, r - 2)))
            throw SteepestException.of("matmul: batch sizes differ, %s × %s", a.shape(), b.shape());
        return List.of(new Spec(
                a.dtype(), batch.concat(Shape.of(a.shape().dim(-2), b.shape().dim(-1)))));
    }

    @Override
    public Tensor vjp(Node node, int i, Tensor[] g) {
        return i == 0
                ? g[0].matmul(node.input(1).transpose(-1, -2))
                : node.input(0).transpose(-1, -2).matmul(g[0]);
    }
}

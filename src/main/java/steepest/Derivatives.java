package steepest;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Derivatives beyond the gradient, each a tensor that can be differentiated again. */
public final class Derivatives {
    private Derivatives() {}

    /** The vector-Jacobian product vᵀ ∂y/∂x, of x's shape; v has y's. */
    public static Tensor vjp(Tensor y, Tensor x, Tensor v) {
        if (!v.spec().equals(y.spec()))
            throw Caller.locate(
                    SteepestException.of("vjp: the vector must be %s as the output, got %s", y.spec(), v.spec()));
        Tensor g = Gradients.vjp(List.of(y), new Tensor[] {v}, List.of(x)).get(0);
        return g != null ? g : Tensor.literal(0, x.dtype()).broadcastTo(x.shape());
    }

    /** The Jacobian-vector product ∂y/∂x v, of y's shape, by differentiating the vjp (which is linear in its vector). */
    public static Tensor jvp(Tensor y, Tensor x, Tensor v) {
        Tensor u = Tensor.zeros(y.spec());
        return vjp(vjp(y, x, u), u, v);
    }

    /** The Hessian-vector product ∂²loss/∂x² v, of x's shape (Pearlmutter, 1994), as the gradient of ⟨gradient, v⟩. */
    public static Tensor hvp(Tensor loss, Tensor x, Tensor v) {
        return loss.grad(x).mul(v).sum().grad(x);
    }

    /** All partial derivatives, {@code [y's shape…, x's shape…]}: one vjp for each element of y. */
    public static Tensor jacobian(Tensor y, Tensor x) {
        int n = y.shape().intSize();
        Tensor flat = y.reshape(Shape.of(n));
        List<Tensor> rows = new ArrayList<>();
        for (int i = 0; i < n; i++)
            rows.add(flat.slice(0, i, i + 1).sum().grad(x).reshape(x.shape().insert(0, 1)));
        if (n == 0) return Tensor.zeros(new Spec(x.dtype(), y.shape().concat(x.shape())));
        return Tensor.concat(0, rows).reshape(y.shape().concat(x.shape()));
    }

    /** The matrix of second derivatives of a scalar, {@code [x's shape…, x's shape…]}. */
    public static Tensor hessian(Tensor loss, Tensor x) {
        return jacobian(loss.grad(x), x);
    }

    /** The Laplacian, the trace of the Hessian. */
    public static Tensor laplacian(Tensor loss, Tensor x) {
        int n = x.shape().intSize();
        Tensor h = hessian(loss, x).reshape(Shape.of(n, n));
        int[] diagonal = new int[n];
        Arrays.setAll(diagonal, i -> i);
        return h.gather(1, Tensor.of(diagonal).reshape(Shape.of(n, 1))).sum();
    }
}

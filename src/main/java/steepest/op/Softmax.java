package steepest.op;

import java.util.List;
import steepest.Node;
import steepest.Tensor;

/** Softmax along an axis, {@code exp(xᵢ) / Σⱼ exp(xⱼ)}, without overflow; x of any shape gives its shape. */
public record Softmax(int axis) implements Fused {
    /** The largest along an axis, kept, to be taken off before exp; 0 where it is infinite, which would give ∞ − ∞. */
    static Tensor summit(Tensor x, int axis) {
        Tensor top = x.maxKeep(axis).detach();
        return Tensor.where(
                top.abs().eq(Tensor.literal(Double.POSITIVE_INFINITY, top.dtype())),
                Tensor.literal(0, top.dtype()),
                top);
    }

    @Override
    public List<Tensor> meaning(List<Tensor> in) {
        Tensor e = in.get(0).sub(summit(in.get(0), axis)).exp();
        return List.of(e.div(e.sumKeep(axis)));
    }

    @Override
    public Tensor vjp(Node node, int i, Tensor[] g) {
        return Tensor.apply(new Grad(axis), node.output(0), g[0]);
    }

    /** The gradient of {@link Softmax}: its output y and the output gradient g give {@code y · (g − Σ g y)}. */
    public record Grad(int axis) implements Fused {
        @Override
        public String name() {
            return "softmaxGrad";
        }

        @Override
        public List<Tensor> meaning(List<Tensor> in) {
            Tensor y = in.get(0);
            Tensor g = in.get(1);
            return List.of(g.sub(g.mul(y).sumKeep(axis)).mul(y));
        }
    }

    /** The logarithm of softmax along an axis. */
    public record Log(int axis) implements Fused {
        @Override
        public String name() {
            return "logSoftmax";
        }

        @Override
        public List<Tensor> meaning(List<Tensor> in) {
            // the largest is taken off before the sum's logarithm, so that nothing cancels
            Tensor x = in.get(0).sub(summit(in.get(0), axis));
            return List.of(x.sub(x.exp().sumKeep(axis).log()));
        }

        @Override
        public Tensor vjp(Node node, int i, Tensor[] g) {
            return Tensor.apply(new LogGrad(axis), node.output(0), g[0]);
        }
    }

    /** The gradient of {@link Log}: its output y and the output gradient g give {@code g − exp(y) Σ g}. */
    public record LogGrad(int axis) implements Fused {
        @Override
        public String name() {
            return "logSoftmaxGrad";
        }

        @Override
        public List<Tensor> meaning(List<Tensor> in) {
            Tensor g = in.get(1);
            return List.of(g.sub(in.get(0).exp().mul(g.sumKeep(axis))));
        }
    }
}

package steepest.fused;

import java.util.List;
import steepest.Node;
import steepest.Tensor;
import steepest.op.Fused;

/** Softmax along an axis, {@code exp(xᵢ) / Σⱼ exp(xⱼ)}, without overflow; x of any shape gives its shape. */
public record Softmax(int axis) implements Fused {
    /** Softmax along an axis, which may be negative. */
    public static Tensor softmax(Tensor x, int axis) {
        return Tensor.apply(new Softmax(x.shape().axis(axis)), x);
    }

    /** The logarithm of softmax along an axis, which may be negative: {@code xᵢ − log Σⱼ exp(xⱼ)}. */
    public static Tensor logSoftmax(Tensor x, int axis) {
        return Tensor.apply(new Log(x.shape().axis(axis)), x);
    }

    @Override
    public List<Tensor> meaning(List<Tensor> in) {
        return List.of(in.get(0).softmax(axis));
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
            return List.of(in.get(0).logSoftmax(axis));
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

package steepest.fused;

import java.util.List;
import steepest.Node;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.op.Fused;

/**
 * One time step of a long short-term memory (Hochreiter and Schmidhuber, Neural Computation 1997; with the forget gate of
 * Gers, Schmidhuber and Cummins, 2000). What the gates get from the input and from the hidden state, each {@code [B,
 * 4·H]}, and the cell state c {@code [B, H]} give the new hidden and cell state, {@code [B, H]}:
 *
 * <pre>
 * i, f, o = σ(…)    g = tanh(…)
 * c' = f c + i g
 * h' = o tanh(c')
 * </pre>
 *
 * The gates lie in the order i, f, g, o, which is PyTorch's.
 */
public record LstmCell() implements Fused {
    /** The new hidden and cell state. */
    public record State(Tensor h, Tensor c) {}

    /** A step: the gates' sums from the input and from the hidden state {@code [B, 4·H]}, cell state {@code [B, H]}. */
    public static State step(Tensor fromInput, Tensor fromHidden, Tensor c) {
        Tensor h = Tensor.apply(new LstmCell(), fromInput, fromHidden, c);
        return new State(h, h.node().output(1));
    }

    @Override
    public List<Tensor> meaning(List<Tensor> in) {
        Tensor c = in.get(2);
        check("lstmCell", 4, in.get(0).spec(), in.get(1).spec(), c.spec());
        Gates s = Gates.of(in);
        Tensor next = s.f.mul(c).add(s.i.mul(s.g));
        return List.of(s.o.mul(next.tanh()), next);
    }

    /** {@code gates} blocks of the state's width. */
    static void check(String op, int gates, Spec fromInput, Spec fromHidden, Spec state) {
        Shape s = state.shape();
        if (s.rank() != 2
                || !fromInput.equals(fromHidden)
                || !fromInput.equals(Spec.of(state.dtype(), s.dim(0), gates * s.dim(1))))
            throw SteepestException.of(
                    "%s: takes two f32[B,%d·H] and a state f32[B,H], got %s, %s and %s",
                    op, gates, fromInput, fromHidden, state);
    }

    /** Block k of n along axis 1. */
    static Tensor block(Tensor t, int k, int n) {
        int width = t.shape().dim(1) / n;
        return t.slice(1, k * width, (k + 1) * width);
    }

    private record Gates(Tensor i, Tensor f, Tensor g, Tensor o) {
        static Gates of(List<Tensor> in) {
            Tensor sum = in.get(0).add(in.get(1));
            return new Gates(
                    block(sum, 0, 4).sigmoid(),
                    block(sum, 1, 4).sigmoid(),
                    block(sum, 2, 4).tanh(),
                    block(sum, 3, 4).sigmoid());
        }
    }

    @Override
    public Tensor vjp(Node node, int i, Tensor[] g) {
        Tensor none = Tensor.zeros(node.input(2).spec());
        Tensor grad = Tensor.apply(
                new Grad(),
                node.input(0),
                node.input(1),
                node.input(2),
                g[0] == null ? none : g[0],
                g[1] == null ? none : g[1]);
        return i < 2 ? grad : grad.node().output(1);
    }

    /** σ' by its value: y (1 − y). */
    static Tensor sigmoidSlope(Tensor y) {
        return y.mul(one(y).sub(y));
    }

    /** tanh' by its value: 1 − y². */
    static Tensor tanhSlope(Tensor y) {
        return one(y).sub(y.square());
    }

    static Tensor one(Tensor like) {
        return Tensor.literal(1, like.dtype());
    }

    /**
     * The gradient of {@link LstmCell}: its three inputs and the gradients by h' and c' {@code [B, H]} give the gradient by
     * the gates' sums {@code [B, 4·H]}, the same for both of them, and by c {@code [B, H]}. The gates are worked out again
     * rather than kept: that costs less than reading them.
     */
    public record Grad() implements Fused {
        @Override
        public String name() {
            return "lstmCellGrad";
        }

        @Override
        public List<Tensor> meaning(List<Tensor> in) {
            Tensor c = in.get(2);
            Tensor gh = in.get(3);
            Gates s = Gates.of(in);
            Tensor out = s.f.mul(c).add(s.i.mul(s.g)).tanh();
            Tensor gc = gh.mul(s.o).mul(tanhSlope(out)).add(in.get(4));
            Tensor gates = Tensor.concat(
                    1,
                    gc.mul(s.g).mul(sigmoidSlope(s.i)),
                    gc.mul(c).mul(sigmoidSlope(s.f)),
                    gc.mul(s.i).mul(tanhSlope(s.g)),
                    gh.mul(out).mul(sigmoidSlope(s.o)));
            return List.of(gates, gc.mul(s.f));
        }
    }
}

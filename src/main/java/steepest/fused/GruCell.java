package steepest.fused;

import static steepest.fused.LstmCell.block;
import static steepest.fused.LstmCell.one;
import static steepest.fused.LstmCell.sigmoidSlope;
import static steepest.fused.LstmCell.tanhSlope;

import java.util.List;
import steepest.Node;
import steepest.Tensor;
import steepest.op.Fused;

/**
 * One time step of a gated recurrent unit (Cho et al., "Learning phrase representations using RNN encoder-decoder", EMNLP
 * 2014), in the form that cuDNN and PyTorch compute. What the gates get from the input, x, and from the hidden state, u
 * (its bias included), each {@code [B, 3·H]}, and the hidden state h {@code [B, H]} give the new one, {@code [B, H]}:
 *
 * <pre>
 * r = σ(x_r + u_r)    z = σ(x_z + u_z)    n = tanh(x_n + r u_n)
 * h' = (1 − z) n + z h
 * </pre>
 *
 * The gates lie in the order r, z, n.
 */
public record GruCell() implements Fused {
    /** The new hidden state {@code [B, H]}; the gates' sums are {@code [B, 3·H]}, h is {@code [B, H]}. */
    public static Tensor step(Tensor fromInput, Tensor fromHidden, Tensor h) {
        return Tensor.apply(new GruCell(), fromInput, fromHidden, h);
    }

    private record Gates(Tensor r, Tensor z, Tensor n) {
        static Gates of(List<Tensor> in) {
            Tensor x = in.get(0);
            Tensor u = in.get(1);
            Tensor r = block(x, 0, 3).add(block(u, 0, 3)).sigmoid();
            Tensor z = block(x, 1, 3).add(block(u, 1, 3)).sigmoid();
            return new Gates(r, z, block(x, 2, 3).add(r.mul(block(u, 2, 3))).tanh());
        }
    }

    @Override
    public List<Tensor> meaning(List<Tensor> in) {
        LstmCell.check(
                "gruCell", 3, in.get(0).spec(), in.get(1).spec(), in.get(2).spec());
        Gates s = Gates.of(in);
        return List.of(one(s.z).sub(s.z).mul(s.n).add(s.z.mul(in.get(2))));
    }

    @Override
    public Tensor vjp(Node node, int i, Tensor[] g) {
        return Tensor.apply(new Grad(), node.input(0), node.input(1), node.input(2), g[0])
                .node()
                .output(i);
    }

    /**
     * The gradient of {@link GruCell}: its three inputs and the gradient by h' {@code [B, H]} give the gradients by the
     * inputs, {@code [B, 3·H]}, {@code [B, 3·H]} and {@code [B, H]}.
     */
    public record Grad() implements Fused {
        @Override
        public String name() {
            return "gruCellGrad";
        }

        @Override
        public List<Tensor> meaning(List<Tensor> in) {
            Tensor un = block(in.get(1), 2, 3);
            Tensor h = in.get(2);
            Tensor g = in.get(3);
            Gates s = Gates.of(in);
            Tensor byN = g.mul(one(g).sub(s.z)).mul(tanhSlope(s.n));
            Tensor byR = byN.mul(un).mul(sigmoidSlope(s.r));
            Tensor byZ = g.mul(h.sub(s.n)).mul(sigmoidSlope(s.z));
            return List.of(Tensor.concat(1, byR, byZ, byN), Tensor.concat(1, byR, byZ, byN.mul(s.r)), g.mul(s.z));
        }
    }
}

package steepest.selftest.fuzz;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import steepest.Gradients;
import steepest.Node;
import steepest.Tensor;
import steepest.op.Gather;
import steepest.op.MatMul;
import steepest.op.Move;
import steepest.op.Pointwise;
import steepest.op.Reduce;
import steepest.op.ScalarOp;

/** Graphs with one kind of op replaced by a wrong one. */
final class Faulty {
    private Faulty() {}

    static List<Tensor> build(String fault, FuzzProgram program, List<Tensor> sources) {
        List<Tensor> right = program.build(sources);
        Map<Tensor, Tensor> made = new HashMap<>();
        if (fault.equals("EARLY_WRITE")) {
            List<Tensor> late = new ArrayList<>(sources);
            program.updates().forEach((v, u) -> late.set(program.sources().indexOf(v), right.get(u)));
            List<Tensor> all = new ArrayList<>(right);
            for (int r : program.results())
                if (!program.updates().containsValue(r))
                    all.set(r, program.build(late).get(r));
            return all;
        }
        for (Node n : Gradients.topological(right)) {
            Tensor[] in =
                    Arrays.stream(n.inputs()).map(t -> made.getOrDefault(t, t)).toArray(Tensor[]::new);
            Tensor first = in.length == 0 ? n.output(0) : wrong(fault, n, in);
            for (int i = 0; i < n.outputCount(); i++)
                made.put(n.output(i), i == 0 ? first : first.node().output(i));
        }
        return right.stream().map(t -> made.getOrDefault(t, t)).toList();
    }

    private static Tensor wrong(String fault, Node n, Tensor[] in) {
        Tensor y = Tensor.leaf(n.op(), n.payload(), in);
        switch (fault) {
            case "TANH_OFF" -> {
                if (n.op() instanceof Pointwise p && p.f() == ScalarOp.TANH)
                    return Tensor.where(in[0].gt(1), y.mul(1 + 1e-4), y);
            }
            case "SUM_SHORT" -> {
                if (n.op() instanceof Reduce r
                        && r.kind() == Reduce.Kind.SUM
                        && r.axes().size() == 1) {
                    int a = r.axes().get(0);
                    int size = in[0].shape().dim(a);
                    if (size > 2 && size % 2 == 1)
                        return in[0].slice(a, 0, size - 1).sum(a);
                }
            }
            case "MATMUL_UNTRANSPOSED" -> {
                Tensor b = in.length == 2 ? in[1] : null;
                if (n.op() instanceof MatMul
                        && b.node().op() instanceof Move.Permute
                        && b.shape().dim(-1) == b.shape().dim(-2)) return in[0].matmul(b.t());
            }
            case "GATHER_UNGUARDED" -> {
                // an index out of range reads the first element instead of 0
                if (n.op() instanceof Gather g && in[0].shape().dim(g.axis()) > 0)
                    return in[0].gather(g.axis(), in[1].maximum(0));
            }
            case "STRICT" -> {
                if (n.op() instanceof Pointwise p
                        && p.f() == ScalarOp.LE
                        && in[0].dtype().isFloating()) return in[0].lt(in[1]);
            }
            default -> throw new IllegalArgumentException(fault);
        }
        return y;
    }
}

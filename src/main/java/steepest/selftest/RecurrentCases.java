package steepest.selftest;

import static steepest.selftest.OpCase.Domain.range;

import java.util.List;
import java.util.stream.IntStream;
import steepest.Shape;
import steepest.Tensor;
import steepest.fused.GruCell;
import steepest.fused.LstmCell;
import steepest.fused.Unstack;
import steepest.op.Fused;
import steepest.selftest.OpCase.Domain;
import steepest.selftest.OpCase.Input;
import steepest.selftest.OpCase.Tolerance;
import steepest.selftest.OpCases.Table;

/** Recurrent cells, their gradients as ops of their own, and the unrolling over time. */
final class RecurrentCases {
    private static final Domain ANY = range(-2, 2);

    private RecurrentCases() {}

    static List<OpCase> all() {
        Table t = new Table().within(new Tolerance(4e-6, 2e-6));
        int[][] sizes = {{3, 4}, {1, 1}, {5, 3}, {0, 4}, {2, 0}, {33, 65}};
        for (int[] s : sizes) {
            String detail = Shape.of(s).toString();
            t.smooth(s[0] * s[1] < 100);
            Input lstm = Input.of(ANY, s[0], 4 * s[1]);
            Input gru = Input.of(ANY, s[0], 3 * s[1]);
            Input state = Input.of(ANY, s);
            t.several("lstmCell", detail, in -> outputs(new LstmCell(), in), lstm, lstm, state);
            t.several("lstmCellGrad", detail, in -> outputs(new LstmCell.Grad(), in), lstm, lstm, state, state, state);
            t.several("gruCell", detail, in -> outputs(new GruCell(), in), gru, gru, state);
            t.several("gruCellGrad", detail, in -> outputs(new GruCell.Grad(), in), gru, gru, state, state);
        }
        t.smooth(true);
        for (Layout l : Layout.values()) {
            t.several(
                    "lstmCell",
                    "all " + l,
                    in -> outputs(new LstmCell(), in),
                    l.of(ANY, 3, 8),
                    l.of(ANY, 3, 8),
                    l.of(ANY, 3, 2));
            t.several(
                    "gruCell",
                    "all " + l,
                    in -> outputs(new GruCell(), in),
                    l.of(ANY, 3, 6),
                    l.of(ANY, 3, 6),
                    l.of(ANY, 3, 2));
        }
        t.add(
                "lstmCell",
                "hidden state alone",
                (gates, c) -> LstmCell.step(gates, gates, c).h(),
                Input.of(ANY, 2, 12),
                Input.of(ANY, 2, 3));
        t.within(Tolerance.EXACT);
        t.several(
                "unstack",
                "[4,2,3], the third unused",
                in -> {
                    List<Tensor> parts = Unstack.unstack(in.get(0));
                    return List.of(
                            parts.get(0), parts.get(1).square(), parts.get(3).mul(parts.get(0)));
                },
                Input.of(ANY, 4, 2, 3));
        t.several("unstack", "[1,5]", in -> Unstack.unstack(in.get(0)), Input.of(ANY, 1, 5));
        return t.cases();
    }

    private static List<Tensor> outputs(Fused op, List<Tensor> in) {
        Tensor first = Tensor.apply(op, in.toArray(Tensor[]::new));
        return IntStream.range(0, first.node().outputCount())
                .mapToObj(first.node()::output)
                .toList();
    }
}

package steepest.selftest;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.selftest.OpCase.Body;
import steepest.selftest.OpCase.Input;
import steepest.selftest.OpCase.Tolerance;

/**
 * The one table of op cases: parity between devices, gradients against finite differences, fused ops against their
 * meanings and replay against fresh runs are all judged by it. A new op adds its rows here.
 */
public final class OpCases {
    private OpCases() {}

    /** All cases, in a fixed order. */
    public static List<OpCase> all() {
        List<OpCase> all = new ArrayList<>();
        all.addAll(PointwiseCases.all());
        all.addAll(MovementCases.all());
        all.addAll(ContractionCases.all());
        all.addAll(EpilogueCases.all());
        all.addAll(FusedCases.all());
        all.addAll(NormCases.all());
        all.addAll(RecurrentCases.all());
        all.addAll(CompositionCases.all());
        all.addAll(LayerCases.all());
        List<String> names = all.stream().map(OpCase::name).toList();
        for (int i = 0; i < names.size(); i++)
            if (names.indexOf(names.get(i)) < i)
                throw SteepestException.of("two op cases are called '%s'", names.get(i));
        return List.copyOf(all);
    }

    /** Collects the cases of one family. */
    static final class Table {
        private final List<OpCase> cases = new ArrayList<>();
        private Tolerance tolerance = Tolerance.EXACT;
        private boolean smooth = true;

        /** How far results of the rows that follow may lie from the reference. */
        Table within(Tolerance tolerance) {
            this.tolerance = tolerance;
            return this;
        }

        /** Whether finite differences confirm the gradients of the rows that follow. */
        Table smooth(boolean smooth) {
            this.smooth = smooth;
            return this;
        }

        Table several(String op, String detail, Body body, Input... inputs) {
            cases.add(new OpCase(op, detail, List.of(inputs), body, tolerance, smooth));
            return this;
        }

        Table add(String op, String detail, UnaryOperator<Tensor> f, Input x) {
            return several(op, detail, in -> List.of(f.apply(in.get(0))), x);
        }

        Table add(String op, String detail, BinaryOperator<Tensor> f, Input x, Input y) {
            return several(op, detail, in -> List.of(f.apply(in.get(0), in.get(1))), x, y);
        }

        List<OpCase> cases() {
            return cases;
        }
    }
}

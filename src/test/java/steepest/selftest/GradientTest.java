package steepest.selftest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import steepest.DType;
import steepest.HostArray;
import steepest.Tensor;
import steepest.backend.BackendDevice;
import steepest.backend.ref.RefBackend;
import steepest.op.Leaf;
import steepest.support.NodeByNode;
import steepest.support.Parity;

/**
 * First and second derivatives of every smooth op case against central finite differences, in double precision on the
 * reference, without the planner.
 */
class GradientTest {
    private static final double STEP = 1e-5;
    private static final double TOLERANCE = 2e-6;
    private static final BackendDevice REF =
            new RefBackend().open(new RefBackend().devices().get(0));

    static Stream<OpCase> smooth() {
        return OpCases.all().stream().filter(OpCase::smooth);
    }

    /** A scalar function of several tensors. */
    private interface Scalar {
        Tensor of(List<Tensor> in);
    }

    @ParameterizedTest
    @MethodSource("smooth")
    void firstAndSecondDerivativesAgreeWithFiniteDifferences(OpCase c) {
        List<HostArray> at = c.generate(0).stream().map(GradientTest::doubles).toList();
        Scalar first = in -> {
            List<Tensor> out = c.apply(in);
            return Parity.weightedSum(out, 1);
        };
        check(c.name(), first, at);
        Scalar second = in -> Parity.weightedSum(first.of(in).grad(floats(in)), 2);
        check(c.name() + ", second order", second, at);
    }

    private static List<Tensor> floats(List<Tensor> in) {
        return in.stream().filter(t -> t.dtype() == DType.F64).toList();
    }

    private static HostArray doubles(HostArray a) {
        return a.dtype() == DType.F32 ? HostArray.of(a.toDoubles(), a.shape()) : a;
    }

    private static void check(String name, Scalar f, List<HostArray> at) {
        List<Tensor> in = new ArrayList<>();
        for (HostArray a : at) in.add(Tensor.leaf(new Leaf.Input(in.size(), a.spec()), null));
        Tensor value = f.of(in);
        List<HostArray> gradient;
        try (NodeByNode g = new NodeByNode(REF, in, value.grad(floats(in)), false)) {
            gradient = g.run(at, 0);
        }
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < at.size(); i++) if (at.get(i).dtype() == DType.F64) places.add(i);
        try (NodeByNode v = new NodeByNode(REF, in, List.of(value), false)) {
            for (int k = 0; k < 4; k++) {
                // along random directions through all inputs at once: an error in any element shows
                List<HostArray> direction = new ArrayList<>();
                for (HostArray a : at)
                    direction.add(a.dtype() == DType.F64 ? Parity.weights(a.spec(), 1000 + k) : null);
                double analytic = 0;
                for (int j = 0; j < places.size(); j++)
                    for (int e = 0; e < gradient.get(j).size(); e++)
                        analytic += gradient.get(j).get(e)
                                * direction.get(places.get(j)).get(e);
                double numeric = difference(v, at, direction);
                assertThat(analytic)
                        .as("%s: derivative along direction %d, finite difference %s", name, k, numeric)
                        .isCloseTo(numeric, within(analytic, numeric));
            }
            if (at.stream().mapToInt(HostArray::size).sum() > 40) return;
            for (int j = 0; j < places.size(); j++)
                for (int e = 0; e < gradient.get(j).size(); e++) {
                    List<HostArray> axis = new ArrayList<>();
                    for (HostArray a : at) axis.add(a.dtype() == DType.F64 ? HostArray.zeros(a.spec()) : null);
                    axis.get(places.get(j)).set(e, 1);
                    double analytic = gradient.get(j).get(e);
                    double numeric = difference(v, at, axis);
                    assertThat(analytic)
                            .as("%s: derivative by element %d of input %d, finite difference %s", name, e, j, numeric)
                            .isCloseTo(numeric, within(analytic, numeric));
                }
        }
    }

    private static org.assertj.core.data.Offset<Double> within(double a, double b) {
        return org.assertj.core.data.Offset.offset(TOLERANCE * (1 + Math.max(Math.abs(a), Math.abs(b))));
    }

    private static double difference(NodeByNode f, List<HostArray> at, List<HostArray> direction) {
        return (value(f, at, direction, STEP) - value(f, at, direction, -STEP)) / (2 * STEP);
    }

    private static double value(NodeByNode f, List<HostArray> at, List<HostArray> direction, double step) {
        List<HostArray> moved = new ArrayList<>();
        for (int i = 0; i < at.size(); i++) {
            HostArray a = at.get(i).copy();
            if (direction.get(i) != null)
                for (int e = 0; e < a.size(); e++)
                    a.set(e, a.get(e) + step * direction.get(i).get(e));
            moved.add(a);
        }
        return f.run(moved, 0).get(0).get(0);
    }
}

package steepest.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static steepest.backend.cpu.Harness.agrees;
import static steepest.backend.cpu.Harness.floats;
import static steepest.backend.cpu.Harness.ints;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import steepest.DType;
import steepest.HostArray;
import steepest.Rng;
import steepest.Shape;
import steepest.Spec;
import steepest.backend.Executable;
import steepest.backend.Kernel.OpKernel;
import steepest.backend.View;
import steepest.op.ArgReduce;
import steepest.op.Fold;
import steepest.op.Gather;
import steepest.op.Iota;
import steepest.op.MatMul;
import steepest.op.Random;
import steepest.op.Reduce;
import steepest.op.Scan;
import steepest.op.ScatterAdd;
import steepest.op.Sort;
import steepest.op.Unfold;
import steepest.op.Window;

/** Each kernel against the reference, and the same bits with vectors or without, on one thread or two. */
@Tag("backend")
class OpKernelTest {
    private static final List<List<Integer>> AXES = List.of(
            List.of(),
            List.of(0),
            List.of(1),
            List.of(2),
            List.of(0, 1),
            List.of(0, 2),
            List.of(1, 2),
            List.of(0, 1, 2));

    @Test
    void countsAndRandomBits() {
        agrees(new Iota(0), 0);
        agrees(new Iota(70_000), 0);
        Executable.Arguments arguments =
                new Executable.Arguments(new double[0], new Rng.Key[] {null, new Rng.Key(-5L, 7)}, 3);
        for (Random.Kind kind : Random.Kind.values())
            for (int n : new int[] {1, 3, 4, 5, 1023, 9_001}) {
                Spec out = new Spec(kind == Random.Kind.BITS ? DType.I32 : DType.F32, Shape.of(n));
                OpKernel k = new OpKernel(
                        new Random(kind, Shape.of(n)), List.of(), List.of(View.of(0, out.dtype(), out.shape(), 0)), 1);
                HostArray expected = Harness.run(Harness.reference(), k, List.of(), List.of(out), arguments)
                        .get(0);
                for (CpuDevice d : Harness.ALL)
                    assertThat(Harness.run(d, k, List.of(), List.of(out), arguments)
                                    .get(0))
                            .isEqualTo(expected);
            }
    }

    @ParameterizedTest
    @EnumSource(Reduce.Kind.class)
    void reduces(Reduce.Kind kind) {
        int[][] shapes = {
            {3, 5, 7}, {1, 1, 1}, {64, 3, 1}, {2, 600, 3}, {5, 2, 1500}, {1, 70_001, 1}, {40, 6, 196}, {2, 3001, 5}
        };
        for (int[] s : shapes)
            for (List<Integer> axes : AXES) {
                agrees(new Reduce(kind, axes), 1e-4, floats(1, s));
                if (kind != Reduce.Kind.PROD) agrees(new Reduce(kind, axes), 0, ints(2, -1000, s));
            }
        agrees(new Reduce(kind, List.of(0, 2, 3)), 1e-4, floats(3, 4, 3, 5, 6));
        if (kind == Reduce.Kind.SUM || kind == Reduce.Kind.PROD)
            agrees(new Reduce(kind, List.of(1)), 0, floats(4, 3, 0));
        agrees(new Reduce(kind, List.of(1)), 0, floats(4, 0, 3));
    }

    @Test
    void maximumOfNaNIsNaN() {
        for (int n : new int[] {5, 100, 3000}) {
            HostArray x = floats(1, 2, n);
            x.set(n - 1, Double.NaN);
            agrees(new Reduce(Reduce.Kind.MAX, List.of(1)), 0, x);
            agrees(new Reduce(Reduce.Kind.MIN, List.of(1)), 0, x);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void ordersAlongAnAxis(boolean flag) {
        for (int axis = 0; axis < 3; axis++) {
            for (HostArray x : List.of(floats(1, 3, 50, 7), ints(2, 5, 4, 3, 90), withSpecials(6, 5, 4))) {
                agrees(new ArgReduce(flag, axis), 0, x);
                agrees(new Scan(axis, flag), 1e-4, x);
                agrees(new Sort(axis, flag), 0, x);
            }
        }
        agrees(new Sort(0, flag), 0, floats(5, 5000));
        agrees(new Sort(0, flag), 0, ints(5, Integer.MIN_VALUE, 100));
        agrees(new Sort(1, flag), 0, floats(5, 3, 0));
    }

    private static HostArray withSpecials(int... dims) {
        HostArray x = floats(9, dims);
        double[] special = {Double.NaN, 0.0, -0.0, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 1, 1};
        for (int i = 0; i < x.size(); i += 2) x.set(i, special[i / 2 % special.length]);
        return x;
    }

    @Test
    void gathersAndScatters() {
        for (int axis = 0; axis < 3; axis++) {
            HostArray x = floats(1, 4, 5, 6);
            int[] d = x.shape().dims();
            d[axis] = 8;
            HostArray index = ints(2, 9, d); // some are out of range
            for (int i = 0; i < index.size(); i += 7) index.set(i, -1);
            agrees(new Gather(axis), 0, x, index);
            agrees(new Gather(axis), 0, ints(3, 100, 4, 5, 6), index);
            agrees(new ScatterAdd(axis, 5), 1e-6, floats(4, d), index);
            agrees(new ScatterAdd(axis, 5), 0, ints(4, 100, d), index);
        }
        agrees(new ScatterAdd(0, 3), 0, floats(1, 0, 4), ints(1, 3, 0, 4));
    }

    /** A whole row for each index: the index expanded with stride 0, as an embedding makes it. */
    @Test
    void gathersRowsThroughAnExpandedIndex() {
        Spec x = Spec.of(DType.F32, 10, 33);
        Spec out = Spec.of(DType.F32, 6, 33);
        View index = new View(1, DType.I32, Shape.of(6, 33), 1, new long[] {1, 0});
        OpKernel k = new OpKernel(
                new Gather(0),
                List.of(View.of(0, DType.F32, x.shape(), 0), index),
                List.of(View.of(2, DType.F32, out.shape(), 0)),
                -1);
        agrees(k, 0, List.of(floats(1, 10, 33), ints(2, 11, 7)), List.of(out));
        OpKernel back = new OpKernel(
                new ScatterAdd(0, 10),
                List.of(View.of(0, DType.F32, out.shape(), 0), index),
                List.of(View.of(2, DType.F32, x.shape(), 0)),
                -1);
        agrees(back, 1e-6, List.of(floats(1, 6, 33), ints(2, 11, 7)), List.of(x));
    }

    @Test
    void unfoldsAndFolds() {
        for (Window w : List.of(
                new Window(1, 1, 1, 1, 1, 1),
                new Window(3, 2, 1, 1, 1, 1),
                new Window(2, 2, 2, 2, 1, 1),
                new Window(3, 3, 2, 1, 1, 2),
                new Window(2, 3, 3, 2, 2, 1))) {
            agrees(new Unfold(w), 0, floats(1, 3, 2, 9, 8));
            agrees(new Unfold(w), 0, ints(1, 50, 2, 9, 8));
            Shape out = Shape.of(2, w.kh(), w.kw(), w.outH(9), w.outW(8));
            agrees(new Fold(w, 9, 8), 1e-6, floats(2, out.dims()));
        }
    }

    @Test
    void multipliesMatricesOfAllShapes() {
        int[][] mkn = {
            {1, 1, 1},
            {1, 784, 10},
            {2, 3, 4},
            {5, 7, 1},
            {13, 17, 33},
            {12, 64, 32},
            {64, 100, 65},
            {7, 401, 49},
            {100, 30, 200},
            {33, 800, 70},
            {140, 90, 150},
            {6, 0, 5},
            {0, 4, 3},
            {150, 400, 151}
        };
        for (int[] s : mkn)
            for (int transposed = 0; transposed < 4; transposed++)
                product(s[0], s[1], s[2], (transposed & 1) != 0, (transposed & 2) != 0);
    }

    private static void product(int m, int k, int n, boolean at, boolean bt) {
        View a = new View(0, DType.F32, Shape.of(m, k), 3, at ? new long[] {1, m} : new long[] {k, 1});
        View b = new View(1, DType.F32, Shape.of(k, n), 5, bt ? new long[] {1, k} : new long[] {n, 1});
        Spec out = Spec.of(DType.F32, m, n);
        OpKernel kernel = new OpKernel(new MatMul(), List.of(a, b), List.of(View.of(2, DType.F32, out.shape(), 0)), -1);
        agrees(kernel, 1e-4, List.of(floats(1, m * k + 3), floats(2, k * n + 5)), List.of(out));
    }

    @Test
    void multipliesBatches() {
        agrees(new MatMul(), 1e-5, floats(1, 3, 2, 5, 7), floats(2, 3, 2, 7, 4));
        agrees(new MatMul(), 1e-5, floats(1, 9, 65, 30), floats(2, 9, 30, 20));
        agrees(new MatMul(), 1e-5, floats(1, 2, 150, 70), floats(2, 2, 70, 200));
        agrees(new MatMul(), 1e-5, floats(1, 0, 5, 7), floats(2, 0, 7, 4));
        // the right-hand matrix repeated by stride 0; the left-hand one too; rows backwards
        Spec out = Spec.of(DType.F32, 4, 6, 8);
        View a = View.of(0, DType.F32, Shape.of(4, 6, 5), 0);
        View b = new View(1, DType.F32, Shape.of(4, 5, 8), 0, new long[] {0, 8, 1});
        View once = new View(0, DType.F32, Shape.of(4, 6, 5), 29, new long[] {0, -5, -1});
        View y = View.of(2, DType.F32, out.shape(), 0);
        for (View left : List.of(a, once))
            agrees(
                    new OpKernel(new MatMul(), List.of(left, b), List.of(y), -1),
                    1e-5,
                    List.of(floats(1, 4, 6, 5), floats(2, 5, 8)),
                    List.of(out));
    }
}

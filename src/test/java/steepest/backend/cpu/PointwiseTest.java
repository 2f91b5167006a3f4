package steepest.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static steepest.backend.cpu.Harness.floats;
import static steepest.backend.cpu.Harness.ints;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import steepest.DType;
import steepest.HostArray;
import steepest.Rng;
import steepest.Shape;
import steepest.Spec;
import steepest.backend.Buffer;
import steepest.backend.Executable;
import steepest.backend.Executable.Arguments;
import steepest.backend.Kernel;
import steepest.backend.Kernel.Element;
import steepest.backend.Kernel.Instruction;
import steepest.backend.Kernel.LiteralValue;
import steepest.backend.Kernel.Load;
import steepest.backend.Kernel.PointwiseKernel;
import steepest.backend.Kernel.ScalarArgument;
import steepest.backend.Kernel.Store;
import steepest.backend.Schedule;
import steepest.backend.View;
import steepest.op.ScalarOp;

/** The interpreter of pointwise kernels against the reference: functions, types, views, chains. */
@Tag("backend")
class PointwiseTest {
    private static final float[] SPECIAL = {
        Float.NaN,
        0f,
        -0f,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.MIN_VALUE,
        -Float.MIN_VALUE,
        1f,
        -1f,
        0.5f,
        2.5f,
        -2.5f,
        Float.MAX_VALUE
    };

    /** Every pair of special values, and ordinary ones. */
    private static HostArray operand(ScalarOp f, int which, int n) {
        float[] v = floats(which + 1, n).floats();
        int s = SPECIAL.length;
        for (int i = 0; i < s * s * s && i < n / 2; i++)
            v[i] = SPECIAL[which == 0 ? i % s : which == 1 ? i / s % s : i / s / s];
        return HostArray.of(v, Shape.of(n));
    }

    private static View row(int slot, DType dtype, int n) {
        return View.of(slot, dtype, Shape.of(n), 0);
    }

    @ParameterizedTest
    @EnumSource(ScalarOp.class)
    void everyFunctionOfFloats(ScalarOp f) {
        int n = 5003;
        List<HostArray> in = new ArrayList<>();
        List<Load> loads = new ArrayList<>();
        List<Integer> args = new ArrayList<>();
        for (int a = 0; a < f.arity(); a++) {
            boolean truth = f.rule() == ScalarOp.Rule.LOGIC || f.rule() == ScalarOp.Rule.SELECT && a == 0;
            HostArray x = operand(f, a, n);
            if (truth) {
                byte[] b = new byte[n];
                for (int i = 0; i < n; i++) b[i] = (byte) (x.get(i) > 0 ? 1 : 0);
                x = HostArray.of(DType.BOOL, b, x.shape());
            }
            in.add(x);
            loads.add(new Element(row(a, x.dtype(), n)));
            args.add(a);
        }
        DType to = f.result(in.stream().map(HostArray::dtype).toArray(DType[]::new));
        PointwiseKernel k = new PointwiseKernel(
                Shape.of(n),
                loads,
                List.of(new Instruction(f, args, to)),
                List.of(new Store(row(in.size(), to, n), in.size())));
        double tolerance = f.rule() == ScalarOp.Rule.FLOAT ? 1e-6 : 0;
        HostArray got = Harness.everywhere(k, in, List.of(Spec.of(to, n))).get(0);
        HostArray expected =
                Harness.run(Harness.reference(), k, in, List.of(Spec.of(to, n))).get(0);
        double[] e = expected.toDoubles();
        Harness.close(got, e, tolerance, f);
    }

    @ParameterizedTest
    @EnumSource(
            value = ScalarOp.class,
            names = {
                "ADD", "SUB", "MUL", "DIV", "MIN", "MAX", "CLAMP", "NEG", "ABS", "SIGN", "SQUARE", "RELU", "EQ", "NE",
                "LT", "LE", "GT", "GE"
            })
    void everyFunctionOfIntegers(ScalarOp f) {
        int n = 3001;
        List<HostArray> in = new ArrayList<>();
        List<Load> loads = new ArrayList<>();
        List<Integer> args = new ArrayList<>();
        for (int a = 0; a < f.arity(); a++) {
            HostArray x = ints(a, Integer.MIN_VALUE, n);
            for (int i = 0; i < n / 2; i++) x.set(i, (i >> a) % 3 - 1);
            x.set(n - 1, a == 0 ? Integer.MIN_VALUE : -1);
            in.add(x);
            loads.add(new Element(row(a, DType.I32, n)));
            args.add(a);
        }
        DType to = f.result(DType.I32, DType.I32, DType.I32);
        PointwiseKernel k = new PointwiseKernel(
                Shape.of(n),
                loads,
                List.of(new Instruction(f, args, to)),
                List.of(new Store(row(in.size(), to, n), in.size())));
        Harness.agrees(k, 0, in, List.of(Spec.of(to, n)));
    }

    @Test
    void castsBetweenAllTypes() {
        int n = 2500;
        float[] v = floats(1, n).floats();
        for (int i = 0; i < n; i++) v[i] *= 300;
        System.arraycopy(SPECIAL, 0, v, 0, SPECIAL.length);
        byte[] u8 = new byte[n];
        byte[] bool = new byte[n];
        for (int i = 0; i < n; i++) {
            u8[i] = (byte) i;
            bool[i] = (byte) (i % 3 == 0 ? 1 : 0);
        }
        List<HostArray> all = List.of(
                HostArray.of(v, Shape.of(n)),
                ints(2, Integer.MIN_VALUE, n),
                HostArray.of(DType.U8, u8, Shape.of(n)),
                HostArray.of(DType.BOOL, bool, Shape.of(n)));
        for (HostArray x : all)
            for (DType to : List.of(DType.F32, DType.I32, DType.U8, DType.BOOL)) {
                PointwiseKernel k = new PointwiseKernel(
                        Shape.of(n),
                        List.of(new Element(row(0, x.dtype(), n))),
                        List.of(new Instruction(null, List.of(0), to)),
                        List.of(new Store(row(1, to, n), 1)));
                Harness.agrees(k, 1e-7, List.of(x), List.of(Spec.of(to, n)));
            }
    }

    /** Views of each kind, loaded and stored, in spaces whose rows are shorter and longer than a tile. */
    @Test
    void readsAndWritesThroughAnyView() {
        for (int[] d :
                new int[][] {{1, 1, 1}, {3, 4, 5}, {2, 3, 700}, {5, 2, 3000}, {70, 9, 30}, {6, 1, 16}, {4, 0, 3}}) {
            Shape s = Shape.of(d);
            int n = s.intSize();
            long[] rows = s.strides();
            List<long[]> strides = List.of(
                    rows,
                    new long[] {0, 0, 1},
                    new long[] {0, 1, 0},
                    new long[] {1, 0, 0},
                    new long[] {0, 0, 0},
                    new long[] {1, d[0], (long) d[0] * d[1]}, // the axes reversed
                    new long[] {2 * rows[0], 2 * rows[1], 2});
            for (long[] load : strides)
                for (DType type : List.of(DType.F32, DType.I32, DType.U8, DType.BOOL)) {
                    HostArray x = source(type, 2 * n + 10);
                    for (long[] store : List.of(rows, strides.get(5))) {
                        PointwiseKernel copy = new PointwiseKernel(
                                s,
                                List.of(new Element(new View(0, type, s, 3, load))),
                                List.of(),
                                List.of(new Store(new View(1, type, s, 0, store), 0)));
                        Harness.agrees(copy, 0, List.of(x), List.of(Spec.of(type, n)));
                    }
                }
            // all of them at once, and a row backwards
            List<Load> loads = new ArrayList<>();
            for (long[] t : strides) loads.add(new Element(new View(0, DType.F32, s, 1, t)));
            loads.add(new Element(new View(0, DType.F32, s, d[2], new long[] {0, 0, -1})));
            List<Instruction> code = new ArrayList<>();
            for (int i = 1; i < loads.size(); i++)
                code.add(new Instruction(
                        i % 2 == 0 ? ScalarOp.ADD : ScalarOp.MAX,
                        List.of(i == 1 ? 0 : loads.size() + i - 2, i),
                        DType.F32));
            PointwiseKernel k = new PointwiseKernel(
                    s, loads, code, List.of(new Store(View.of(1, DType.F32, s, 0), loads.size() + code.size() - 1)));
            Harness.agrees(k, 1e-5, List.of(source(DType.F32, 2 * n + 10)), List.of(Spec.of(DType.F32, n)));
        }
    }

    private static HostArray source(DType type, int n) {
        HostArray x = HostArray.zeros(Spec.of(type, n));
        for (int i = 0; i < n; i++) x.set(i, type == DType.BOOL ? i % 3 % 2 : i % 251 - (type == DType.U8 ? 0 : 100));
        return x;
    }

    /** Adam's update: parameter and moments in place, numbers given at each run. */
    @Test
    void updatesInPlace() {
        int n = 10_007;
        View p = row(0, DType.F32, n);
        View m = row(1, DType.F32, n);
        View v = row(2, DType.F32, n);
        View g = row(3, DType.F32, n);
        List<Load> loads = List.of(
                new Element(p),
                new Element(m),
                new Element(v),
                new Element(g),
                new ScalarArgument(0, DType.F32), // learning rate
                new LiteralValue(0.9, DType.F32),
                new LiteralValue(0.1, DType.F32),
                new LiteralValue(0.999, DType.F32),
                new LiteralValue(0.001, DType.F32),
                new ScalarArgument(1, DType.F32)); // step, for a power computed once
        DType f = DType.F32;
        List<Instruction> code = List.of(
                new Instruction(ScalarOp.MUL, List.of(1, 5), f), // 10
                new Instruction(ScalarOp.MUL, List.of(3, 6), f),
                new Instruction(ScalarOp.ADD, List.of(10, 11), f), // 12: m
                new Instruction(ScalarOp.SQUARE, List.of(3), f),
                new Instruction(ScalarOp.MUL, List.of(13, 8), f),
                new Instruction(ScalarOp.MUL, List.of(2, 7), f),
                new Instruction(ScalarOp.ADD, List.of(14, 15), f), // 16: v
                new Instruction(ScalarOp.SQRT, List.of(16), f),
                new Instruction(ScalarOp.POW, List.of(5, 9), f), // 18: the same for all
                new Instruction(ScalarOp.ADD, List.of(17, 18), f),
                new Instruction(ScalarOp.DIV, List.of(12, 19), f),
                new Instruction(ScalarOp.MUL, List.of(20, 4), f),
                new Instruction(ScalarOp.SUB, List.of(0, 21), f)); // 22
        PointwiseKernel k = new PointwiseKernel(
                Shape.of(n), loads, code, List.of(new Store(m, 12), new Store(v, 16), new Store(p, 22)));
        Arguments arguments = new Arguments(new double[] {0.01, 3}, new Rng.Key[0], 0);
        List<float[]> results = new ArrayList<>();
        for (CpuDevice d : Harness.ALL) {
            Buffer[] b = new Buffer[4];
            for (int i = 0; i < 4; i++) {
                HostArray x = floats(i, n);
                if (i == 2) for (int j = 0; j < n; j++) x.set(j, Math.abs(x.get(j)));
                b[i] = d.wrap(x).orElseThrow();
            }
            try (Executable e = d.compile(new Schedule(List.of(k), List.of(f, f, f, f)))) {
                e.run(b, arguments);
            }
            float[] all = new float[3 * n];
            for (int i = 0; i < 3; i++)
                System.arraycopy(d.read(b[i], Shape.of(n)).floats(), 0, all, i * n, n);
            results.add(all);
        }
        for (float[] r : results) assertThat(r).isEqualTo(results.get(0));
        for (int i = 0; i < n; i += 97) {
            double gi = floats(3, n).get(i);
            double mi = floats(1, n).get(i) * 0.9 + gi * 0.1;
            double vi = Math.abs(floats(2, n).get(i)) * 0.999 + gi * gi * 0.001;
            double pi = floats(0, n).get(i) - 0.01 * mi / (Math.sqrt(vi) + 0.729);
            assertThat((double) results.get(0)[i]).isCloseTo(pi, org.assertj.core.data.Offset.offset(1e-6));
        }
    }

    /** Two values exchanged: a store must not overtake a later reader of what it overwrites. */
    @Test
    void readsBeforeItWrites() {
        int n = 3000;
        View a = row(0, DType.F32, n);
        View b = row(1, DType.F32, n);
        PointwiseKernel swap = new PointwiseKernel(
                Shape.of(n),
                List.of(new Element(a), new Element(b)),
                List.of(
                        new Instruction(ScalarOp.NEG, List.of(1), DType.F32),
                        new Instruction(ScalarOp.NEG, List.of(0), DType.F32)),
                List.of(new Store(a, 2), new Store(b, 3)));
        for (CpuDevice d : Harness.ALL) {
            Buffer[] buffers = {
                d.wrap(floats(1, n)).orElseThrow(), d.wrap(floats(2, n)).orElseThrow()
            };
            d.compile(new Schedule(List.of(swap), List.of(DType.F32, DType.F32)))
                    .run(buffers, new Arguments(new double[0], new Rng.Key[0], 0));
            for (int i = 0; i < n; i++) {
                assertThat(d.read(buffers[0], Shape.of(n)).get(i))
                        .isEqualTo(-floats(2, n).get(i));
                if (i > 50) break;
            }
            assertThat(d.read(buffers[1], Shape.of(n)).get(n - 1))
                    .isEqualTo(-floats(1, n).get(n - 1));
        }
    }

    @Test
    void fillsWithTypedNumbers() {
        for (DType type : List.of(DType.F32, DType.I32, DType.U8, DType.BOOL)) {
            Kernel k = new PointwiseKernel(
                    Shape.of(7, 300),
                    List.of(new LiteralValue(type == DType.BOOL ? 1 : 7, type)),
                    List.of(),
                    List.of(new Store(View.of(0, type, Shape.of(7, 300), 0), 0)));
            Harness.agrees(k, 0, List.of(), List.of(Spec.of(type, 7, 300)));
        }
    }
}

package steepest.backend.ref;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import steepest.DType;
import steepest.HostArray;
import steepest.Rng;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.backend.Buffer;
import steepest.backend.Executable;
import steepest.backend.Kernel;
import steepest.backend.Kernel.Element;
import steepest.backend.Kernel.Instruction;
import steepest.backend.Kernel.OpKernel;
import steepest.backend.Kernel.PointwiseKernel;
import steepest.backend.Kernel.ScalarArgument;
import steepest.backend.Kernel.Store;
import steepest.backend.Schedule;
import steepest.backend.View;
import steepest.op.ArgReduce;
import steepest.op.Fold;
import steepest.op.Gather;
import steepest.op.MatMul;
import steepest.op.Op;
import steepest.op.Reduce;
import steepest.op.ScalarOp;
import steepest.op.Scan;
import steepest.op.ScatterAdd;
import steepest.op.Sort;
import steepest.op.Unfold;
import steepest.op.Window;

/** The oracle itself, against results worked out by hand. */
class RefDeviceTest {
    private static final double NAN = Double.NaN;
    private final RefDevice device =
            (RefDevice) new RefBackend().open(new RefBackend().devices().get(0));

    private Buffer buffer(DType type, double... values) {
        Buffer b = device.allocate(type, values.length);
        device.writeDoubles(values, b);
        return b;
    }

    private void run(Kernel kernel, double[] scalars, Buffer... slots) {
        Schedule s = new Schedule(
                List.of(kernel), List.of(slots).stream().map(Buffer::dtype).toList());
        try (Executable e = device.compile(s)) {
            e.run(slots, new Executable.Arguments(scalars, new Rng.Key[0], 0));
        }
    }

    /** Runs an op with one output on contiguous inputs. */
    private double[] op(Op op, List<Spec> specs, Buffer... in) {
        Spec out = op.outputs(specs).get(0);
        Buffer[] slots = java.util.Arrays.copyOf(in, in.length + 1);
        slots[in.length] = device.allocate(out.dtype(), out.shape().size());
        List<View> views = java.util.stream.IntStream.range(0, in.length)
                .mapToObj(i -> View.of(i, specs.get(i).dtype(), specs.get(i).shape(), 0))
                .toList();
        run(
                new OpKernel(op, views, List.of(View.of(in.length, out.dtype(), out.shape(), 0)), -1),
                new double[0],
                slots);
        return device.readDoubles(slots[in.length]);
    }

    private double[] op(Op op, Shape shape, double... x) {
        return op(op, List.of(new Spec(DType.F32, shape)), buffer(DType.F32, x));
    }

    @Test
    void floatsAreNotRoundedUntilTheyAreRead() {
        double third = 1.0 / 3;
        Buffer b = buffer(DType.F32, third);
        assertThat(device.readDoubles(b)).containsExactly(third);
        assertThat(device.read(b, Shape.SCALAR)).isEqualTo(HostArray.of(new float[] {(float) third}, Shape.SCALAR));
    }

    @Test
    void freshMemoryHoldsNothingThatCouldBeMistaken() {
        assertThat(device.readDoubles(device.allocate(DType.F32, 3))).containsOnly(NAN);
    }

    @Test
    void aFreedBufferCannotBeRead() {
        Buffer b = buffer(DType.F32, 1);
        b.free();
        assertThatThrownBy(() -> device.readDoubles(b)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void anArrayOfAnotherTypeIsRefused() {
        Buffer b = device.allocate(DType.F32, 1);
        assertThatThrownBy(() -> device.write(HostArray.of(new int[1], Shape.of(1)), b))
                .isInstanceOf(SteepestException.class)
                .hasMessage("write: the buffer is of f32, the array i32[1]");
    }

    @Test
    void loopsReadAndWriteThroughStrides() {
        // y = (2·xᵀ + s) read backwards along rows, of x [2,3] at offset 1, into y at offset 1
        Buffer x = buffer(DType.F32, 99, 1, 2, 3, 4, 5, 6);
        Buffer y = buffer(DType.F32, 0, 0, 0, 0, 0, 0, 0, 7);
        Shape space = Shape.of(3, 2);
        View in = new View(0, DType.F32, space, 3, new long[] {-1, 3});
        View out = new View(1, DType.F32, space, 1, new long[] {2, 1});
        run(
                new PointwiseKernel(
                        space,
                        List.of(new Element(in), new ScalarArgument(0, DType.F32)),
                        List.of(
                                new Instruction(ScalarOp.ADD, List.of(0, 0), DType.F32),
                                new Instruction(ScalarOp.ADD, List.of(2, 1), DType.F32)),
                        List.of(new Store(out, 3))),
                new double[] {0.5},
                x,
                y);
        assertThat(device.readDoubles(y)).containsExactly(0, 6.5, 12.5, 4.5, 10.5, 2.5, 8.5, 7);
    }

    @Test
    void integersWrap() {
        assertThat(Arithmetic.apply(ScalarOp.ADD, DType.I32, Integer.MAX_VALUE, 1, 0))
                .isEqualTo(Integer.MIN_VALUE);
        assertThat(Arithmetic.apply(ScalarOp.MUL, DType.I32, 65536, 65537, 0)).isEqualTo(65536);
        assertThat(Arithmetic.apply(ScalarOp.DIV, DType.I32, -7, 2, 0)).isEqualTo(-3);
        assertThat(Arithmetic.apply(ScalarOp.DIV, DType.I32, -7, 0, 0)).isEqualTo(0);
        assertThat(Arithmetic.apply(ScalarOp.DIV, DType.I32, Integer.MIN_VALUE, -1, 0))
                .isEqualTo(Integer.MIN_VALUE);
        assertThat(Arithmetic.apply(ScalarOp.NEG, DType.I32, Integer.MIN_VALUE, 0, 0))
                .isEqualTo(Integer.MIN_VALUE);
        assertThat(Arithmetic.apply(ScalarOp.ADD, DType.F32, Integer.MAX_VALUE, 1, 0))
                .isEqualTo(0x1p31);
    }

    @Test
    void conversionsAreThoseOfCast() {
        assertThat(Arithmetic.convert(-1.9, DType.I32)).isEqualTo(-1);
        assertThat(Arithmetic.convert(1e20, DType.I32)).isEqualTo(Integer.MAX_VALUE);
        assertThat(Arithmetic.convert(NAN, DType.I32)).isZero();
        assertThat(Arithmetic.convert(-1, DType.U8)).isEqualTo(255);
        assertThat(Arithmetic.convert(300.7, DType.U8)).isEqualTo(44);
        assertThat(Arithmetic.convert(NAN, DType.BOOL)).isEqualTo(1);
        assertThat(Arithmetic.convert(0.1, DType.F32)).isEqualTo(0.1);
    }

    @Test
    void reductions() {
        Shape s = Shape.of(2, 3);
        double[] x = {1, 2, 3, 4, 5, 7};
        assertThat(op(new Reduce(Reduce.Kind.SUM, List.of(0)), s, x)).containsExactly(5, 7, 10);
        assertThat(op(new Reduce(Reduce.Kind.SUM, List.of(1)), s, x)).containsExactly(6, 16);
        assertThat(op(new Reduce(Reduce.Kind.PROD, List.of(0, 1)), s, x)).containsExactly(840);
        assertThat(op(new Reduce(Reduce.Kind.MAX, List.of(1)), s, x)).containsExactly(3, 7);
        assertThat(op(new Reduce(Reduce.Kind.MIN, List.of(0)), s, 1, 9, NAN, 4, 5, 7))
                .containsExactly(1, 5, NAN);
        assertThat(op(new Reduce(Reduce.Kind.SUM, List.of(0)), Shape.of(0, 2))).containsExactly(0, 0);
    }

    @Test
    void firstAmongEquals() {
        assertThat(op(new ArgReduce(true, 1), Shape.of(2, 4), 1, 3, 3, 2, -1, -1, -2, -1))
                .containsExactly(1, 0);
        assertThat(op(new ArgReduce(false, 0), Shape.of(3), 2, 1, 1)).containsExactly(1);
        assertThat(op(new ArgReduce(true, 0), Shape.of(3), 2, NAN, NAN)).containsExactly(1);
    }

    @Test
    void cumulativeSums() {
        assertThat(op(new Scan(1, false), Shape.of(2, 3), 1, 2, 3, 4, 5, 6)).containsExactly(1, 3, 6, 4, 9, 15);
        assertThat(op(new Scan(0, true), Shape.of(2, 3), 1, 2, 3, 4, 5, 6)).containsExactly(5, 7, 9, 4, 5, 6);
    }

    @Test
    void sortingIsStableAndNaNIsLargest() {
        double[] x = {3, NAN, 1, 3, -0.0, 0};
        Spec spec = Spec.of(DType.F32, 6);
        for (boolean falling : new boolean[] {false, true}) {
            Buffer[] slots = {buffer(DType.F32, x), device.allocate(DType.F32, 6), device.allocate(DType.I32, 6)};
            run(
                    new OpKernel(
                            new Sort(0, falling),
                            List.of(View.of(0, DType.F32, spec.shape(), 0)),
                            List.of(View.of(1, DType.F32, spec.shape(), 0), View.of(2, DType.I32, spec.shape(), 0)),
                            -1),
                    new double[0],
                    slots);
            assertThat(device.read(slots[2], spec.shape()).ints())
                    .containsExactly(falling ? new int[] {1, 0, 3, 2, 4, 5} : new int[] {4, 5, 2, 0, 3, 1});
            assertThat(device.readDoubles(slots[1])[falling ? 0 : 5]).isNaN();
        }
    }

    @Test
    void matricesOfAnyStridesMultiply() {
        // [2,3] × [3,2], the right one a transposed [2,3]
        Buffer a = buffer(DType.F32, 1, 2, 3, 4, 5, 6);
        Buffer b = buffer(DType.F32, 1, 0, 2, 0, 1, 1);
        Buffer c = device.allocate(DType.F32, 4);
        run(
                new OpKernel(
                        new MatMul(),
                        List.of(
                                View.of(0, DType.F32, Shape.of(2, 3), 0),
                                new View(1, DType.F32, Shape.of(3, 2), 0, new long[] {1, 3})),
                        List.of(View.of(2, DType.F32, Shape.of(2, 2), 0)),
                        -1),
                new double[0],
                a,
                b,
                c);
        assertThat(device.readDoubles(c)).containsExactly(7, 5, 16, 11);
    }

    @Test
    void gatheringAndScattering() {
        List<Spec> specs = List.of(Spec.of(DType.F32, 2, 3), Spec.of(DType.I32, 2, 4));
        double[] x = {1, 2, 3, 4, 5, 6};
        assertThat(op(new Gather(1), specs, buffer(DType.F32, x), buffer(DType.I32, 2, 2, 0, 9, 0, 1, -1, 2)))
                .containsExactly(3, 3, 1, 0, 4, 5, 0, 6);
        specs = List.of(Spec.of(DType.F32, 2, 3), Spec.of(DType.I32, 2, 3));
        assertThat(op(new ScatterAdd(0, 3), specs, buffer(DType.F32, x), buffer(DType.I32, 2, 0, 0, 2, 7, 1)))
                .containsExactly(0, 2, 3, 0, 0, 6, 5, 0, 0);
    }

    @Test
    void windowsAndTheirAdjoint() {
        Window w = new Window(2, 2, 1, 1, 1, 1);
        double[] x = LongStream.rangeClosed(1, 9).asDoubleStream().toArray();
        assertThat(op(new Unfold(w), Shape.of(3, 3), x))
                .containsExactly(1, 2, 4, 5, 2, 3, 5, 6, 4, 5, 7, 8, 5, 6, 8, 9);
        double[] ones = new double[16];
        java.util.Arrays.fill(ones, 1);
        assertThat(op(new Fold(w, 3, 3), Shape.of(2, 2, 2, 2), ones)).containsExactly(1, 2, 1, 2, 4, 2, 1, 2, 1);
    }

    @Test
    void aViewOfAnotherTypeIsRefused() {
        Buffer b = buffer(DType.F32, 1);
        View v = View.of(0, DType.I32, Shape.of(1), 0);
        assertThatThrownBy(
                        () -> run(new OpKernel(new steepest.op.Iota(1), List.of(), List.of(v), -1), new double[0], b))
                .isInstanceOf(IllegalStateException.class);
    }
}

package steepest.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import steepest.DType;
import steepest.HostArray;
import steepest.Rng;
import steepest.Shape;
import steepest.backend.BackendDevice;
import steepest.backend.Buffer;
import steepest.backend.Executable;
import steepest.backend.Executable.Arguments;
import steepest.backend.Kernel;
import steepest.backend.Kernel.Element;
import steepest.backend.Kernel.Instruction;
import steepest.backend.Kernel.PointwiseKernel;
import steepest.backend.Kernel.ScalarArgument;
import steepest.backend.Kernel.Store;
import steepest.backend.Schedule;
import steepest.backend.View;
import steepest.op.ScalarOp;

/** Loops that run as segments of one launch give the bits that they give one by one. */
@Tag("opencl")
class SegmentLoweringTest {
    private static final Arguments RATE = new Arguments(new double[] {0.3}, new Rng.Key[0], 0);

    /** The number of elements of a slot. */
    private static final int ROOM = 5000;

    static List<String> configurations() {
        return OpenCl.configurations();
    }

    /** w ← w − s₀ · √g², with g from one slot at an offset and w in place. */
    private static PointwiseKernel update(int w, int g, long offset, Shape shape) {
        View weight = View.of(w, DType.F32, shape, 0);
        return new PointwiseKernel(
                shape,
                List.of(
                        new Element(weight),
                        new Element(View.of(g, DType.F32, shape, offset)),
                        new ScalarArgument(0, DType.F32)),
                List.of(
                        new Instruction(ScalarOp.SQUARE, List.of(1), DType.F32),
                        new Instruction(ScalarOp.SQRT, List.of(3), DType.F32),
                        new Instruction(ScalarOp.MUL, List.of(4, 2), DType.F32),
                        new Instruction(ScalarOp.SUB, List.of(0, 5), DType.F32)),
                List.of(new Store(weight, 6)));
    }

    private record Outcome(List<HostArray> values, long launches) {}

    /** Runs schedules one after the other, twice. */
    private static Outcome run(BackendDevice device, int slots, List<List<Kernel>> schedules) {
        Buffer[] buffers = new Buffer[slots];
        for (int i = 0; i < slots; i++) {
            float[] values = new float[ROOM];
            for (int j = 0; j < ROOM; j++) values[j] = (j * 37 + i * 11) % 101 / 7f - 6;
            buffers[i] = device.allocate(DType.F32, ROOM);
            device.write(HostArray.of(values, Shape.of(ROOM)), buffers[i]);
        }
        List<DType> types = java.util.Collections.nCopies(slots, DType.F32);
        long before = device.launches();
        for (List<Kernel> kernels : schedules)
            try (Executable e = device.compile(new Schedule(kernels, types))) {
                e.run(buffers, RATE);
            }
        long launches = device.launches() - before;
        for (List<Kernel> kernels : schedules)
            try (Executable e = device.compile(new Schedule(kernels, types))) {
                e.run(buffers, RATE);
            }
        List<HostArray> values = new ArrayList<>();
        for (Buffer b : buffers) {
            values.add(device.read(b, Shape.of(ROOM)));
            b.free();
        }
        return new Outcome(values, launches);
    }

    private static void same(String configuration, int slots, List<Kernel> kernels, long launches) {
        BackendDevice device = OpenCl.device(configuration);
        Outcome together = run(device, slots, List.of(kernels));
        Outcome apart = run(device, slots, kernels.stream().map(List::of).toList());
        assertThat(together.values()).isEqualTo(apart.values());
        assertThat(together.launches()).isEqualTo(launches);
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void updatesOfAllShapesAreOneLaunch(String configuration) {
        List<Shape> shapes = List.of(
                Shape.of(1), Shape.of(6, 1, 5, 5), Shape.of(0, 3), Shape.SCALAR, Shape.of(4097), Shape.of(3, 7));
        List<Kernel> kernels = new ArrayList<>();
        for (int i = 0; i < shapes.size(); i++) kernels.add(update(i, shapes.size(), 5 * i, shapes.get(i)));
        same(configuration, shapes.size() + 1, kernels, 1);
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void moreThanOneLaunchTakesAreSeveral(String configuration) {
        List<Kernel> kernels = new ArrayList<>();
        IntStream.range(0, 70).forEach(i -> kernels.add(update(i, 70, i, Shape.of(1 + i % 9))));
        same(configuration, 71, kernels, 2);
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void aLoopThatNeedsAnothersResultWaitsForIt(String configuration) {
        Shape s = Shape.of(67);
        same(configuration, 3, List.of(update(0, 2, 0, s), update(1, 0, 66, s)), 2);
        same(configuration, 3, List.of(update(1, 0, 66, s), update(0, 2, 0, s)), 2);
        same(configuration, 3, List.of(update(1, 0, 67, s), update(0, 2, 0, s)), 1);
    }
}

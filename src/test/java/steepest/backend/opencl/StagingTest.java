package steepest.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
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
import steepest.backend.Kernel.OpKernel;
import steepest.backend.Schedule;
import steepest.backend.View;
import steepest.op.Reduce;

/** Copies under way while the array they came from is written again. */
@Tag("opencl")
class StagingTest {
    private static final Arguments NONE = new Arguments(new double[0], new Rng.Key[0], 0);

    static Stream<String> bindings() {
        return Stream.of(
                OpenCl.configurations().get(0),
                OpenCl.configurations().get(OpenCl.configurations().size() - 1));
    }

    /** 24 arrays of 2.5 slots each through one Java array, so that the ring goes round several times. */
    @ParameterizedTest
    @MethodSource("bindings")
    void manyWritesOfOneArrayThatChanges(String configuration) {
        BackendDevice device = OpenCl.device(configuration);
        int n = 5 << 17;
        int[] numbers = new int[n];
        HostArray array = HostArray.of(numbers, Shape.of(n));
        List<Buffer> buffers = new ArrayList<>();
        for (int k = 0; k < 24; k++) {
            for (int i = 0; i < n; i++) numbers[i] = i * 31 + k;
            Buffer b = device.allocate(DType.I32, n);
            device.write(array, b);
            buffers.add(b);
            // a read takes its turn in the ring, of the same slots
            if (k % 5 == 4) expect(device, buffers.get(k - 3), n, k - 3);
        }
        Arrays.fill(numbers, -1);
        for (int k = 0; k < buffers.size(); k++) expect(device, buffers.get(k), n, k);
        buffers.forEach(Buffer::free);
    }

    private static void expect(BackendDevice device, Buffer b, int n, int k) {
        int[] seen = device.read(b, Shape.of(n)).ints();
        for (int i = 0; i < n; i++)
            if (seen[i] != i * 31 + k)
                assertThat(seen[i]).as("array %d at %d", k, i).isEqualTo(i * 31 + k);
    }

    /** One buffer written again behind a kernel that is still to read what was in it before. */
    @ParameterizedTest
    @MethodSource("bindings")
    void writesStayInOrderWithWhatIsComputed(String configuration) {
        BackendDevice device = OpenCl.device(configuration);
        int n = 1 << 20;
        int rounds = 20;
        float[] numbers = new float[n];
        HostArray array = HostArray.of(numbers, Shape.of(n));
        Buffer x = device.allocate(DType.F32, n);
        Buffer sums = device.allocate(DType.F32, rounds);
        List<Executable> programs = new ArrayList<>();
        for (int k = 0; k < rounds; k++) {
            View in = View.of(0, DType.F32, Shape.of(n), 0);
            View out = View.of(1, DType.F32, Shape.of(), k);
            OpKernel sum = new OpKernel(new Reduce(Reduce.Kind.SUM, List.of(0)), List.of(in), List.of(out), -1);
            programs.add(device.compile(new Schedule(List.of(sum), List.of(DType.F32, DType.F32))));
        }
        for (int k = 0; k < rounds; k++) {
            Arrays.fill(numbers, k);
            device.write(array, x);
            programs.get(k).run(new Buffer[] {x, sums}, NONE);
        }
        double[] seen = device.read(sums, Shape.of(rounds)).toDoubles();
        for (int k = 0; k < rounds; k++) assertThat(seen[k]).isEqualTo((double) k * n);
        programs.forEach(Executable::close);
        x.free();
        sums.free();
    }
}

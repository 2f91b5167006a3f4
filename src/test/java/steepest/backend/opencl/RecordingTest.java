package steepest.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import steepest.DType;
import steepest.HostArray;
import steepest.Recorder;
import steepest.Recorder.Row;
import steepest.Recorder.Span;
import steepest.Recorder.Times;
import steepest.Rng;
import steepest.Shape;
import steepest.backend.BackendDevice;
import steepest.backend.Buffer;
import steepest.backend.Executable;
import steepest.backend.Executable.Arguments;
import steepest.backend.Kernel.OpKernel;
import steepest.backend.Schedule;
import steepest.backend.View;
import steepest.backend.opencl.binding.Bindings;
import steepest.backend.opencl.binding.Cl;
import steepest.op.MatMul;
import steepest.op.Reduce;

@Tag("opencl")
class RecordingTest {
    static Stream<String> bindings() {
        return Stream.of(
                OpenCl.configurations().get(0),
                OpenCl.configurations().get(OpenCl.configurations().size() - 1));
    }

    private static final Arguments NONE = new Arguments(new double[0], new Rng.Key[0], 0);
    private static final int N = 64;

    /** The sum of a product, before, during and after a recording, on a device that was open all the while. */
    @ParameterizedTest
    @MethodSource("bindings")
    void commandsAreRecordedWithTheirTimesOnTheHostsClock(String configuration) {
        BackendDevice device = OpenCl.device(configuration);
        float[] numbers = new float[N * N];
        for (int i = 0; i < numbers.length; i++) numbers[i] = i % 7 - 3;
        HostArray a = HostArray.of(numbers, Shape.of(N, N));
        Buffer[] slots = {
            device.allocate(DType.F32, N * N), device.allocate(DType.F32, N * N), device.allocate(DType.F32, 1)
        };
        View x = View.of(0, DType.F32, Shape.of(N, N), 0);
        View y = View.of(1, DType.F32, Shape.of(N, N), 0);
        View sum = View.of(2, DType.F32, Shape.of(), 0);
        Schedule schedule = new Schedule(
                List.of(
                        new OpKernel(new MatMul(), List.of(x, x), List.of(y), -1),
                        new OpKernel(new Reduce(Reduce.Kind.SUM, List.of(0, 1)), List.of(y), List.of(sum), -1)),
                List.of(DType.F32, DType.F32, DType.F32));
        List<Span> spans;
        List<Row> rows;
        long before;
        long after;
        try (Executable e = device.compile(schedule)) {
            HostArray plain = once(device, e, a, slots);
            before = System.nanoTime();
            Recorder ended;
            try (Recorder r = Recorder.start()) {
                ended = r;
                assertThat(once(device, e, a, slots)).isEqualTo(plain);
                e.run(slots, NONE); // still under way when the recording ends
            }
            after = System.nanoTime();
            spans = ended.spans();
            rows = ended.rows();
            assertThat(once(device, e, a, slots)).isEqualTo(plain);
            assertThat(ended.spans()).hasSameSizeAs(spans);
        }
        for (Buffer b : slots) b.free();
        assertThat(rows)
                .extracting(Row::name)
                .containsExactlyInAnyOrder("upload", "matmul [64,64] [64,64]", "sum [64,64]", "download");
        for (Row row : rows) {
            boolean kernel = row.lane() == Recorder.Lane.KERNELS;
            assertThat(row.calls()).as(row.name()).isEqualTo(kernel ? 2 : 1);
            assertThat(row.device()).isEqualTo(device.info().id());
            if (row.name().startsWith("matmul")) assertThat(row.flops()).isEqualTo(2 * 2L * N * N * N);
            if (row.name().equals("upload")) assertThat(row.bytes()).isEqualTo(4 * N * N);
        }
        // the error of comparing two clocks: the host may have been busy elsewhere meanwhile
        long slack = 50_000_000;
        long end = before - slack;
        for (Span s : spans) {
            Times t = s.times();
            assertThat(t.queued()).isLessThanOrEqualTo(t.submitted());
            assertThat(t.submitted()).isLessThanOrEqualTo(t.started());
            assertThat(t.started()).isLessThanOrEqualTo(t.ended()).isGreaterThanOrEqualTo(end);
            end = t.ended();
        }
        assertThat(end).isLessThan(after + slack);
    }

    private static HostArray once(BackendDevice device, Executable e, HostArray a, Buffer[] slots) {
        device.write(a, slots[0]);
        e.run(slots, NONE);
        return device.read(slots[2], Shape.of());
    }

    /** More commands than are left pending, none of them waited for. */
    @ParameterizedTest
    @MethodSource("bindings")
    void aLongRunIsReadAsItGoes(String configuration) {
        BackendDevice device = OpenCl.device(configuration);
        Buffer[] slots = {device.allocate(DType.F32, 8), device.allocate(DType.F32, 1)};
        device.write(HostArray.of(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, Shape.of(8)), slots[0]);
        View x = View.of(0, DType.F32, Shape.of(8), 0);
        View y = View.of(1, DType.F32, Shape.of(), 0);
        OpKernel sum = new OpKernel(new Reduce(Reduce.Kind.SUM, List.of(0)), List.of(x), List.of(y), -1);
        try (Executable e = device.compile(new Schedule(List.of(sum), List.of(DType.F32, DType.F32)));
                Recorder r = Recorder.start()) {
            for (int i = 0; i < 5000; i++) e.run(slots, NONE);
            assertThat(r.rows().get(0).calls()).isBetween(2000L, 4999L);
            r.settle();
            assertThat(r.rows().get(0).calls()).isEqualTo(5000);
            assertThat(device.read(slots[1], Shape.of()).toDoubles()).containsExactly(36);
        }
        for (Buffer b : slots) b.free();
    }

    /** The two ways to compare clocks find the same offset. */
    @ParameterizedTest
    @ValueSource(strings = {"lwjgl", "jocl"})
    void theClocksAgreeHoweverTheyAreCompared(String binding) {
        OpenCl.first(OpenCl.backend(binding)); // skips where there is none
        Cl cl = Bindings.load(binding).cl();
        Cl.DeviceId id = cl.devices(cl.platforms().get(0)).get(0);
        Cl.Context context = cl.createContext(id);
        Cl.Queue queue = cl.createQueue(context, id, true);
        DeviceClock clock = new DeviceClock(cl, context, id, queue);
        clock.byCopy();
        long byCopy = clock.host(0);
        long error = clock.error();
        assertThat(error).isPositive();
        if (clock.byTimer()) assertThat(clock.host(0)).isCloseTo(byCopy, within(2 * (error + clock.error()) + 10_000));
        cl.release(queue);
        cl.release(context);
    }
}

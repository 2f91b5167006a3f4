package steepest.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import steepest.DType;
import steepest.DeviceInfo;
import steepest.HostArray;
import steepest.Rng;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.backend.Buffer;
import steepest.backend.Executable;
import steepest.backend.Kernel.Element;
import steepest.backend.Kernel.Instruction;
import steepest.backend.Kernel.PointwiseKernel;
import steepest.backend.Kernel.Store;
import steepest.backend.OutOfDeviceMemory;
import steepest.backend.Schedule;
import steepest.backend.View;
import steepest.op.ScalarOp;

@Tag("backend")
class CpuDeviceTest {
    private final CpuDevice device = Harness.VECTOR_2;

    @Test
    void tellsWhatItIs() {
        CpuBackend backend = new CpuBackend();
        assertThat(backend.kind()).isEqualTo("cpu");
        DeviceInfo info = backend.devices().get(0);
        assertThat(info.id()).isEqualTo("cpu");
        assertThat(info.type()).isEqualTo("CPU");
        assertThat(info.name()).isNotBlank();
        assertThat(info.memoryBytes()).isPositive();
        assertThat(info.version()).contains(Simd.best().bits() == 0 ? "plain loops" : "-bit vectors");
        assertThat(Simd.best().bits() > 0).isEqualTo(Simd.hasVectorModule());
        assertThatThrownBy(() -> backend.open(new DeviceInfo("cpu:7", "CPU", "x", 1, 1, "", "java")))
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining("cpu:7");
    }

    @Test
    void wrongNumbersOfThreadsAreRefused() {
        for (String n : List.of("0", "-3", "two", "1.5", "99999")) {
            System.setProperty("steepest.threads", n);
            try {
                assertThatThrownBy(() -> new CpuBackend().devices())
                        .isInstanceOf(SteepestException.class)
                        .hasMessageContaining("steepest.threads")
                        .hasMessageContaining("'" + n + "'");
            } finally {
                System.clearProperty("steepest.threads");
            }
        }
    }

    @Test
    void keepsWhatIsWritten() {
        for (DType t : List.of(DType.F32, DType.I32, DType.U8, DType.BOOL)) {
            HostArray a = HostArray.zeros(Spec.of(t, 2, 3));
            for (int i = 0; i < 6; i++) a.set(i, t == DType.BOOL ? i % 2 : i * 40);
            Buffer b = device.allocate(t, 8);
            device.write(a, b);
            assertThat(device.read(b, Shape.of(2, 3))).isEqualTo(a);
            Buffer shared = device.wrap(a).orElseThrow();
            a.set(0, 1);
            assertThat(device.read(shared, Shape.of(2, 3))).isEqualTo(a);
            b.free();
            assertThatThrownBy(() -> device.read(b, Shape.of(1)))
                    .isInstanceOf(SteepestException.class)
                    .hasMessageContaining("freed");
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        Buffer b = device.allocate(DType.F32, 4);
        assertThatThrownBy(() -> device.write(HostArray.zeros(Spec.of(DType.F32, 5)), b))
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining("f32[5]");
        assertThatThrownBy(() -> device.write(HostArray.zeros(Spec.of(DType.I32, 4)), b))
                .isInstanceOf(SteepestException.class);
        assertThatThrownBy(() -> device.read(b, Shape.of(5))).isInstanceOf(SteepestException.class);
        assertThat(device.supports(DType.F64)).isFalse();
        assertThat(device.wrap(HostArray.zeros(Spec.of(DType.F64, 1)))).isEmpty();
        assertThatThrownBy(() -> device.allocate(DType.F64, 1))
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining("f64");
    }

    @Test
    void tellsWhenMemoryIsOut() {
        assertThatThrownBy(() -> device.allocate(DType.F32, 1L << 40)).isInstanceOf(OutOfDeviceMemory.class);
        long most = Runtime.getRuntime().maxMemory() / 4;
        if (most < Integer.MAX_VALUE - 8)
            assertThatThrownBy(() -> device.allocate(DType.F32, Integer.MAX_VALUE - 8))
                    .isInstanceOf(OutOfDeviceMemory.class)
                    .hasMessageContaining("-Xmx");
    }

    /** The same bits from the first run, in the interpreter, to runs long after everything is compiled. */
    @Test
    void coldAndWarmRunsAgree() {
        int n = 300;
        View x = View.of(0, DType.F32, Shape.of(n), 0);
        View y = View.of(1, DType.F32, Shape.of(n), 0);
        PointwiseKernel k = new PointwiseKernel(
                Shape.of(n),
                List.of(new Element(x)),
                List.of(
                        new Instruction(ScalarOp.ATAN, List.of(0), DType.F32),
                        new Instruction(ScalarOp.TANH, List.of(1), DType.F32),
                        new Instruction(ScalarOp.DIV, List.of(2, 0), DType.F32),
                        new Instruction(ScalarOp.MIN, List.of(3, 0), DType.F32),
                        new Instruction(ScalarOp.EXP, List.of(4), DType.F32)),
                List.of(new Store(y, 5)));
        Buffer[] slots = {device.wrap(Harness.floats(1, n)).orElseThrow(), device.allocate(DType.F32, n)};
        try (CpuDevice fresh = CpuBackend.open(1, Simd.best());
                Executable e = fresh.compile(new Schedule(List.of(k), List.of(DType.F32, DType.F32)))) {
            Executable.Arguments none = new Executable.Arguments(new double[0], new Rng.Key[0], 0);
            e.run(slots, none);
            HostArray cold = fresh.read(slots[1], Shape.of(n));
            for (int i = 0; i < 20_000; i++) e.run(slots, none);
            assertThat(fresh.read(slots[1], Shape.of(n))).isEqualTo(cold);
            assertThat(fresh.launches()).isEqualTo(20_001);
            assertThat(fresh.kernelBuilds()).isOne();
        }
    }
}

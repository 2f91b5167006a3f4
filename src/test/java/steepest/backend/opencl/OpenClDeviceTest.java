package steepest.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import steepest.DType;
import steepest.DeviceInfo;
import steepest.HostArray;
import steepest.Philox;
import steepest.Rng;
import steepest.Shape;
import steepest.backend.BackendDevice;
import steepest.backend.Buffer;
import steepest.backend.Executable;
import steepest.backend.Executable.Arguments;
import steepest.backend.Kernel;
import steepest.backend.Kernel.Element;
import steepest.backend.Kernel.Instruction;
import steepest.backend.Kernel.LiteralValue;
import steepest.backend.Kernel.OpKernel;
import steepest.backend.Kernel.PointwiseKernel;
import steepest.backend.Kernel.ScalarArgument;
import steepest.backend.Kernel.Store;
import steepest.backend.OutOfDeviceMemory;
import steepest.backend.Schedule;
import steepest.backend.View;
import steepest.backend.opencl.binding.Bindings;
import steepest.backend.opencl.binding.Cl;
import steepest.op.MatMul;
import steepest.op.Random;
import steepest.op.ScalarOp;

@Tag("opencl")
class OpenClDeviceTest {
    static List<String> configurations() {
        return OpenCl.configurations();
    }

    static Stream<String> bindings() {
        return Stream.of(
                OpenCl.configurations().get(0),
                OpenCl.configurations().get(OpenCl.configurations().size() - 1));
    }

    private static final Arguments NONE = new Arguments(new double[0], new Rng.Key[0], 0);

    @ParameterizedTest
    @MethodSource("bindings")
    void arraysGoThereAndBack(String configuration) {
        BackendDevice device = OpenCl.device(configuration);
        int[] ints = IntStream.range(0, 1_000_003).map(i -> i * 31 - 7).toArray();
        float[] floats = new float[300_001];
        for (int i = 0; i < floats.length; i++) floats[i] = i * 0.25f - 1;
        byte[] bytes = {0, 1, -1, 127, -128};
        for (HostArray a : List.of(
                HostArray.of(ints, Shape.of(ints.length)),
                HostArray.of(floats, Shape.of(floats.length)),
                HostArray.of(DType.U8, bytes, Shape.of(5)),
                HostArray.of(new float[0], Shape.of(0, 3)))) {
            Buffer b = device.allocate(a.dtype(), a.size() + 3);
            device.write(a, b);
            assertThat(device.read(b, a.shape())).isEqualTo(a);
            b.free();
        }
    }

    /** A device that gives the kernels of tiles work-groups of 64 at most, and of 256 to others. */
    private static OpenClDevice ofSmallTiles() {
        DeviceInfo info = OpenCl.first(OpenCl.backend("lwjgl"));
        Cl cl = Bindings.load("lwjgl").cl();
        Set<Object> tiled = new HashSet<>();
        Cl small = ProgramCacheTest.proxy(cl, (method, args) -> {
            if (method.getName().equals("workGroupInfo")) return tiled.contains(args[0]) ? 64L : 256L;
            if (!method.getName().equals("createKernel")) return null;
            Object kernel = method.invoke(cl, args);
            if (((String) args[1]).startsWith("matmul")) tiled.add(kernel);
            return kernel;
        });
        return new OpenClDevice(
                small,
                cl.devices(cl.platforms().get(0)).get(0),
                info,
                Tuning.of("gpu"),
                new ProgramCache(OpenCl.cache()));
    }

    private static float[] product(OpenClDevice device, int m, int k, int n) {
        float[] numbers = new float[Math.max(m, n) * k];
        for (int i = 0; i < numbers.length; i++) numbers[i] = Philox.uniform(i * 0x9E3779B9);
        View x = View.of(0, DType.F32, Shape.of(m, k), 0);
        View v = View.of(0, DType.F32, Shape.of(k, n), 0);
        View y = View.of(1, DType.F32, Shape.of(m, n), 0);
        Buffer[] slots = {device.allocate(DType.F32, numbers.length), device.allocate(DType.F32, m * n)};
        device.write(HostArray.of(numbers, Shape.of(numbers.length)), slots[0]);
        Kernel kernel = new OpKernel(new MatMul(), List.of(x, v), List.of(y), -1);
        try (Executable e = device.compile(new Schedule(List.of(kernel), List.of(DType.F32, DType.F32)))) {
            e.run(slots, NONE);
            return device.read(slots[1], y.shape()).floats();
        } finally {
            for (Buffer b : slots) b.free();
        }
    }

    /** That a kernel's limit lies below the device's is learned from one program, and changes the bits of no other. */
    @Test
    void noBitDependsOnWhatWasCompiledBefore() {
        OpenClDevice fresh = ofSmallTiles();
        float[] alone = product(fresh, 40, 5000, 1);
        fresh.close();
        OpenClDevice used = ofSmallTiles();
        product(used, 512, 64, 512);
        float[] after = product(used, 40, 5000, 1);
        used.close();
        assertThat(after).isEqualTo(alone);
    }

    @ParameterizedTest
    @MethodSource("bindings")
    void memoryHasAnEnd(String configuration) {
        BackendDevice device = OpenCl.device(configuration);
        assertThatThrownBy(() -> device.allocate(DType.F32, device.maxBufferBytes(DType.F32) / 4 + 1))
                .isInstanceOf(OutOfDeviceMemory.class)
                .hasMessageContaining("cannot allocate")
                .hasMessageContaining("device limits: work-group");
        Buffer b = device.allocate(DType.I32, 4);
        assertThatThrownBy(() -> device.write(HostArray.of(new float[4], Shape.of(4)), b))
                .hasMessage("opencl: cannot write 4 f32, the buffer holds 4 i32");
        assertThatThrownBy(() -> device.read(b, Shape.of(5)))
                .hasMessage("opencl: cannot read 5 i32, the buffer holds 4 i32");
        b.free();
        assertThatThrownBy(() -> device.read(b, Shape.of(4))).hasMessageContaining("after it had been freed");
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void randomBitsAreThoseOfJava(String configuration) {
        BackendDevice device = OpenCl.device(configuration);
        for (int n : new int[] {1, 3, 4, 5, 1023}) {
            Rng.Key key = new Rng.Key(0x123456789ABCDEFL, 17);
            Kernel bits = new OpKernel(
                    new Random(Random.Kind.BITS, Shape.of(n)),
                    List.of(),
                    List.of(View.of(0, DType.I32, Shape.of(n), 3)),
                    1);
            Kernel uniform = new OpKernel(
                    new Random(Random.Kind.UNIFORM, Shape.of(n)),
                    List.of(),
                    List.of(View.of(1, DType.F32, Shape.of(n), 0)),
                    0);
            Buffer[] slots = {device.allocate(DType.I32, n + 3), device.allocate(DType.F32, n)};
            try (Executable e = device.compile(new Schedule(List.of(bits, uniform), List.of(DType.I32, DType.F32)))) {
                for (int run = 0; run < 2; run++) {
                    Rng.Key[] keys = {new Rng.Key(-5, 2), key};
                    e.run(slots, new Arguments(new double[0], keys, run));
                    int[] expected = new int[n];
                    Philox.bits(key, run, 0, n, expected, 0);
                    int[] got = device.read(slots[0], Shape.of(n + 3)).ints();
                    assertThat(java.util.Arrays.copyOfRange(got, 3, n + 3)).isEqualTo(expected);
                    Philox.bits(keys[0], run, 0, n, expected, 0);
                    float[] floats = device.read(slots[1], Shape.of(n)).floats();
                    for (int i = 0; i < n; i++) assertThat(floats[i]).isEqualTo(Philox.uniform(expected[i]));
                }
            }
            for (Buffer b : slots) b.free();
        }
    }

    /** x·s + (3, 5, …) read through eight axes, one of them backwards, one repeated; s changes from run to run. */
    @ParameterizedTest
    @MethodSource("configurations")
    void eightAxesAnyStridesAndNumbersOfTheRun(String configuration) {
        BackendDevice device = OpenCl.device(configuration);
        int[] dims = {2, 3, 1, 2, 2, 3, 2, 5};
        Shape space = Shape.of(dims);
        long[] strides = {1, -2, 77, 6, 0, 12, 36, 72};
        View x = new View(0, DType.F32, space, 4, strides);
        View y = View.of(1, DType.F32, space, 1);
        Kernel k = new PointwiseKernel(
                space,
                List.of(new Element(x), new ScalarArgument(0, DType.F32), new LiteralValue(0.1, DType.F32)),
                List.of(
                        new Instruction(ScalarOp.MUL, List.of(0, 1), DType.F32),
                        new Instruction(ScalarOp.ADD, List.of(3, 2), DType.F32)),
                List.of(new Store(y, 4)));
        float[] data = new float[400];
        for (int i = 0; i < data.length; i++) data[i] = i;
        int n = space.intSize();
        Buffer[] slots = {device.allocate(DType.F32, data.length), device.allocate(DType.F32, n + 1)};
        device.write(HostArray.of(data, Shape.of(data.length)), slots[0]);
        try (Executable e = device.compile(new Schedule(List.of(k), List.of(DType.F32, DType.F32)))) {
            for (float s : new float[] {2, -0.5f}) {
                e.run(slots, new Arguments(new double[] {s}, new Rng.Key[0], 0));
                float[] got = device.read(slots[1], Shape.of(n + 1)).floats();
                for (int i = 0; i < n; i++) {
                    long at = 4;
                    int rest = i;
                    for (int d = 7; d >= 0; d--) {
                        at += rest % dims[d] * strides[d];
                        rest /= dims[d];
                    }
                    assertThat(got[i + 1]).isEqualTo(data[(int) at] * s + 0.1f);
                }
            }
        }
        for (Buffer b : slots) b.free();
    }

    private static Schedule square() {
        View x = View.of(0, DType.F32, Shape.of(7), 0);
        Kernel k = new PointwiseKernel(
                Shape.of(7),
                List.of(new Element(x)),
                List.of(new Instruction(ScalarOp.SQUARE, List.of(0), DType.F32)),
                List.of(new Store(x, 1)));
        return new Schedule(List.of(k, k), List.of(DType.F32));
    }

    @ParameterizedTest
    @MethodSource("bindings")
    void aScheduleIsBuiltOnceAndItsMemoryMayChange(String configuration) {
        BackendDevice device = OpenCl.device(configuration);
        try (Executable e = device.compile(square())) {
            long builds = device.kernelBuilds();
            long launches = device.launches();
            for (int i = 0; i < 3; i++) {
                Buffer b = device.allocate(DType.F32, 7);
                device.write(HostArray.of(new float[] {0, 1, 2, 3, 4, 5, i}, Shape.of(7)), b);
                e.run(new Buffer[] {b}, NONE);
                assertThat(device.read(b, Shape.of(7)).floats())
                        .containsExactly(0, 1, 16, 81, 256, 625, (float) Math.pow(i, 4));
                b.free();
            }
            assertThat(device.kernelBuilds()).isEqualTo(builds);
            assertThat(device.launches()).isEqualTo(launches + 6);
        }
    }

    @Test
    void compiledProgramsAreKeptAndDamagedOnesBuiltAgain(@TempDir Path dir) throws IOException {
        OpenClBackend backend = new OpenClBackend(() -> Bindings.load("lwjgl"), new ProgramCache(dir));
        DeviceInfo info = OpenCl.first(backend);
        for (String state : List.of("new", "kept", "damaged", "cut short")) {
            try (BackendDevice device = backend.open(info);
                    Executable e = device.compile(square())) {
                Buffer b = device.allocate(DType.F32, 7);
                device.write(HostArray.of(new float[] {3, 3, 3, 3, 3, 3, 3}, Shape.of(7)), b);
                e.run(new Buffer[] {b}, NONE);
                assertThat(device.read(b, Shape.of(7)).get(6)).as(state).isEqualTo(81);
            }
            Path entry = onlyFile(dir);
            byte[] bytes = Files.readAllBytes(entry);
            assertThat(new ProgramCache(dir).find(entry.getFileName().toString()))
                    .as(state)
                    .isPresent();
            if (state.equals("kept")) bytes[bytes.length / 2] ^= 1;
            if (state.equals("damaged")) bytes = java.util.Arrays.copyOf(bytes, bytes.length / 2);
            Files.write(entry, bytes);
        }
    }

    private static Path onlyFile(Path dir) throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            List<Path> all = files.toList();
            assertThat(all).hasSize(1);
            return all.get(0);
        }
    }

    @Test
    void aDeviceThatIsNotThereIsRefusedWithTheListOfThoseThatAre() {
        OpenClBackend backend = OpenCl.backend("lwjgl");
        DeviceInfo first = OpenCl.first(backend);
        assertThat(first.id()).matches("opencl:\\d+\\.\\d+");
        assertThat(first.binding()).isEqualTo("lwjgl");
        assertThat(backend.trouble()).isEmpty();
        DeviceInfo none = new DeviceInfo("opencl:7.3", "GPU", "none", 1, 1, "", "lwjgl");
        assertThatThrownBy(() -> backend.open(none))
                .hasMessageStartingWith("there is no device opencl:7.3; there are [opencl:");
    }
}

package steepest.backend.opencl.binding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import steepest.SteepestException;

/** Every call of the seam, over each binding. */
@Tag("opencl")
class BindingsTest {
    private static final String SCALE =
            "kernel void scale(global float *x, const ulong offset, const float by, const int n) {"
                    + " if (get_global_id(0) < n) x[offset + get_global_id(0)] *= by; }";

    private static Cl binding(String name) {
        Bindings.Loaded loaded = Bindings.load(name);
        String why = loaded.trouble();
        if (why.isEmpty() && loaded.cl().platforms().isEmpty()) why = "no OpenCL driver";
        if (!why.isEmpty() && (Boolean.getBoolean("steepest.requireOpenCL") || "true".equals(System.getenv("CI"))))
            throw new AssertionError(why);
        assumeTrue(why.isEmpty(), why);
        return loaded.cl();
    }

    @ParameterizedTest
    @ValueSource(strings = {"lwjgl", "jocl"})
    void runsAKernel(String name) {
        Cl cl = binding(name);
        assertThat(cl.binding()).isEqualTo(name);
        Cl.Platform platform = cl.platforms().get(0);
        assertThat(cl.string(platform, Cl.PLATFORM_VERSION)).startsWith("OpenCL ");
        Cl.DeviceId device = cl.devices(platform).get(0);
        assertThat(cl.number(device, Cl.DEVICE_GLOBAL_MEM_SIZE)).isGreaterThan(1 << 20);
        assertThat(cl.number(device, Cl.DEVICE_ENDIAN_LITTLE)).isEqualTo(1);
        Cl.Context context = cl.createContext(device);
        Cl.Queue queue = cl.createQueue(context, device, false);
        Cl.Mem mem = cl.createBuffer(context, 64);
        Cl.ClProgram program = cl.createProgram(context, SCALE);
        cl.build(program, device, "");
        byte[] binary = cl.binary(program);
        assertThat(binary).isNotEmpty();
        Cl.ClProgram again = cl.createProgram(context, device, binary);
        cl.build(again, device, "");
        Cl.ClKernel kernel = cl.createKernel(again, "scale");
        assertThat(cl.workGroupInfo(kernel, device, Cl.KERNEL_WORK_GROUP_SIZE)).isPositive();

        ByteBuffer values = ByteBuffer.allocateDirect(64).order(ByteOrder.nativeOrder());
        for (int i = 0; i < 16; i++) values.putFloat(4 * i, i);
        Cl.Event written = cl.write(queue, mem, 0, values);
        cl.setArg(kernel, 0, mem);
        cl.setArg(kernel, 1, 4L);
        cl.setArg(kernel, 2, 0.5f);
        cl.setArg(kernel, 3, 3);
        cl.enqueue(queue, kernel, new long[] {4}, new long[] {2});
        cl.flush(queue);
        cl.await(written);
        cl.release(written);
        ByteBuffer back = ByteBuffer.allocateDirect(32).order(ByteOrder.nativeOrder());
        cl.read(queue, mem, 12, back);
        float[] seen = new float[8];
        back.asFloatBuffer().get(seen);
        assertThat(seen).containsExactly(3, 2, 2.5f, 3, 7, 8, 9, 10);
        cl.finish(queue);
        for (Cl.Handle h : new Cl.Handle[] {kernel, again, program, mem, queue, context}) cl.release(h);
    }

    @ParameterizedTest
    @ValueSource(strings = {"lwjgl", "jocl"})
    void aFailureNamesTheCallAndTheCode(String name) {
        Cl cl = binding(name);
        Cl.DeviceId device = cl.devices(cl.platforms().get(0)).get(0);
        Cl.Context context = cl.createContext(device);
        Cl.ClProgram broken = cl.createProgram(context, "kernel void f(global float *x) { x[0] = nonsense; }");
        assertThatThrownBy(() -> cl.build(broken, device, ""))
                .isInstanceOf(ClException.class)
                .hasMessageContaining("clBuildProgram failed")
                .hasMessageContaining("CL_BUILD_PROGRAM_FAILURE (-11)");
        assertThat(cl.buildLog(broken, device)).contains("nonsense");
        assertThatThrownBy(() -> cl.createBuffer(context, 0)).hasMessageContaining("CL_INVALID_BUFFER_SIZE (-61)");
        cl.release(broken);
        cl.release(context);
    }

    @ParameterizedTest
    @ValueSource(strings = {"lwjgl", "jocl"})
    void dividesADevice(String name) {
        Cl cl = binding(name);
        Cl.DeviceId device = cl.devices(cl.platforms().get(0)).get(0);
        long units = cl.number(device, Cl.DEVICE_MAX_COMPUTE_UNITS);
        long[] ways = cl.words(device, Cl.DEVICE_PARTITION_PROPERTIES);
        assumeTrue(units > 1 && LongStream.of(ways).anyMatch(w -> w == Cl.PARTITION_EQUALLY), "a device in one piece");
        var equal = cl.subDevices(device, Cl.PARTITION_EQUALLY, 1);
        assertThat(equal).hasSize((int) units);
        assertThat(cl.number(equal.get(1), Cl.DEVICE_MAX_COMPUTE_UNITS)).isEqualTo(1);
        assertThat(cl.string(equal.get(0), Cl.DEVICE_NAME)).isEqualTo(cl.string(device, Cl.DEVICE_NAME));
        if (LongStream.of(ways).anyMatch(w -> w == Cl.PARTITION_BY_COUNTS)) {
            var counted = cl.subDevices(device, Cl.PARTITION_BY_COUNTS, units - 1, 1, 0);
            assertThat(counted.stream().map(d -> cl.number(d, Cl.DEVICE_MAX_COMPUTE_UNITS)))
                    .containsExactly(units - 1, 1L);
        }
        assertThatThrownBy(() -> cl.subDevices(device, Cl.PARTITION_EQUALLY, units + 1))
                .isInstanceOf(ClException.class)
                .hasMessageContaining("clCreateSubDevices failed");
    }

    @Test
    void bothBindingsSeeTheSameDevices() {
        Cl a = binding("lwjgl");
        Cl b = binding("jocl");
        assertThat(a.platforms()).hasSameSizeAs(b.platforms());
        for (int p = 0; p < a.platforms().size(); p++)
            assertThat(a.devices(a.platforms().get(p)).stream().map(d -> a.string(d, Cl.DEVICE_NAME)))
                    .containsExactlyElementsOf(b.devices(b.platforms().get(p)).stream()
                            .map(d -> b.string(d, Cl.DEVICE_NAME))
                            .toList());
    }

    @Test
    void anUnknownBindingIsRefused() {
        assertThatThrownBy(() -> Bindings.load("jcuda"))
                .isInstanceOf(SteepestException.class)
                .hasMessage("binding: expected lwjgl or jocl, got 'jcuda'");
    }
}

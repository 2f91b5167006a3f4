package steepest.selftest;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import steepest.Device;
import steepest.plan.SteepestEngine;
import steepest.support.Parity;

/**
 * The planner over OpenCL: what {@code ci/prove} leaves out of the table's proof, gradients and memory. Kernels are compiled a
 * family at a time.
 */
@Tag("opencl")
class OpenClParityTest {
    /** The first OpenCL device through a binding, in an engine of its own: a process has one binding otherwise. */
    private static Device open(String binding) {
        String before = System.setProperty("steepest.binding", binding);
        try {
            SteepestEngine engine = new SteepestEngine();
            if (engine.devices().stream().noneMatch(d -> d.id().startsWith("opencl:"))) {
                String message = "no OpenCL device through " + binding + ": parity is not tested";
                if (Boolean.getBoolean("steepest.requireOpenCL") || "true".equals(System.getenv("CI"))) fail(message);
                abort(message);
            }
            return engine.open("opencl");
        } finally {
            if (before == null) System.clearProperty("steepest.binding");
            else System.setProperty("steepest.binding", before);
        }
    }

    /** Of ops that are no plain loops: gradients of those are more of the loops tested already, and slow to compile. */
    @Test
    void gradientsAgreeWithTheReference() {
        try (Device device = open("lwjgl")) {
            for (List<OpCase> family : List.of(ContractionCases.all(), remaining()))
                Parity.allAgreeInOneProgram(
                        device,
                        family.stream()
                                .filter(OpCase::smooth)
                                .map(Parity::gradientsOf)
                                .toList());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lwjgl", "jocl"})
    void memoryComesBack(String binding) {
        try (Device device = open(binding)) {
            Parity.memoryComesBack(device, FusedCases.all());
        }
    }

    @Test
    void aDeviceClassThatDoesNotExistIsRefused() {
        String before = System.setProperty("steepest.opencl.class", "tpu");
        try {
            assertThatThrownBy(() -> open("lwjgl")).hasMessage("steepest.opencl.class: expected cpu or gpu, got 'tpu'");
        } finally {
            if (before == null) System.clearProperty("steepest.opencl.class");
            else System.setProperty("steepest.opencl.class", before);
        }
    }

    /** Fused ops of all kinds. */
    private static List<OpCase> remaining() {
        List<OpCase> all = new java.util.ArrayList<>(OpCases.all());
        List<String> others = List.of(PointwiseCases.all(), MovementCases.all(), ContractionCases.all()).stream()
                .flatMap(List::stream)
                .map(OpCase::name)
                .toList();
        all.removeIf(c -> others.contains(c.name()));
        return all;
    }
}

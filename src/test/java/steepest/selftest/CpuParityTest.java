package steepest.selftest;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import steepest.Device;
import steepest.backend.BackendDevice;
import steepest.backend.cpu.CpuBackend;
import steepest.support.Parity;

/** The CPU backend against the reference. The build runs it twice: on the Vector API, and on plain loops. */
@Tag("backend")
class CpuParityTest {
    static List<OpCase> all() {
        return OpCases.all();
    }

    static Stream<OpCase> smooth() {
        return OpCases.all().stream().filter(OpCase::smooth);
    }

    @ParameterizedTest
    @MethodSource("all")
    void programsAndReplaysAgreeWithTheReference(OpCase c) {
        Parity.programAgrees(Device.cpu(), c);
    }

    @ParameterizedTest
    @MethodSource("all")
    void eagerEvaluationAgreesWithTheReference(OpCase c) {
        Parity.eagerAgrees(Device.cpu(), c);
    }

    @ParameterizedTest
    @MethodSource("smooth")
    void gradientsAgreeWithTheReference(OpCase c) {
        Parity.programAgrees(Device.cpu(), Parity.gradientsOf(c));
    }

    /** Without the planner: each kernel by itself, fused ops by their own kernels and by their meanings. */
    @ParameterizedTest
    @MethodSource("all")
    void kernelsAndMeaningsAgreeWithTheReference(OpCase c) {
        CpuBackend backend = new CpuBackend();
        try (BackendDevice device = backend.open(backend.devices().get(0))) {
            Parity.kernelsAgree(device, c);
        }
    }

    @Test
    void memoryComesBack() {
        Parity.memoryComesBack(Device.cpu(), OpCases.all());
    }

    /** As {@code OpenClParityTest} runs them: everything planned at once. */
    @Test
    void allAgreeInOneProgram() {
        Parity.allAgreeInOneProgram(Device.cpu(), OpCases.all());
        Parity.allAgreeInOneProgram(
                Device.cpu(), smooth().map(Parity::gradientsOf).toList());
    }
}

package steepest.selftest;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import steepest.Device;
import steepest.support.Parity;

/** The planner on the reference device: plans compute what their graphs say. */
class RefParityTest {
    static List<OpCase> all() {
        return OpCases.all();
    }

    static Stream<OpCase> smooth() {
        return OpCases.all().stream().filter(OpCase::smooth);
    }

    @ParameterizedTest
    @MethodSource("all")
    void programsAndReplaysAgreeWithTheGraph(OpCase c) {
        Parity.programAgrees(Device.ref(), c);
    }

    @ParameterizedTest
    @MethodSource("all")
    void eagerEvaluationAgreesWithTheGraph(OpCase c) {
        Parity.eagerAgrees(Device.ref(), c);
    }

    @ParameterizedTest
    @MethodSource("smooth")
    void gradientsAgreeWithTheGraph(OpCase c) {
        Parity.programAgrees(Device.ref(), Parity.gradientsOf(c));
    }

    @Test
    void memoryComesBack() {
        Parity.memoryComesBack(Device.ref(), OpCases.all());
    }
}

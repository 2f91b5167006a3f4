package steepest.backend.opencl;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import steepest.DType;
import steepest.Rng;
import steepest.Shape;
import steepest.SteepestException;
import steepest.backend.Buffer;
import steepest.backend.Executable;
import steepest.backend.Executable.Arguments;
import steepest.backend.View;

/** What a user is told of a kernel that does not compile or cannot be launched; the kernels are planted. */
@Tag("opencl")
class FailureTest {
    static Stream<String> bindings() {
        return Stream.of(
                OpenCl.configurations().get(0),
                OpenCl.configurations().get(OpenCl.configurations().size() - 1));
    }

    private static final Arguments NONE = new Arguments(new double[0], new Rng.Key[0], 0);
    private static final View Y = View.of(0, DType.F32, Shape.of(64), 0);

    private static Unit planted(String family) {
        return Unit.of(family, Map.of());
    }

    @ParameterizedTest
    @MethodSource("bindings")
    void aBuildFailureCarriesTheWholeLog(String configuration) {
        OpenClDevice device = (OpenClDevice) OpenCl.device(configuration);
        assertThatThrownBy(() -> device.compile(out ->
                        out.launch(planted("planted_broken"), "broken").view(Y).jobs(1, 1)))
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining("does not compile on " + device.info().name())
                .hasMessageContaining("CL_BUILD_PROGRAM_FAILURE")
                .hasMessageContaining("first_nonsense")
                .hasMessageContaining("second_nonsense");
    }

    /** Four dimensions: OpenCL has three. */
    @ParameterizedTest
    @MethodSource("bindings")
    void aLaunchThatFailsNamesKernelWorkGroupAndLimits(String configuration) {
        OpenClDevice device = (OpenClDevice) OpenCl.device(configuration);
        long[] ones = {1, 1, 1, 1};
        Buffer y = device.allocate(DType.F32, 64);
        try (Executable e = device.compile(
                out -> out.launch(planted("planted_seven"), "seven").view(Y).tiles(1, ones))) {
            assertThatThrownBy(() -> e.run(new Buffer[] {y}, NONE))
                    .isInstanceOf(SteepestException.class)
                    .hasMessageStartingWith("opencl: kernel seven, global size [1, 1, 1, 1], work-group [1, 1, 1, 1]: ")
                    .hasMessageContaining("CL_INVALID_WORK_DIMENSION (-53)")
                    .hasMessageContaining(
                            "device limits: work-group " + device.limits().maxGroup());
        }
        y.free();
    }

    /** A work-group that no device has, of a kernel for which there are no smaller tiles. */
    @ParameterizedTest
    @MethodSource("bindings")
    void aWorkGroupThatIsTooLargeIsToldWithWhatThereIs(String configuration) {
        OpenClDevice device = (OpenClDevice) OpenCl.device(configuration);
        assertThatThrownBy(() -> device.compile(out ->
                        out.launch(planted("planted_seven"), "seven").view(Y).tiles(1, new long[] {1 << 20})))
                .hasMessageStartingWith("opencl: kernel seven wants work-groups of 1048576, this device gives it ")
                .hasMessageContaining(
                        "device limits: work-group " + device.limits().maxGroup());
    }

    /** More than a GPU can number. */
    @ParameterizedTest
    @MethodSource("bindings")
    void tooManyWorkGroupsAreRefusedBeforeAnythingRuns(String configuration) {
        OpenClDevice device = (OpenClDevice) OpenCl.device(configuration);
        assertThatThrownBy(() -> device.compile(out ->
                        out.launch(planted("planted_seven"), "seven").view(Y).tiles(1L << 31, new long[] {1})))
                .hasMessageStartingWith(
                        "opencl: kernel seven wants 2147483648 work-groups, expected at most 2147483647 (device limits: ");
    }
}

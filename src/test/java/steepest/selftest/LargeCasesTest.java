package steepest.selftest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import steepest.Device;
import steepest.selftest.SelfTest.Outcome;
import steepest.selftest.SelfTest.Verdict;

/** The cases of {@code selftest --large} at a size that any machine holds. */
class LargeCasesTest {
    @ParameterizedTest
    @ValueSource(strings = {"cpu", "opencl"})
    void allPassWithALowBoundary(String name) {
        LargeCases large = new LargeCases(2 << 20);
        Device device = Device.of(name);
        List<Outcome> outcomes = IntStream.range(0, large.cases().size())
                .mapToObj(i -> large.judge(device, i))
                .toList();
        assertThat(outcomes)
                .hasSizeGreaterThan(12)
                .allSatisfy(o -> assertThat(o.verdict()).as(o.message()).isEqualTo(Verdict.PASSED));
    }
}

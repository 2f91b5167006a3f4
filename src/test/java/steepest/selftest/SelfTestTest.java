package steepest.selftest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import steepest.DType;
import steepest.Device;
import steepest.SteepestException;
import steepest.selftest.OpCase.Body;
import steepest.selftest.OpCase.Domain;
import steepest.selftest.OpCase.Input;
import steepest.selftest.OpCase.Tolerance;
import steepest.selftest.SelfTest.Outcome;
import steepest.selftest.SelfTest.Verdict;

class SelfTestTest {
    private static OpCase of(String detail, Tolerance tolerance, Body body) {
        return new OpCase("planted", detail, List.of(Input.of(Domain.range(1, 2), 3, 5)), body, tolerance, false);
    }

    private static final OpCase RIGHT =
            of("right", Tolerance.ulps(4), in -> List.of(in.get(0).exp()));

    /** A body that is captured as one graph for the device and as another for the reference. */
    private static OpCase planted(double difference) {
        AtomicInteger captures = new AtomicInteger();
        return of(
                "wrong",
                new Tolerance(0.1, 0),
                in -> List.of(in.get(0).mul(captures.getAndIncrement() % 2 == 0 ? 1 : 1 + difference)));
    }

    @Test
    void casesOfTheTablePassAndSaySoByTheirErrors() {
        List<OpCase> some = OpCases.all().stream()
                .filter(c -> c.op().equals("exp") || c.op().equals("matmul"))
                .toList();
        List<Outcome> outcomes = SelfTest.judge(Device.cpu(), Device.ref(), some);
        assertThat(outcomes).hasSameSizeAs(some).hasSizeGreaterThan(10).allSatisfy(o -> {
            assertThat(o.verdict()).isEqualTo(Verdict.PASSED);
            assertThat(o.share()).isBetween(0.0, 1.0);
            assertThat(o.message()).isEmpty();
        });
        assertThat(outcomes).anySatisfy(o -> assertThat(o.error()).isPositive());
    }

    @Test
    void whatLiesTooFarFromTheReferenceFails() {
        // captured on the device of the test first only to see whether it is supported: 0, reference 1, device 2
        Outcome wrong = SelfTest.judge(Device.cpu(), Device.ref(), List.of(planted(0.2), RIGHT))
                .get(0);
        assertThat(wrong.verdict()).isEqualTo(Verdict.FAILED);
        assertThat(wrong.message()).startsWith("planted wrong: 15 of 15 elements of result 0");
        assertThat(wrong.share()).isGreaterThan(1);
        Outcome near = SelfTest.judge(Device.cpu(), Device.ref(), List.of(planted(0.05)))
                .get(0);
        assertThat(near.verdict()).isEqualTo(Verdict.PASSED);
        assertThat(near.share()).isBetween(0.4, 0.6);
    }

    @Test
    void whatNeedsDoubleIsSkippedWhereThereIsNone() {
        OpCase c = of(
                "double",
                Tolerance.EXACT,
                in -> List.of(in.get(0).cast(DType.F64).exp().cast(DType.F32)));
        assertThat(SelfTest.judge(Device.cpu(), Device.ref(), List.of(c, RIGHT)))
                .extracting(Outcome::verdict)
                .containsExactly(Verdict.SKIPPED, Verdict.PASSED);
        assertThat(SelfTest.judge(Device.ref(), Device.ref(), List.of(c)).get(0).verdict())
                .isEqualTo(Verdict.PASSED);
    }

    @Test
    void whatThrowsIsForTheCallerToSplit() {
        OpCase c = of("throws", Tolerance.EXACT, in -> {
            throw SteepestException.of("no such kernel");
        });
        assertThatThrownBy(() -> SelfTest.judge(Device.cpu(), Device.ref(), List.of(RIGHT, c)))
                .hasMessageContaining("no such kernel");
    }

    @Test
    void theSameBitsAreAskedForOfRandomOpsToo() {
        List<OpCase> random = OpCases.all().stream()
                .filter(c -> c.op().contains("dropout") || c.op().contains("random") || c.op().contains("normal"))
                .toList();
        assertThat(SelfTest.judge(Device.cpu(), Device.ref(), random))
                .allSatisfy(o -> assertThat(o.message()).isEmpty());
    }

    @Test
    void sharesOfTheTolerance() {
        Tolerance t = new Tolerance(0.1, 1);
        assertThat(t.share(10, 11)).isEqualTo(0.5);
        assertThat(t.share(Double.NaN, Double.NaN)).isZero();
        assertThat(t.share(1, Double.NaN)).isInfinite();
        assertThat(t.share(Double.POSITIVE_INFINITY, 3)).isInfinite();
        assertThat(Tolerance.EXACT.share(1, 2)).isInfinite();
        assertThat(Tolerance.EXACT.share(0, -0.0)).isZero();
    }
}

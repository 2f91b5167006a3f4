package steepest.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import steepest.selftest.OpCases;
import steepest.selftest.SelfTest.Outcome;
import steepest.selftest.SelfTest.Verdict;

class SelfTestCommandTest {
    @Test
    void printsTheMatrixAndEndsWithTheResult() throws IOException {
        var run = Run.of("selftest", "--device", "cpu", "--ops", "exp,matmul", "--json");
        assertThat(run.status()).as(run.err()).isZero();
        var lines = run.out().lines().toList();
        assertThat(lines.get(0)).startsWith("cpu: ");
        assertThat(lines.get(1)).startsWith("op ").contains("cases", "passed", "failed", "worst error");
        assertThat(run.out()).contains("\nexp ", "\nmatmul ", " passed, 0 failed, 0 skipped\n");
        var json = new ObjectMapper().readTree(lines.get(lines.size() - 1));
        long expected = OpCases.all().stream()
                .filter(c -> List.of("exp", "matmul").contains(c.op()))
                .count();
        assertThat(json.get("cases").asLong()).isEqualTo(expected).isPositive();
        assertThat(json.get("failed").asInt()).isZero();
        assertThat(json.get("device").asText()).isEqualTo("cpu");
        assertThat(json.get("binding").asText()).isEqualTo("java");
        assertThat(json.get("worst").get(0).get("of_allowed").asDouble()).isPositive();
    }

    @Test
    void randomProgramsOfASeed() throws IOException {
        var run = Run.of("selftest", "--device", "cpu", "--fuzz", "50", "--seed", "3", "--json");
        assertThat(run.status()).as(run.out() + run.err()).isZero();
        assertThat(run.out()).contains("\nfuzz ", "50 cases: 50 passed, 0 failed, 0 skipped\n");
        var json = new ObjectMapper()
                .readTree(run.out().lines().reduce((a, b) -> b).orElseThrow());
        assertThat(json.get("cases").asInt()).isEqualTo(50);
        assertThat(json.get("seed").asLong()).isEqualTo(3);
        assertThat(json.get("worst").get(0).get("case").asText()).startsWith("fuzz seed ");
    }

    @Test
    void optionsThatDoNotGoTogetherAreUsageErrors() {
        assertThat(Run.of("selftest", "--seed", "3").status()).isEqualTo(2);
        assertThat(Run.of("selftest", "--fuzz", "0").status()).isEqualTo(2);
        assertThat(Run.of("selftest", "--fuzz", "5", "--ops", "exp").err()).contains("--ops cannot be given");
    }

    @Test
    void anUnknownOpIsAUsageError() {
        var run = Run.of("selftest", "--ops", "matmull");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("unknown op 'matmull'", "did you mean 'matmul'?");
        assertThat(run.err().length()).as("not all of a hundred names").isLessThan(160);
    }

    @Test
    void anOpWithoutALargeCaseIsNoUnknownOne() {
        assertThat(Run.of("selftest", "--large", "--ops", "relu").err())
                .contains("op 'relu' has no large case, expected one of ");
        assertThat(Run.of("selftest", "--large", "--ops", "relo").err()).contains("unknown op 'relo'");
    }

    @Test
    void aRowTellsOfTheFirstFailureElseOfTheNearest() {
        var all = OpCases.all();
        var same = java.util.stream.IntStream.range(0, all.size())
                .filter(i -> all.get(i).op().equals("matmul"))
                .boxed()
                .toList();
        var passed = new Outcome(Verdict.PASSED, 1e-6, 0.5, "");
        var exact = new Outcome(Verdict.PASSED, 0, 0, "");
        var failed = new Outcome(Verdict.FAILED, 3, 7, "wrong");
        var good = SelfTestCommand.rows(all, Map.of(same.get(0), exact, same.get(1), passed))
                .get(0);
        assertThat(good.failed()).isZero();
        assertThat(good.worst()).isEqualTo(all.get(same.get(1)).detail());
        var bad = SelfTestCommand.rows(
                        all,
                        new java.util.TreeMap<>(Map.of(same.get(0), passed, same.get(1), failed, same.get(2), passed)))
                .get(0);
        assertThat(bad.failed()).isEqualTo(1);
        assertThat(bad.cases()).isEqualTo(3);
        assertThat(bad.worst()).isEqualTo(all.get(same.get(1)).detail());
        assertThat(SelfTestCommand.table(List.of(bad))).contains("3.0e+00", "700 %");
    }
}

package steepest.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import steepest.io.Json;
import steepest.selftest.SelfTest.Outcome;
import steepest.selftest.SelfTest.Verdict;

class SelfTestSupervisorTest {
    /** A worker whose driver crashes at case 5, hangs at case 9 and cannot build a batch with case 2. */
    static final class Crashing {
        public static void main(String[] args) throws Exception {
            var in = new BufferedReader(new InputStreamReader(System.in));
            String line;
            while ((line = in.readLine()) != null) {
                System.out.println("a driver prints on standard output");
                System.out.println();
                var batch = List.of(line.split(" "));
                if (batch.contains("5")) {
                    System.err.println("segmentation fault in kernel five");
                    Runtime.getRuntime().halt(139);
                }
                if (batch.contains("9")) Thread.sleep(600_000);
                if (batch.contains("2") && batch.size() > 1) {
                    System.out.println(SelfTestWorker.SPLIT);
                    continue;
                }
                for (String i : batch) {
                    var outcome = i.equals("2") ? Outcome.failed("two") : new Outcome(Verdict.PASSED, 0, 0, "");
                    System.out.println(
                            SelfTestWorker.CASE + Json.line(new SelfTestWorker.Answer(Integer.parseInt(i), outcome)));
                }
                System.out.println(SelfTestWorker.DONE);
            }
        }
    }

    private static List<String> crashing() {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Crashing.class.getName());
    }

    @Test
    void aCrashAHangAndABuildFailureAreCasesThatFail() {
        var steps = new ArrayList<Integer>();
        Map<Integer, Outcome> outcomes;
        try (var supervisor = new SelfTestSupervisor(crashing(), 20)) {
            outcomes = supervisor.run(IntStream.range(0, 10).boxed().toList(), 3, steps::add);
        }
        assertThat(outcomes).hasSize(10);
        assertThat(outcomes.get(2).message()).isEqualTo("two");
        assertThat(outcomes.get(5).message())
                .startsWith("the process ended with status 139 (signal 11):\n")
                .contains("segmentation fault in kernel five");
        assertThat(outcomes.get(9).message()).isEqualTo("no answer within 20 s: ended");
        for (int i : new int[] {0, 1, 3, 4, 6, 7, 8})
            assertThat(outcomes.get(i).verdict()).as("case %d", i).isEqualTo(Verdict.PASSED);
        assertThat(steps.stream().mapToInt(i -> i).sum()).isEqualTo(10);
    }

    @Test
    void workersRunOnTheSameJvmWithTheSameFlags() throws IOException {
        System.setProperty("steepest.planted", "here");
        try {
            assertThat(SelfTestSupervisor.command("cpu"))
                    .startsWith(Path.of(System.getProperty("java.home"), "bin", "java")
                            .toString())
                    .contains("-Dsteepest.planted=here")
                    .endsWith("-cp", System.getProperty("java.class.path"), SelfTestWorker.class.getName(), "cpu");
        } finally {
            System.clearProperty("steepest.planted");
        }
    }
}

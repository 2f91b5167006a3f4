package steepest.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** That a benchmark runs, not how fast it is: one turn, in this JVM. */
class BenchSmokeTest {
    @Test
    void aTrainingStepRuns() throws RunnerException {
        var options = new OptionsBuilder()
                .include(TrainingStepBench.class.getName())
                .param("model", "linear")
                .param("device", "ref")
                .param("batch", "2")
                .forks(0)
                .warmupIterations(0)
                .measurementIterations(1)
                .measurementTime(TimeValue.milliseconds(1))
                .timeUnit(TimeUnit.SECONDS)
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT)
                .build();
        var results = new Runner(options).run();
        assertThat(results).hasSize(1);
        var result = results.iterator().next();
        assertThat(result.getPrimaryResult().getScore()).isPositive();
        assertThat(result.getSecondaryResults()).containsKey("samples");
    }
}

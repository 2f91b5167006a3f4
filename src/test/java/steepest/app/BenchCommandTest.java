package steepest.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import steepest.Device;

class BenchCommandTest {
    @TempDir
    Path dir;

    @Test
    void timesDevicesInTurnsAndDrawsTheRoofline() throws IOException {
        Path out = dir.resolve("bench");
        var run = Run.of(
                "bench",
                "--devices",
                "cpu,ref",
                "--only",
                "reduction,transfer",
                "--seconds",
                "0.01",
                "--out",
                out.toString(),
                "--json");
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("cpu: ", "GFLOP/s and ", "of roofline", "sum of 4 M elements", "wrote " + out)
                .doesNotContain("matmul");
        assertThat(out.resolve("roofline.png")).isNotEmptyFile();
        String last = run.out().lines().reduce((a, b) -> b).orElseThrow();
        JsonNode json = new ObjectMapper().readTree(last);
        assertThat(json.get("devices").findValuesAsText("device")).containsExactly("cpu", "ref");
        assertThat(json.get("devices").get(0).get("flops_per_second").asDouble())
                .isEqualTo(Device.cpu().ceilings().flops());
        for (JsonNode work : json.get("work")) {
            assertThat(work.get("results")).hasSize(2);
            assertThat(work.get("results").get(0).get("ratio").asDouble()).isEqualTo(1);
            assertThat(work.get("results").get(1).get("seconds").asDouble()).isPositive();
            assertThat(work.get("results").get(1).get("first_seconds").asDouble())
                    .isPositive();
        }
        JsonNode sum = json.get("work").get(0).get("results").get(0);
        assertThat(sum.get("flops").asLong()).isEqualTo(1 << 22);
        assertThat(sum.get("of_roofline").asDouble()).isPositive();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--only|matmull|unknown family 'matmull', expected one of matmul, convolution, pointwise, reduction,"
                        + " transfer, step; did you mean 'matmul'?",
                "--seconds|0|seconds: expected more than 0 and at most 3600, got 0.0",
                "--batch|0|batch: expected a number from 1 to 65536, got 0",
                "--devices|cpu,cpu|devices: cpu is named twice",
                "--devices|cpuu|unknown device 'cpuu', expected one of auto, cpu, ref, opencl, opencl:P.D; did you mean"
                        + " 'cpu'?",
            })
    void aWrongOptionIsOneLine(String option, String value, String message) {
        var run = Run.of("bench", option, value);
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).isEqualTo("steepest: " + message + " (see steepest bench --help)\n");
        assertThat(run.out()).isEmpty();
    }
}

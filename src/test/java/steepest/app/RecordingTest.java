package steepest.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import steepest.Recorder;

/** {@code --trace} and {@code --profile}. */
class RecordingTest {
    @TempDir
    Path dir;

    private String data;
    private Path trace;

    @BeforeEach
    void writeData() throws IOException {
        data = Quarters.write(dir, 160, 40);
        trace = dir.resolve("traces").resolve("t.json");
    }

    private String[] train(String epochs, String... more) {
        var args = new ArrayList<>(List.of("train", data, "--model", "linear", "--device", "cpu", "--epochs", epochs));
        args.addAll(List.of("--run-dir", dir.resolve("run").toString()));
        args.addAll(List.of(more));
        return args.toArray(String[]::new);
    }

    private static Stream<JsonNode> events(JsonNode trace, String name) {
        return StreamSupport.stream(trace.get("traceEvents").spliterator(), false)
                .filter(e -> e.get("name").asText().startsWith(name));
    }

    @Test
    void aTraceShowsEpochsRunsAndKernelsOnOneClock() throws IOException {
        var run = Run.of(train("2", "--trace", trace.toString()));
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.err()).contains("steepest: trace of ", " spans in " + trace);
        assertThat(run.out()).doesNotContain("GFLOP/s");
        var json = new ObjectMapper().readTree(trace.toFile());
        assertThat(events(json, "process_name")
                        .map(e -> e.get("args").get("name").asText()))
                .containsExactly("host", "cpu");
        assertThat(events(json, "thread_name")
                        .map(e -> e.get("args").get("name").asText()))
                .contains("kernels");
        assertThat(events(json, "epoch ").count()).isEqualTo(2);
        assertThat(events(json, "plan").count()).isPositive();
        assertThat(events(json, "build").count()).isPositive();
        var command = events(json, "train").findFirst().orElseThrow();
        var epoch = events(json, "epoch 1").findFirst().orElseThrow();
        assertThat(isIn(epoch, command)).isTrue();
        // three batches, of 64, 64 and 32
        assertThat(events(json, "run").filter(r -> isIn(r, epoch)).count()).isGreaterThanOrEqualTo(3);
        var product = events(json, "matmul")
                .filter(e -> e.get("args").get("work").asText().equals("matmul [64,64] [64,4]"))
                .findFirst()
                .orElseThrow();
        assertThat(product.get("args").get("flops").asLong()).isEqualTo(2 * 64 * 64 * 4);
        assertThat(isIn(product, epoch)).isTrue();
        assertThat(Recorder.active()).isNull();
    }

    private static boolean isIn(JsonNode inner, JsonNode outer) {
        double from = outer.get("ts").asDouble();
        double to = from + outer.get("dur").asDouble();
        double start = inner.get("ts").asDouble();
        return start >= from && start + inner.get("dur").asDouble() <= to;
    }

    @Test
    void aProfileIsATableAndPartOfTheJson() throws IOException {
        var run = Run.of(train("1", "--profile", "--json"));
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("GFLOP/s", "GB/s", "of roofline", "cpu     matmul [64,64] [64,4]", "cpu: busy for ");
        var lines = run.out().lines().toList();
        var profile = new ObjectMapper().readTree(lines.get(lines.size() - 1)).get("profile");
        assertThat(profile).isNotEmpty();
        double last = Double.MAX_VALUE;
        for (JsonNode row : profile) {
            assertThat(row.get("device").asText()).isEqualTo("cpu");
            assertThat(row.get("calls").asLong()).isPositive();
            assertThat(row.get("seconds").asDouble()).isLessThanOrEqualTo(last);
            last = row.get("seconds").asDouble();
            assertThat(row.get("of_roofline").asDouble()).isPositive();
        }
        assertThat(profile.findValuesAsText("kernel")).contains("matmul [64,64] [64,4]");
        // without --profile nothing of it
        assertThat(Run.of(train("1", "--json")).out()).doesNotContain("profile", "GFLOP");
    }

    @Test
    void everyCommandTakesBoth() throws IOException {
        for (List<String> command :
                List.of(List.of("devices"), List.of("selftest", "--device", "ref", "--ops", "neg"), List.of("data"))) {
            var args = new ArrayList<>(command);
            args.addAll(List.of("--profile", "--trace", trace.toString(), "--json"));
            var run = Run.of(args.toArray(String[]::new));
            assertThat(run.status()).as(command + run.err()).isZero();
            assertThat(new ObjectMapper().readTree(trace.toFile()).get("traceEvents"))
                    .isNotEmpty();
            Files.delete(trace);
        }
    }

    @Test
    void whereATraceCannotGoIsSaidBefore() throws IOException {
        Path file = Files.writeString(dir.resolve("file"), "");
        for (Path bad : List.of(dir, file.resolve("t.json"))) {
            var run = Run.of(train("1", "--trace", bad.toString()));
            assertThat(run.status()).isEqualTo(2);
            assertThat(run.err())
                    .startsWith("steepest: --trace: expected a file that can be written, got '" + bad + "'")
                    .hasLineCount(1);
        }
        assertThat(dir.resolve("run")).doesNotExist();
    }

    @Test
    void aCommandThatFailsLeavesItsTrace() throws IOException {
        var run = Run.of("eval", dir.toString(), data, "--trace", trace.toString());
        assertThat(run.status()).isEqualTo(1);
        assertThat(new ObjectMapper().readTree(trace.toFile()).get("traceEvents"))
                .isNotEmpty();
        assertThat(Recorder.active()).isNull();
    }

    /** Twice, so that the training does not end in good order but the JVM at once. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void whatIsKilledLeavesItsTraceWhole() throws Exception {
        var command = Run.command(List.of(), train("1000000", "--trace", trace.toString()));
        var process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (var out = new BufferedReader(new InputStreamReader(process.getInputStream()))) {
            String line = out.readLine();
            while (line != null && !line.startsWith("epoch 2/")) line = out.readLine();
            for (int i = 0; i < 2; i++) process.toHandle().destroy();
            while (line != null) line = out.readLine();
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).isEqualTo(143);
        var json = new ObjectMapper().readTree(trace.toFile());
        assertThat(events(json, "epoch ").count()).isGreaterThanOrEqualTo(2);
        assertThat(events(json, "train").count()).isEqualTo(1); // still open when it ended
        try (var files = Files.list(trace.getParent())) {
            assertThat(files).containsExactly(trace);
        }
    }
}

package steepest.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import steepest.AtomicFile;
import steepest.Device;
import steepest.Engine;
import steepest.Tunables;

class TuneCommandTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TempDir
    Path dir;

    private String before;

    @BeforeEach
    void ownCache() {
        before = System.getProperty("steepest.cache");
        System.setProperty("steepest.cache", dir.toString());
    }

    @AfterEach
    void cacheOfOthers() {
        if (before == null) System.clearProperty("steepest.cache");
        else System.setProperty("steepest.cache", before);
    }

    /** Whatever is found within so short a time, the table is whole, is used, and is never slower by what was measured. */
    @Test
    @Tag("opencl")
    void aTableIsWrittenForTheDeviceAndUsed() throws IOException {
        JsonNode json;
        Run run;
        int seconds = 5;
        do { // a slow machine needs longer for its first candidate
            run = Run.of("tune", "--device", "opencl", "--families", "reduction", "--seconds", "" + seconds, "--json");
            assertThat(run.status()).as(run.err()).isZero();
            json = MAPPER.readTree(run.out().lines().reduce((a, b) -> b).orElseThrow());
            seconds *= 2;
        } while (!json.get("written").asBoolean() && seconds < 300);
        assertThat(run.out()).contains("reduction", "wrote " + dir.resolve("tuning"));
        JsonNode family = json.get("families").get(0);
        assertThat(family.get("ratio").asDouble()).isGreaterThanOrEqualTo(1);
        Path file = Path.of(json.get("file").asText());
        assertThat(MAPPER.readTree(file.toFile())).isEqualTo(json.get("table"));
        String id = json.get("device").asText();
        assertThat(Engine.get().tunables(id).orElseThrow().inUse()).isEqualTo(file.toString());
        assertThat(Run.of("devices", "--json").out()).contains(file.toString());
        try (Device own = Engine.get().open(id, json.get("table").toString())) {
            assertThat(own.info().id()).isEqualTo(id);
        }
    }

    @Test
    @Tag("opencl")
    void withoutTimeAnEarlierTableStaysAsItIs() throws IOException {
        String[] args = {"tune", "--device", "opencl", "--families", "reduction", "--seconds", "1e-9", "--json"};
        var first = Run.of(args);
        assertThat(first.status()).as(first.err()).isZero();
        assertThat(first.out()).contains("nothing was tried, nothing is written; in use: class ");
        assertThat(dir.resolve("tuning")).doesNotExist();

        var json = MAPPER.readTree(first.out().lines().reduce((a, b) -> b).orElseThrow());
        Tunables tunables = Engine.get().tunables(json.get("device").asText()).orElseThrow();
        var earlier = (ObjectNode) MAPPER.readTree(tunables.standard());
        earlier.put("group", 2 * earlier.get("group").asInt()).set("madeFor", MAPPER.readTree(tunables.madeFor()));
        AtomicFile.write(tunables.file(), earlier.toString());
        var second = Run.of(args);
        assertThat(second.status()).as(second.err()).isZero();
        assertThat(tunables.file()).hasContent(earlier.toString());
        json = MAPPER.readTree(second.out().lines().reduce((a, b) -> b).orElseThrow());
        assertThat(json.get("written").asBoolean()).isFalse();
        assertThat(json.get("table")).isEqualTo(earlier);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2|--device,opencl,--seconds,0|seconds: expected more than 0 and at most 86400, got 0.0",
                "1|--device,cpu|tune: device cpu has no tunables; expected an OpenCL device, as listed by ./steepest devices",
            })
    void aWrongOptionIsOneLine(int status, String options, String message) {
        var args = new java.util.ArrayList<>(List.of("tune"));
        args.addAll(List.of(options.split(",")));
        var run = Run.of(args.toArray(String[]::new));
        assertThat(run.status()).isEqualTo(status);
        assertThat(run.err()).startsWith("steepest: " + message).hasLineCount(1);
        assertThat(dir).isEmptyDirectory();
    }

    private static TuneWorker.Request group(int n) throws IOException {
        return new TuneWorker.Request(
                List.of("sum"), List.of("reduction"), MAPPER.readTree("{\"group\":" + n + "}"), 0.01, 1);
    }

    /** A worker that a driver crashes at one table, and which answers all others. */
    static final class Crashing {
        public static void main(String[] args) throws Exception {
            var in = new BufferedReader(new InputStreamReader(System.in));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                System.out.println("a driver prints on standard output");
                if (line.contains("\"group\":7")) Thread.sleep(60_000);
                if (line.contains("\"group\":666")) {
                    System.err.println("segmentation fault");
                    Runtime.getRuntime().halt(139);
                }
                System.out.println(TuneWorker.ANSWER + "{\"ratios\":{\"work\":1.5},\"failure\":\"\"}");
            }
        }
    }

    @Test
    void aDriverThatCrashesOrHangsFailsOneCandidateAndTheOthersAreTried() throws IOException {
        try (var trials = new TuneCommand.Trials(WorkerProcess.command(Crashing.class, "cpu"))) {
            assertThat(trials.attempt(group(1), 60).score()).isEqualTo(1.5);
            assertThat(trials.attempt(group(666), 60).failure()).contains("status 139", "segmentation fault");
            assertThat(trials.attempt(group(7), 0.1).failure()).isEqualTo("no answer within 0 s: ended");
            assertThat(trials.attempt(group(2), 60).failure()).isEmpty();
        }
    }
}

package steepest.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import steepest.DType;
import steepest.Device;
import steepest.HostArray;
import steepest.Shape;
import steepest.data.Idx;

/** {@code train} and {@code eval} on pictures of a bright quarter, which any model learns at once. */
class TrainCommandTest {
    private static final int CLASSES = 4;
    private static final int TEST = 40;

    @TempDir
    Path dir;

    private String data;
    private String run;

    @BeforeEach
    void writeData() throws IOException {
        Path files = Files.createDirectories(dir.resolve("quarters"));
        quarters(files.resolve("train"), 160, 1);
        quarters(files.resolve("t10k"), TEST, 2);
        data = "idx:" + files;
        run = dir.resolve("run").toString();
    }

    private static void quarters(Path prefix, int n, long seed) {
        var random = new Random(seed);
        byte[] pixels = new byte[n * 64];
        byte[] labels = new byte[n];
        for (int i = 0; i < n; i++) {
            labels[i] = (byte) (i % CLASSES);
            for (int p = 0; p < 64; p++) {
                int quarter = (p / 32) * 2 + (p % 8) / 4;
                pixels[i * 64 + p] = (byte) (random.nextInt(60) + (quarter == labels[i] ? 190 : 0));
            }
        }
        Idx.write(Path.of(prefix + "-images-idx3-ubyte"), HostArray.of(DType.U8, pixels, Shape.of(n, 8, 8)));
        Idx.write(Path.of(prefix + "-labels-idx1-ubyte"), HostArray.of(DType.U8, labels, Shape.of(n)));
    }

    private Run train(String... more) {
        return Run.of(args(more));
    }

    private String[] args(String... more) {
        var args = new ArrayList<>(List.of(
                "train",
                data,
                "--model",
                "linear",
                "--device",
                "ref",
                "--batch",
                "16",
                "--lr",
                "0.02",
                "--run-dir",
                run));
        args.addAll(List.of(more));
        return args.toArray(String[]::new);
    }

    private static JsonNode json(Run run) throws IOException {
        var lines = run.out().lines().toList();
        return new ObjectMapper().readTree(lines.get(lines.size() - 1));
    }

    @Test
    void trainsOnSeveralDevicesTellsTheirSharesAndKeepsTheirNames() throws IOException {
        // 160 samples in batches of 15, the last of 10: shares of 8 and 7, then of 5 and 5
        String[] two = {"--devices", "ref:0,ref:1", "--epochs", "2", "--batch", "15", "--json"};
        var trained = train(two);
        assertThat(trained.status()).as(trained.err()).isZero();
        assertThat(trained.out())
                .contains("on ref:0,ref:1 (", "ref:0: 170 samples, 53.1 % of all, at ", "ref:1: 150 samples, 46.9 %");
        var json = json(trained);
        assertThat(json.get("device").asText()).isEqualTo("ref:0,ref:1");
        assertThat(json.get("devices").findValuesAsText("samples")).containsExactly("170", "150");
        var config = new ObjectMapper().readTree(Path.of(run, "config.json").toFile());
        assertThat(config.at("/config/device").asText()).isEqualTo("ref:0,ref:1");
        assertThat(config.at("/ran_on/devices").findValuesAsText("device")).containsExactly("ref:0", "ref:1");
        assertThat(config.at("/ran_on/devices").findValuesAsText("batch")).containsExactly("8", "7");
        assertThat(json(train(two)).get("weights_sha256")).isEqualTo(json.get("weights_sha256"));
        assertThat(json(train("--devices", "ref:0", "--epochs", "2", "--batch", "15", "--json"))
                        .get("test_loss")
                        .asDouble())
                .isCloseTo(json.get("test_loss").asDouble(), within(1e-6));
    }

    /** Through the binding that this JVM has not chosen, in one of its own: the same kernels, the same bits. */
    @Test
    @Tag("opencl")
    void trainsOnTwoPartsOfADeviceThroughBothBindings() throws Exception {
        var whole = Device.list().stream().filter(d -> d.parts() > 1).findFirst();
        assumeTrue(whole.isPresent(), "no OpenCL device that can be divided");
        String[] two = {"--devices", "%1$s/0,%1$s/1".formatted(whole.get().id()), "--epochs", "1", "--json"};
        var trained = train(two);
        assertThat(trained.status()).as(trained.err()).isZero();
        String binding = json(trained).get("binding").asText().equals("lwjgl") ? "jocl" : "lwjgl";
        var out = dir.resolve("out.txt");
        var process = new ProcessBuilder(Run.command(List.of("-Dsteepest.binding=" + binding), args(two)))
                .redirectOutput(out.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(process.waitFor(4, TimeUnit.MINUTES)).isTrue();
        var other = json(new Run(process.exitValue(), Files.readString(out), ""));
        assertThat(other.get("binding").asText()).isEqualTo(binding);
        assertThat(other.get("weights_sha256")).isEqualTo(json(trained).get("weights_sha256"));
    }

    @Test
    void whatCannotBeDividedAmongDevicesIsToldInALine() {
        assertUsage(
                train("--devices", "ref:0,gpu7"),
                "unknown device 'gpu7', expected one of auto, cpu, ref, opencl, opencl:P.D");
        assertUsage(train("--devices", "cpu,"), "devices: expected names with commas between, one is empty in 'cpu,'");
        assertFailure(train("--devices", "ref:0,opencl:97.0"), "opencl:97.0");
        assertFailure(train("--devices", "ref:0,ref:0"), "device ref:0 is named twice in ref:0,ref:0");
        assertFailure(
                train("--devices", "ref:0,ref:1", "--robust", "free", "--eps", "0.1"),
                "keeps something for each place in a batch");
    }

    @Test
    void trainsTellsAndKeeps() throws IOException {
        var trained = train("--epochs", "4", "--seed", "7", "--json");
        assertThat(trained.status()).as(trained.err()).isZero();
        assertThat(trained.err()).isEmpty();
        assertThat(trained.out())
                .contains("dense(64, 4)", "epoch 4/4: ", "predicted", "test accuracy 100.00 % (40 of 40)", run);
        var json = json(trained);
        assertThat(json.fieldNames())
                .toIterable()
                .containsExactly(
                        "command",
                        "dataset",
                        "model",
                        "device",
                        "binding",
                        "epochs",
                        "seed",
                        "train_samples",
                        "test_samples",
                        "test_accuracy",
                        "test_loss",
                        "samples_per_second",
                        "seconds",
                        "weights_sha256",
                        "run_dir");
        assertThat(json.get("command").asText()).isEqualTo("train");
        assertThat(json.get("device").asText()).isEqualTo("ref");
        assertThat(json.get("seed").asInt()).isEqualTo(7);
        assertThat(json.get("train_samples").asInt()).isEqualTo(160);
        assertThat(json.get("test_accuracy").asDouble()).isEqualTo(1);
        assertThat(json.get("weights_sha256").asText()).matches("[0-9a-f]{64}");
        try (var kept = Files.list(Path.of(run))) {
            assertThat(kept.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "model.safetensors", "config.json", "metrics.jsonl", "loss.png", "confusion.png");
        }
        assertThat(ImageIO.read(Path.of(run, "loss.png").toFile())).isNotNull();
        assertThat(ImageIO.read(Path.of(run, "confusion.png").toFile())).isNotNull();
    }

    @Test
    void evalGetsTheSameFigures() throws IOException {
        var trained = json(train("--epochs", "1", "--json"));
        var evaluated = Run.of("eval", run, data, "--device", "ref", "--json");
        assertThat(evaluated.status()).as(evaluated.err()).isZero();
        assertThat(evaluated.out()).contains("predicted", "test accuracy ");
        var json = json(evaluated);
        assertThat(json.get("command").asText()).isEqualTo("eval");
        for (String field : List.of(
                "dataset", "model", "device", "binding", "test_samples", "test_accuracy", "weights_sha256", "run_dir"))
            assertThat(json.get(field)).as(field).isEqualTo(trained.get(field));
        // ref trains in double precision, of which the file keeps the float32 part
        assertThat(json.get("test_loss").asDouble())
                .isCloseTo(trained.get("test_loss").asDouble(), within(1e-6));
        assertThat(json(Run.of("eval", run, data, "--device", "ref", "--limit", "8", "--json"))
                        .get("test_samples")
                        .asInt())
                .isEqualTo(8);
    }

    @Test
    void theSameCommandGivesTheSameWeightsAndAnotherSeedOthers() throws IOException {
        var first = json(train("--epochs", "1", "--json")).get("weights_sha256");
        assertThat(json(train("--epochs", "1", "--json")).get("weights_sha256")).isEqualTo(first);
        assertThat(json(train("--epochs", "1", "--seed", "1", "--json")).get("weights_sha256"))
                .isNotEqualTo(first);
    }

    @Test
    void unknownNamesAreUsageErrorsWithTheClosest() {
        assertUsage(
                Run.of("train", "mnits"), "unknown dataset 'mnits', expected one of mnist, ", "did you mean 'mnist'");
        assertUsage(train("--model", "lent"), "unknown model 'lent', expected one of linear, ", "did you mean 'lenet'");
        assertUsage(train("--device", "opncl"), "unknown device 'opncl', expected one of auto, ", "'opencl'");
        assertUsage(train("--optimizer", "adamm"), "unknown optimizer 'adamm'", "did you mean 'adam' or 'adamw'");
        assertUsage(train("--schedule", "lin"), "unknown schedule 'lin'", "did you mean 'linear'");
        assertUsage(
                train("--binding", "jcl"), "unknown binding 'jcl', expected one of lwjgl, jocl", "did you mean 'jocl'");
        assertUsage(train("--epoch", "1"), "unknown option '--epoch'; did you mean '--epochs'?", "");
        assertUsage(Run.of("train"), "Missing required parameter: 'DATASET'", "steepest train --help");
        assertUsage(Run.of("eval", run), "Missing required parameter: 'DATASET'", "steepest eval --help");
    }

    @Test
    void numbersOutOfRangeAreUsageErrors() {
        assertUsage(train("--batch", "-1"), "batch: expected at least 1, got -1", "");
        assertUsage(train("--epochs", "0"), "epochs: expected at least 1, got 0", "");
        assertUsage(train("--limit", "0"), "limit: expected at least 1, got 0", "");
        assertUsage(train("--threads", "0"), "threads: expected a number from 1 to 1024, got 0", "");
        assertUsage(train("--lr", "NaN"), "", "NaN");
        assertUsage(train("--lr", "fast"), "", "'fast' is not a double");
        assertUsage(train("--epochs", "1.5"), "", "'1.5' is not an int");
        assertThat(Path.of(run)).doesNotExist();
    }

    private static void assertUsage(Run run, String start, String part) {
        assertThat(run.status()).as(run.err()).isEqualTo(2);
        assertThat(run.err()).startsWith("steepest: " + start).contains(part).hasLineCount(1);
        assertThat(run.out()).isEmpty();
    }

    @Test
    void whatCannotWorkIsOneLine() throws IOException {
        assertFailure(train("--device", "opencl:9.9"), "opencl:9.9", "ref");
        assertFailure(train("--model", "lenet"), "model lenet does not fit samples [1,8,8]", "linear");
        assertFailure(Run.of("train", "idx:" + dir.resolve("nowhere"), "--device", "ref"), "nowhere", "IDX");
        assertFailure(Run.of("eval", dir.toString(), data, "--device", "ref"), "model.safetensors", dir.toString());
        Files.writeString(dir.resolve("run"), "a file");
        assertFailure(train(), "cannot write", run);
    }

    private static void assertUsage(Run run, String message) {
        assertThat(run.status()).as(run.err()).isEqualTo(2);
        assertThat(run.err()).startsWith("steepest: " + message).hasLineCount(1);
    }

    private static void assertFailure(Run run, String... parts) {
        assertThat(run.status()).as(run.err()).isEqualTo(1);
        assertThat(run.err()).startsWith("steepest: ").contains(parts).hasLineCount(1);
    }

    /** A signal in the midst of a run that would take hours. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void anInterruptedRunKeepsWhatThereIs() throws Exception {
        var command = Run.command(List.of(), args("--epochs", "1000000", "--json"));
        Path err = dir.resolve("err");
        var process = new ProcessBuilder(command).redirectError(err.toFile()).start();
        try (var out = new BufferedReader(new InputStreamReader(process.getInputStream()))) {
            String line = out.readLine();
            while (line != null && !line.startsWith("epoch 2/")) line = out.readLine();
            // SIGTERM goes the same way as SIGINT, and is not ignored where tests run in the background.
            process.toHandle().destroy(); // and leaves the streams open
            String last = line;
            for (; line != null; line = out.readLine()) last = line;
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
            var json = new ObjectMapper().readTree(last);
            assertThat(json.get("interrupted").asBoolean()).isTrue();
            assertThat(json.get("test_accuracy").isNull()).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).isEqualTo(143);
        assertThat(Files.readString(err))
                .contains("steepest: interrupted after ")
                .contains("the model as it is now, and what was measured, are in " + run);
        assertThat(Path.of(run, "model.safetensors")).isNotEmptyFile();
        assertThat(Path.of(run, "loss.png")).isNotEmptyFile();
        assertThat(Path.of(run, "confusion.png")).doesNotExist();
        var evaluated = Run.of("eval", run, data, "--device", "ref");
        assertThat(evaluated.status()).as(evaluated.err()).isZero();
    }
}

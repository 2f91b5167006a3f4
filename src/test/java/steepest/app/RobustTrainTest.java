package steepest.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code train --robust} and {@code --from}. */
class RobustTrainTest {
    @TempDir
    static Path dir;

    private static String data;

    @BeforeAll
    static void writeData() throws IOException {
        data = Quarters.write(dir, 120, 40);
    }

    private static Run train(String run, String... more) {
        List<String> args = new ArrayList<>(List.of(
                "train",
                data,
                "--model",
                "linear",
                "--device",
                "cpu",
                "--batch",
                "16",
                "--lr",
                "0.02",
                "--run-dir",
                dir.resolve(run).toString(),
                "--json"));
        args.addAll(List.of(more));
        return Run.of(args.toArray(String[]::new));
    }

    private static JsonNode json(Run run) throws IOException {
        assertThat(run.status()).as(run.err()).isZero();
        var lines = run.out().lines().toList();
        return new ObjectMapper().readTree(lines.get(lines.size() - 1));
    }

    @Test
    void robustTrainingIsToldKeptAndRepeatable() throws IOException {
        String[] options = {"--robust", "pgd", "--eps", "40/255", "--steps", "4", "--epochs", "2"};
        Run first = train("a", options);
        JsonNode a = json(first);
        assertThat(first.out()).contains("robust training pgd: linf, eps 0.1569 (40/255), 4 steps of 0.09804");
        assertThat(a.at("/robust/method").asText()).isEqualTo("pgd");
        assertThat(a.at("/robust/steps").asInt()).isEqualTo(4);
        JsonNode config =
                new ObjectMapper().readTree(dir.resolve("a/config.json").toFile());
        assertThat(config.get("robust")).isEqualTo(a.get("robust"));
        assertThat(json(train("b", options)).get("weights_sha256")).isEqualTo(a.get("weights_sha256"));
        assertThat(json(train("c", "--epochs", "2")).get("weights_sha256")).isNotEqualTo(a.get("weights_sha256"));
    }

    @Test
    void freeTrainsAsManyStepsInLessPasses() throws IOException {
        JsonNode free = json(train("free", "--robust", "free", "--eps", "0.1", "--replays", "3", "--epochs", "4"));
        assertThat(free.get("epochs").asInt()).isEqualTo(2);
        JsonNode last = null;
        for (String line : java.nio.file.Files.readAllLines(dir.resolve("free/metrics.jsonl")))
            last = new ObjectMapper().readTree(line);
        assertThat(last.get("step").asInt()).isEqualTo(2 * 3 * 8);
    }

    @Test
    void aRunBeginsWithTheWeightsOfAnother() throws IOException {
        JsonNode natural = json(train("natural", "--epochs", "3"));
        String from = dir.resolve("natural").toString();
        JsonNode on = json(train("on", "--epochs", "1", "--from", from, "--lr", "1e-12"));
        assertThat(on.at("/from/weights_sha256").asText())
                .isEqualTo(natural.get("weights_sha256").asText());
        assertThat(on.get("test_loss").asDouble())
                .isCloseTo(natural.get("test_loss").asDouble(), org.assertj.core.api.Assertions.within(1e-6));
        Run other = train("other", "--from", from, "--model", "mlp");
        assertThat(other.status()).isEqualTo(1);
        assertThat(other.err()).contains("expected the weights of a mlp, found those of a linear");
    }

    @Test
    void whatIsWrongIsSaidInOneLine() {
        refuses("expected --eps", "--robust", "pgd");
        refuses("unknown robust training 'pdg'", "--robust", "pdg");
        refuses("fgsm has no use for --steps", "--robust", "fgsm", "--eps", "0.1", "--steps", "3");
        refuses("none has no use for --eps", "--eps", "0.1");
        refuses("pgd has no use for --replays", "--robust", "pgd", "--eps", "0.1", "--replays", "3");
        refuses("smoothing", "--robust", "label-smoothing", "--smoothing", "2");
        refuses("norm must be linf or l2", "--robust", "pgd", "--eps", "0.1", "--norm", "l1");
    }

    private static void refuses(String message, String... args) {
        Run run = train("wrong", args);
        assertThat(run.status()).as(String.join(" ", args)).isEqualTo(2);
        assertThat(run.err().lines().findFirst().orElse("")).contains(message);
    }
}

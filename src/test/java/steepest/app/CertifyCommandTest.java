package steepest.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** {@code certify} on a network that was trained on pictures of a bright quarter. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CertifyCommandTest {
    @TempDir
    static Path dir;

    private String data;
    private String model;

    @BeforeAll
    void trainOnce() throws IOException {
        data = Quarters.write(dir, 160, 40);
        model = dir.resolve("run").toString();
        Run trained = Run.of(
                "train",
                data,
                "--model",
                "mlp",
                "--device",
                "cpu",
                "--epochs",
                "2",
                "--batch",
                "16",
                "--run-dir",
                model);
        assertThat(trained.status()).as(trained.err()).isZero();
    }

    private Run certify(String... more) {
        List<String> args = new ArrayList<>(List.of("certify", model, data, "--device", "cpu"));
        args.addAll(List.of(more));
        return Run.of(args.toArray(String[]::new));
    }

    private static JsonNode json(Run run) throws IOException {
        assertThat(run.status()).as(run.err()).isZero();
        var lines = run.out().lines().toList();
        return new ObjectMapper().readTree(lines.get(lines.size() - 1));
    }

    @Test
    void tellsWhatIsProvedBesideWhatIsLeft() throws IOException {
        Run run = certify("--eps", "0.01,4/255,0.1", "--limit", "24", "--steps", "5", "--json");
        JsonNode json = json(run);
        assertThat(run.out()).contains("certified", "robust", "0.01569 (4/255)", "curves over eps in " + dir);
        assertThat(json.get("command").asText()).isEqualTo("certify");
        assertThat(json.get("method").asText()).isEqualTo("crown");
        assertThat(json.get("attack").asText()).isEqualTo("pgd");
        assertThat(json.get("eps").asDouble()).isEqualTo(0.1);
        assertThat(json.get("samples").asInt()).isEqualTo(24);
        assertThat(json.get("results")).hasSize(3);
        for (JsonNode r : json.get("results")) {
            double certified = r.get("certified_accuracy").asDouble();
            double robust = r.get("robust_accuracy").asDouble();
            assertThat(certified).isLessThanOrEqualTo(robust);
            assertThat(robust).isLessThanOrEqualTo(r.get("clean_accuracy").asDouble());
            assertThat(r.at("/certified_interval/0").asDouble()).isLessThanOrEqualTo(certified);
            assertThat(r.at("/certified_interval/1").asDouble()).isGreaterThanOrEqualTo(certified);
        }
        assertThat(json.at("/results/0/certified_accuracy").asDouble()).isPositive();
        assertThat(ImageIO.read(Path.of(model, "certified.png").toFile()).getWidth())
                .isPositive();
    }

    @Test
    void withoutPerturbationWhatIsRightIsCertified() throws IOException {
        for (String method : List.of("ibp", "crown-ibp", "crown")) {
            JsonNode json = json(certify("--eps", "0", "--method", method, "--attack", "fgsm", "--json"));
            assertThat(json.get("certified_accuracy")).isEqualTo(json.get("clean_accuracy"));
            assertThat(json.get("robust_accuracy")).isEqualTo(json.get("clean_accuracy"));
        }
    }

    @Test
    void whatIsWrongIsSaidInOneLine() {
        refused("expected one of ibp, crown-ibp, crown", "--eps", "0.1", "--method", "crow");
        refused("expected one of fgsm,", "--eps", "0.1", "--attack", "pdg");
        refused("eps: expected different numbers, got 0.1,0.1", "--eps", "0.1,0.1");
        refused("eps: expected finite numbers, got inf", "--eps", "inf");
        refused("eps: expected a number of at least 0", "--eps", "-1");
        refused("limit: expected at least 1, got 0", "--eps", "0.1", "--limit", "0");
        refused("batch: expected at least 1, got 0", "--eps", "0.1", "--batch", "0");
        refused("norm must be", "--eps", "0.1", "--attack", "cw");
        refused("Missing required option: '--eps", "--method", "ibp");
    }

    private void refused(String message, String... args) {
        Run run = certify(args);
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains(message);
        assertThat(run.err().lines().count()).as(run.err()).isLessThanOrEqualTo(2);
    }
}

package steepest.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import steepest.HostArray;
import steepest.io.Npz;

/** {@code attack} on a linear network that was trained on pictures of a bright quarter. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AttackCommandTest {
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
                "linear",
                "--device",
                "cpu",
                "--epochs",
                "4",
                "--batch",
                "16",
                "--lr",
                "0.02",
                "--run-dir",
                model);
        assertThat(trained.status()).as(trained.err()).isZero();
    }

    private Run attack(String... more) {
        List<String> args = new ArrayList<>(List.of("attack", model, data, "--device", "cpu", "--batch", "16"));
        args.addAll(List.of(more));
        return Run.of(args.toArray(String[]::new));
    }

    private static JsonNode json(Run run) throws IOException {
        assertThat(run.status()).as(run.err()).isZero();
        var lines = run.out().lines().toList();
        return new ObjectMapper().readTree(lines.get(lines.size() - 1));
    }

    @Test
    void oneAttackTellsAndKeeps() throws IOException {
        Path npz = dir.resolve("adv.npz");
        Run run = attack(
                "--attack",
                "pgd",
                "--eps",
                "40/255",
                "--steps",
                "5",
                "--limit",
                "30",
                "--save",
                npz.toString(),
                "--json");
        JsonNode json = json(run);
        assertThat(run.out()).contains("(40/255)", "robust", "95 % interval", "median norm", "on cpu");
        assertThat(json.get("command").asText()).isEqualTo("attack");
        assertThat(json.get("attack").asText()).isEqualTo("pgd");
        assertThat(json.get("norm").asText()).isEqualTo("linf");
        assertThat(json.get("eps").asDouble()).isCloseTo(40 / 255.0, within(1e-12));
        assertThat(json.get("eps_255").asDouble()).isCloseTo(40, within(1e-9));
        assertThat(json.get("samples").asInt()).isEqualTo(30);
        assertThat(json.get("clean_accuracy").asDouble()).isEqualTo(1);
        double robust = json.get("robust_accuracy").asDouble();
        assertThat(robust).isLessThan(1);
        assertThat(json.get("interval").get(0).asDouble()).isLessThanOrEqualTo(robust);
        assertThat(json.get("interval").get(1).asDouble()).isGreaterThanOrEqualTo(robust);
        assertThat(json.get("gradients").asLong()).isBetween(30L, 30L * 5);
        assertThat(json.get("seconds").asDouble()).isPositive();
        assertThat(json.get("results")).hasSize(1);

        Map<String, HostArray> arrays = Npz.read(npz);
        assertThat(arrays.keySet()).containsExactlyInAnyOrder("x", "x_adv", "y", "pred", "index");
        float[] x = arrays.get("x").floats();
        float[] adversarial = arrays.get("x_adv").floats();
        for (int i = 0; i < x.length; i++) {
            assertThat(Math.abs((double) adversarial[i] - x[i])).isLessThanOrEqualTo(40 / 255.0 * (1 + 1e-6));
            assertThat(adversarial[i]).isBetween(0f, 1f);
        }
        int[] y = arrays.get("y").ints();
        int[] predicted = arrays.get("pred").ints();
        int right = 0;
        for (int i = 0; i < y.length; i++) if (y[i] == predicted[i]) right++;
        assertThat(right / 30.0).isEqualTo(robust);
        assertThat(ImageIO.read(Path.of(model, "adversarial.png").toFile())).isNotNull();
    }

    @Test
    void severalGiveATableTheWorstCaseAndACurve() throws IOException {
        Path pictures = Files.createDirectories(dir.resolve("pictures"));
        Run run = attack(
                "--attack",
                "fgsm,pgd",
                "--eps",
                "0.2,0,0.1",
                "--steps",
                "4",
                "--pictures",
                pictures.toString(),
                "--json");
        JsonNode json = json(run);
        assertThat(run.out()).contains("worst case", "fgsm", "pgd");
        assertThat(json.get("attack").asText()).isEqualTo("fgsm,pgd");
        assertThat(json.get("eps").asDouble()).isEqualTo(0.2);
        JsonNode results = json.get("results");
        assertThat(results).hasSize(6);
        JsonNode worst = json.get("worst_case");
        assertThat(worst).hasSize(3);
        assertThat(worst.get(0).get("robust_accuracy").asDouble())
                .as("nothing may change")
                .isEqualTo(json.get("clean_accuracy").asDouble());
        for (int e = 0; e < 3; e++) {
            double most = Math.min(
                    results.get(2 * e).get("robust_accuracy").asDouble(),
                    results.get(2 * e + 1).get("robust_accuracy").asDouble());
            assertThat(worst.get(e).get("robust_accuracy").asDouble()).isLessThanOrEqualTo(most);
        }
        assertThat(json.get("robust_accuracy").asDouble())
                .isEqualTo(worst.get(2).get("robust_accuracy").asDouble());
        assertThat(ImageIO.read(pictures.resolve("robustness.png").toFile())).isNotNull();
        assertThat(ImageIO.read(pictures.resolve("adversarial.png").toFile())).isNotNull();
    }

    @Test
    void amongSeveralAStepIsNotForThoseThatMakeOne() throws IOException {
        JsonNode alone = json(attack("--attack", "fgsm", "--eps", "0.1", "--json"));
        JsonNode beside =
                json(attack("--attack", "fgsm,pgd", "--eps", "0.1", "--step", "0.001", "--steps", "2", "--json"));
        JsonNode fgsm = beside.get("results").get(0);
        for (String field : List.of("robust_accuracy", "median_norm"))
            assertThat(fgsm.get(field)).isEqualTo(alone.get(field));
        refuses("takes no step", "--attack", "fgsm,square", "--eps", "0.1", "--step", "0.01");
    }

    @Test
    void theSameSeedGivesTheSameExamples() {
        Path a = dir.resolve("a.npz");
        Path b = dir.resolve("b.npz");
        for (Path file : List.of(a, b)) {
            Run run =
                    attack("--attack", "pgd", "--eps", "0.1", "--steps", "3", "--seed", "5", "--save", file.toString());
            assertThat(run.status()).as(run.err()).isZero();
        }
        assertThat(a).hasSameBinaryContentAs(b);
    }

    @Test
    void theNearestIsSoughtWithoutEpsilonAndTowardsAClass() throws IOException {
        JsonNode nearest = json(attack("--attack", "deepfool", "--eps", "inf", "--norm", "l2", "--json"));
        assertThat(nearest.get("eps").isNull()).isTrue();
        assertThat(nearest.get("median_norm").asDouble()).isPositive();
        assertThat(nearest.get("robust_accuracy").asDouble()).isLessThan(0.2);
        JsonNode towards = json(attack(
                "--attack", "pgd", "--eps", "0.2", "--targeted", "next", "--steps", "3", "--limit", "8", "--json"));
        assertThat(towards.get("success_rate").asDouble()).isBetween(0.0, 1.0);
        assertThat(towards.get("target").asText()).isEqualTo("next");
        assertThat(towards.get("settings").toString())
                .isEqualTo("{\"steps\":3.0,\"step\":0.16666666666666669,\"restarts\":1.0}");
        assertThat(attack("--attack", "fgsm", "--eps", "0.2", "--targeted", "next")
                        .out())
                .contains("fgsm to next ");
    }

    @Test
    void whatIsWrongIsSaidInOneLine() {
        refuses("unknown attack 'pdg'", "--attack", "pdg", "--eps", "0.1");
        refuses("unknown norm 'l7'", "--norm", "l7", "--eps", "0.1");
        refuses("got '-1'", "--eps=-1");
        refuses("width of the inputs' domain [0.0, 1.0], got 8.0; in steps of 8 bits it is 8/255", "--eps", "8");
        refuses("got 'a/b'", "--eps", "a/b");
        refuses("takes no steps", "--attack", "fgsm", "--eps", "0.1", "--steps", "3");
        refuses("takes no wobble", "--attack", "fgsm", "--eps", "0.1", "--set", "wobble=3");
        refuses("expected each attack once", "--attack", "fgsm,fgsm", "--eps", "0.1");
        refuses("different numbers", "--eps", "0.1,0.1");
        refuses("finite epsilon", "--eps", "inf");
        refuses("transfer", "--eps", "0.1", "--surrogate", model);
        refuses("limit", "--eps", "0.1", "--limit", "0");
        refuses("Missing required option", "--attack", "fgsm");
    }

    private void refuses(String message, String... args) {
        Run run = attack(args);
        assertThat(run.status()).as(String.join(" ", args)).isEqualTo(2);
        assertThat(run.err().lines().findFirst().orElse("")).containsIgnoringCase(message);
    }
}

package steepest.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
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
    void trainingOnBoundsIsToldKeptAndSharedAmongDevices() throws IOException {
        String[] options = {"--robust", "ibp", "--eps", "40/255", "--kappa", "0.25", "--epochs", "3"};
        Run first = train("ibp", options);
        JsonNode a = json(first);
        assertThat(first.out())
                .contains("robust training ibp: linf, eps 0.1569 (40/255) and kappa 0.25 at the end, after 0.05 of the"
                        + " training natural and 0.5 on the way");
        assertThat(a.at("/robust/method").asText()).isEqualTo("ibp");
        assertThat(a.at("/robust/ramp").asDouble()).isEqualTo(0.5);
        assertThat(json(train("ibp-again", options)).get("weights_sha256")).isEqualTo(a.get("weights_sha256"));
        Run two = Run.of(
                "train",
                data,
                "--model",
                "linear",
                "--devices",
                "cpu,ref:0",
                "--batch",
                "16",
                "--lr",
                "0.02",
                "--run-dir",
                dir.resolve("ibp-two").toString(),
                "--json",
                "--robust",
                "ibp",
                "--eps",
                "40/255",
                "--kappa",
                "0.25",
                "--epochs",
                "3");
        assertThat(json(two).get("test_loss").asDouble())
                .isCloseTo(a.get("test_loss").asDouble(), org.assertj.core.api.Assertions.within(1e-4));
        refuses("kappa: expected a number in [0, 1], got 2", "--robust", "ibp", "--eps", "0.1", "--kappa", "2");
        refuses("pgd has no use for --ramp", "--robust", "pgd", "--eps", "0.1", "--ramp", "0.1");
        refuses("expected --eps", "--robust", "ibp");
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
    void clustreAsPublishedHasTheOriginalsSettings() throws IOException {
        json(train("base", "--epochs", "3"));
        String from = dir.resolve("base").toString();
        String[] options = {
            "--from", from, "--robust", "clustre-published", "--clusters", "12", "--features", "pgd_input"
        };
        Run first = Run.of(arguments("published", options));
        JsonNode a = json(first);
        assertThat(first.out())
                .contains("12 clusters of pgd_input by kmeans; linf, eps 0.15 (38.25/255), which is 0.3 on [-1, 1]")
                .contains("7 steps of 0.01", "12 representatives of 120 samples");
        JsonNode config =
                new ObjectMapper().readTree(dir.resolve("published/config.json").toFile());
        assertThat(config.at("/config/epochs").asInt()).isEqualTo(10);
        assertThat(config.at("/config/batch").asInt()).isEqualTo(128);
        assertThat(config.at("/config/lr").asDouble()).isEqualTo(1e-3);
        assertThat(config.at("/config/schedule").asText()).isEqualTo("constant");
        assertThat(config.at("/config/model").asText()).isEqualTo("linear");
        assertThat(config.at("/robust/clusters").asInt()).isEqualTo(12);
        assertThat(config.at("/from/run_dir").asText()).isEqualTo(from);
        JsonNode b = json(Run.of(arguments("again", options)));
        assertThat(b.get("weights_sha256")).isEqualTo(a.get("weights_sha256"));
    }

    private static String[] arguments(String run, String... more) {
        List<String> args = new ArrayList<>(List.of(
                "train", data, "--device", "cpu", "--run-dir", dir.resolve(run).toString(), "--json"));
        args.addAll(List.of(more));
        return args.toArray(String[]::new);
    }

    @Test
    void clustreAndItsBaselinesDiffer() throws IOException {
        json(train("start", "--epochs", "2"));
        String from = dir.resolve("start").toString();
        List<List<String>> ways = List.of(
                List.of("clustre"),
                List.of("clustre", "--assign", "random"),
                List.of("clustre", "--per-class", "--recluster", "1", "--keep", "2", "--choice", "random"),
                List.of("clustre-select"),
                List.of("clustre-select", "--choice", "boundary", "--features", "penultimate", "--keep", "3"),
                List.of("clustre-select", "--assign", "random"),
                List.of("clustre-select", "--assign", "all"));
        var hashes = new java.util.HashSet<String>();
        for (int i = 0; i < ways.size(); i++) {
            List<String> args = new ArrayList<>(List.of("--from", from, "--eps", "0.1", "--epochs", "2"));
            if (!ways.get(i).contains("all")) args.addAll(List.of("--clusters", "8"));
            args.add("--robust");
            args.addAll(ways.get(i));
            JsonNode json = json(train("way" + i, args.toArray(String[]::new)));
            hashes.add(json.get("weights_sha256").asText());
            assertThat(json.at("/robust/method").asText()).isEqualTo(ways.get(i).get(0));
        }
        assertThat(hashes).hasSize(ways.size());
    }

    /** Attack the training samples, keep the examples, and train on both; a run from the file's arrays is the same. */
    @Test
    void aFixedSetIsTrainedOnBesideTheSamples() throws IOException {
        json(train("plain", "--epochs", "2"));
        String plain = dir.resolve("plain").toString();
        String npz = dir.resolve("adv.npz").toString();
        String attack = "attack " + plain + " " + data + " --eps 0.1 --attack fgsm --device cpu --json --save ";
        Run made = Run.of((attack + npz + " --split train --limit 50").split(" "));
        assertThat(json(made).get("split").asText()).isEqualTo("train");
        assertThat(made.out()).contains("50 training samples of");
        String[] options = {"--from", plain, "--epochs", "2", "--robust", "fixed-set", "--examples", npz};
        Run first = train("fixed", options);
        JsonNode a = json(first);
        assertThat(first.out())
                .contains("samples beside the examples of " + npz, "50 adversarial examples beside 120 samples");
        assertThat(a.at("/robust/added").asInt()).isEqualTo(50);
        assertThat(a.at("/robust/examples_sha256").asText())
                .isEqualTo(steepest.Sha256.of(Files.readAllBytes(Path.of(npz))));
        assertThat(json(train("fixed-again", options)).get("weights_sha256")).isEqualTo(a.get("weights_sha256"));
        assertThat(json(train("unfixed", "--from", plain, "--epochs", "2")).get("weights_sha256"))
                .isNotEqualTo(a.get("weights_sha256"));
        JsonNode last = null;
        for (String line : Files.readAllLines(dir.resolve("fixed/metrics.jsonl")))
            last = new ObjectMapper().readTree(line);
        assertThat(last.get("step").asInt()).as("of 170 in batches of 16").isEqualTo(2 * 11);

        String ofTests = dir.resolve("test.npz").toString();
        Run test = Run.of((attack + ofTests + " --limit 20").split(" "));
        assertThat(json(test).get("split").asText()).isEqualTo("test");
        Run learned = train("cheat", "--robust", "fixed-set", "--examples", ofTests);
        assertThat(learned.status()).isEqualTo(1);
        assertThat(learned.err())
                .startsWith("steepest: " + ofTests + ": expected examples of the training samples of ")
                .contains("example 0 was made from another image than sample 0; attack --split train makes them");
        assertThat(dir.resolve("cheat")).doesNotExist();
        refuses("split", ("attack " + plain + " " + data + " --eps 0.1 --split both").split(" "));
    }

    @Test
    void clustreSaysWhatIsWrong() {
        naturally("from");
        String from = dir.resolve("from").toString();
        refuses("expected --from RUN_DIR", "--robust", "clustre", "--eps", "0.1");
        refuses("expected --eps", "--robust", "clustre", "--from", from);
        refuses("has no use for --norm", "--robust", "clustre", "--from", from, "--eps", "0.1", "--norm", "l2");
        refuses("has no use for --clusters", "--robust", "pgd", "--eps", "0.1", "--clusters", "3");
        refuses(
                "features: expected one of original_data",
                "--robust",
                "clustre",
                "--from",
                from,
                "--eps",
                "0.1",
                "--features",
                "colour");
        refuses("kmeans or random", "--robust", "clustre", "--from", from, "--eps", "0.1", "--assign", "all");
        refuses("clusters", "--robust", "clustre", "--from", from, "--eps", "0.1", "--clusters", "0");
        refuses(
                "kmeans-batch: robust training clustre has no use for it with assign random",
                ("--robust clustre --from " + from + " --eps 0.1 --assign random --kmeans-batch 8").split(" "));
        for (String idle : List.of("features pgd_input", "choice boundary", "keep 2", "clusters 9"))
            refuses(
                    idle.split(" ")[0] + ": robust training clustre-select has no use for it with assign all",
                    ("--robust clustre-select --from " + from + " --eps 0.1 --assign all --" + idle).split(" "));
        Run many = train("many", "--robust", "clustre", "--from", from, "--eps", "0.1", "--clusters", "500");
        assertThat(many.status()).isEqualTo(1);
        assertThat(many.err()).contains("500 clusters need as many points, got 120");
    }

    private static void naturally(String run) {
        Run trained = train(run, "--epochs", "1");
        assertThat(trained.status()).as(trained.err()).isZero();
    }

    @Test
    void whatIsWrongIsSaidInOneLine() {
        refuses("expected --eps", "--robust", "pgd");
        refuses("unknown robust training 'pdg'", "--robust", "pdg");
        refuses("robust training fixed-set: expected examples, an npz file", "--robust", "fixed-set");
        refuses(
                "absent.npz",
                "--robust",
                "fixed-set",
                "--examples",
                dir.resolve("absent.npz").toString());
        refuses("pgd has no use for --examples", "--robust", "pgd", "--eps", "0.1", "--examples", "adv.npz");
        refuses("fgsm has no use for --steps", "--robust", "fgsm", "--eps", "0.1", "--steps", "3");
        refuses("none has no use for --eps", "--eps", "0.1");
        refuses("pgd has no use for --replays", "--robust", "pgd", "--eps", "0.1", "--replays", "3");
        refuses("smoothing", "--robust", "label-smoothing", "--smoothing", "2");
        refuses("norm must be linf or l2", "--robust", "pgd", "--eps", "0.1", "--norm", "l1");
    }

    private static void refuses(String message, String... args) {
        Run run = args[0].equals("attack") ? Run.of(args) : train("wrong", args);
        assertThat(run.status()).as(String.join(" ", args)).isEqualTo(2);
        assertThat(run.err().lines().findFirst().orElse("")).contains(message);
    }
}

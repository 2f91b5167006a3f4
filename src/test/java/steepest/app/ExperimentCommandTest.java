package steepest.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import steepest.HostArray;
import steepest.Shape;
import steepest.io.Npz;
import steepest.lab.Grid;
import steepest.lab.Store;

/** {@code experiment}: what a file asks for is done once, whatever happens. */
class ExperimentCommandTest {
    private static final String ATTACKS = """
            attacks:
              - {attack: fgsm, eps: [0.1, 0.2]}
            """;
    private static final String GRID = """
            experiment: quarters
            dataset: "%s"
            model: linear
            seeds: [0, 1]
            train: {epochs: 2, batch: 16, lr: 0.02}
            baseline: natural
            methods:
              - {name: natural, method: none}
              - {method: pgd, eps: 40/255, steps: 3}
              - {method: clustre, eps: 0.1, clusters: [2, 8]}
            """;

    @TempDir
    static Path dir;

    private static String grid;

    @BeforeAll
    static void writeData() throws IOException {
        grid = GRID.formatted(Quarters.write(dir, 120, 40)) + ATTACKS;
    }

    private static Run run(String text, Path store, String... more) throws IOException {
        Path file = Files.writeString(dir.resolve("grid.yaml"), text);
        var args = new java.util.ArrayList<>(
                List.of("experiment", file.toString(), "--store", store.toString(), "--json"));
        args.addAll(List.of(more));
        if (!String.join(" ", more).contains("--device")) args.addAll(List.of("--device", "cpu"));
        return Run.of(args.toArray(String[]::new));
    }

    private static JsonNode json(Run run) throws IOException {
        assertThat(run.status()).as(run.err()).isZero();
        var lines = run.out().lines().toList();
        return new ObjectMapper().readTree(lines.get(lines.size() - 1));
    }

    /** What was found for each cell, without what differs from run to run. */
    private static Map<String, JsonNode> found(Path store) {
        Map<String, JsonNode> all = new TreeMap<>();
        for (JsonNode r : Store.read(store)) {
            JsonNode figures = ((ObjectNode) r).deepCopy().without(List.of("at", "seconds", "device"));
            assertThat(all.put(r.get("key").asText(), figures))
                    .as("cell %s is done once", r.get("key"))
                    .isNull();
        }
        return all;
    }

    @Test
    void aGridIsDoneOnceAndGrowsAndParallelIsSerial() throws IOException {
        Path store = dir.resolve("serial");
        JsonNode first = json(run(grid, store));
        // two seeds of four methods; ClustRe goes on with the natural networks, trained once
        assertThat(first.get("done").asInt()).isEqualTo(8 + 16);
        assertThat(found(store)).hasSize(8 + 16 + 1);
        for (JsonNode r : found(store).values()) {
            if (r.get("kind").asText().equals("experiment")) continue;
            assertThat(r.get("weights_sha256").asText()).hasSize(64);
            assertThat(r.get("data_sha256").asText()).hasSize(64);
            assertThat(r.at("/versions/java").asText()).isNotEmpty();
            assertThat(r.at("/versions/code").asText()).matches("[0-9a-f]{12}");
            assertThat(r.get("gradients").asLong()).isPositive();
            if (!r.get("kind").asText().equals("training")) continue;
            long perSample = switch (r.get("method").asText()) {
                case "none" -> 1;
                case "pgd" -> 4;
                default -> 0;
            };
            if (perSample > 0) assertThat(r.get("gradients").asLong()).isEqualTo(2 * 120 * perSample);
            else // the representatives, attacked in each epoch
            assertThat(r.get("gradients").asLong())
                        .isEqualTo(2 * 120 + 2 * 7 * r.at("/settings/clusters").asLong());
            assertThat(r.get("forwards").asLong()).isEqualTo(2 * 40);
        }
        for (JsonNode r : Store.read(store)) {
            if (!r.get("kind").asText().equals("training")) continue;
            String method = r.get("method").asText();
            assertThat(r.at("/seconds/clustering").asDouble() > 0).isEqualTo(method.equals("clustre"));
            assertThat(r.at("/seconds/attack").asDouble() > 0)
                    .as("an attack within the step counts too")
                    .isEqualTo(!method.equals("none"));
            assertThat(r.at("/seconds/training").asDouble()).isNotNegative();
        }
        JsonNode report = json(Run.of("experiment", "report", store.toString(), "--json"));
        assertThat(Path.of(report.get("html").asText())).content().contains("clustre clusters=8", "data:image/png");

        JsonNode again = json(run(grid, store));
        assertThat(again.get("done").asInt()).isZero();
        assertThat(again.get("kept").asInt()).isEqualTo(8 + 16);

        Path parallel = dir.resolve("parallel");
        json(run(grid, parallel, "--jobs", "3"));
        assertThat(found(parallel)).isEqualTo(found(store));

        JsonNode more = json(run(grid + "  - {attack: pgd, eps: 0.1, steps: 2}\n", store));
        assertThat(more.get("done").asInt()).as("only the new attack").isEqualTo(8);
    }

    /** What is compared, and each option of ClustRe, is a method of a grid; the same training is the same network. */
    @Test
    void everyBaselineAndOptionCanStandInAGrid() throws IOException {
        String text = """
                experiment: all
                dataset: "%s"
                model: linear
                limit: 60
                train: {epochs: 2, batch: 20, lr: 0.02}
                against: {assign: random}
                methods:
                  - {method: none}
                  - {name: random groups, method: clustre, eps: 0.1, clusters: 5, assign: random}
                  - {name: twin, method: clustre, eps: 0.1, clusters: 5}
                  - {name: universal, method: clustre, eps: 0.1, clusters: 1}
                  - {name: random selection, method: clustre-select, eps: 0.1, clusters: 4, assign: random}
                  - {name: all adversarials, method: clustre-select, eps: 0.1, assign: all}
                  - {name: selection, method: clustre-select, eps: 0.1, clusters: 4, features: pgd_perturb}
                  - {name: fixed set, method: fixed-set, examples: "%s"}
                  - {method: fgsm, eps: 0.1}
                  - {method: fgsm-rs, eps: 0.1}
                  - {method: free, eps: 0.1, replays: 2}
                  - {method: pgd, eps: 0.1, steps: 2, norm: [linf, l2]}
                  - {method: trades, eps: 0.1, steps: 2, beta: 3}
                  - {method: mart, eps: 0.1, steps: 2}
                  - {method: label-smoothing, smoothing: 0.2}
                  - {name: published, method: clustre-published, clusters: 4,
                     features: [original_data, fgsm_perturb, fgsm_input, pgd_perturb, pgd_input]}
                  - {name: share, method: clustre, eps: 0.1, clusters: 4, choice: [nearest, random], keep: 2,
                     features: [original_data, fgsm_perturb, fgsm_input, pgd_perturb, pgd_input, penultimate]}
                  - {name: by class, method: clustre, eps: 0.1, clusters: 4, per-class: true, recluster: 1,
                     kmeans-batch: 16, kmeans-restarts: 1, kmeans-iterations: 5}
                  - {name: select, method: clustre-select, eps: 0.1, clusters: 4, keep: 3,
                     features: [pgd_input, pgd_perturb, penultimate], choice: [nearest, boundary, random]}
                  - {name: select by class, method: clustre-select, eps: 0.1, clusters: 4, per-class: true}
                attacks: {attack: fgsm, eps: 0.1}
                """.formatted(Quarters.write(dir, 120, 40), grey());
        Path store = dir.resolve("all");
        int methods = 14 + 2 + 5 + 12 + 1 + 9 + 1;
        assertThat(json(run(text, store)).get("done").asInt()).isEqualTo(2 * methods);
        Map<String, String> weights = new TreeMap<>();
        for (JsonNode r : found(store).values())
            if (r.get("kind").asText().equals("training"))
                weights.put(r.get("label").asText(), r.get("weights_sha256").asText());
        // what differs from a method in its random groups alone
        Map<String, String> labels = new TreeMap<>();
        Map<String, String> twins = new TreeMap<>();
        JsonNode cells = found(store).get("experiment all").get("cells");
        for (JsonNode c : cells)
            labels.put(c.get("training").asText(), c.get("label").asText());
        for (JsonNode c : cells)
            if (c.has("matched"))
                twins.put(c.get("label").asText(), labels.get(c.get("matched").asText()));
        assertThat(twins).isEqualTo(Map.of("twin", "random groups", "selection", "random selection"));
        weights.keySet().removeIf(label -> label.contains("features=")); // the same clusters are found by several
        assertThat(weights.values()).hasSize(18).doesNotHaveDuplicates();
        JsonNode same = json(Run.of(
                ("train idx:" + dir.resolve("quarters") + " --model linear --limit 60 --epochs 2 --batch 20 --lr 0.02"
                                + " --robust trades --eps 0.1 --steps 2 --beta 3 --device cpu --json --run-dir "
                                + dir.resolve("same"))
                        .split(" ")));
        assertThat(same.get("weights_sha256").asText()).isEqualTo(weights.get("trades"));
    }

    /** Examples that nothing can be learned from. */
    private static Path grey() {
        float[] x = new float[8 * 64];
        Arrays.fill(x, 0.5f);
        Path file = dir.resolve("grey.npz");
        Npz.write(
                file,
                Map.of(
                        "x_adv",
                        HostArray.of(x, Shape.of(8, 1, 8, 8)),
                        "y",
                        HostArray.of(new int[] {0, 1, 2, 3, 0, 1, 2, 3}, Shape.of(8))));
        return file;
    }

    @Test
    void certificatesStandBesideAttacks() throws IOException {
        Path store = dir.resolve("certified");
        String bounds = GRID.formatted(Quarters.write(dir, 120, 40))
                        .replace("clustre, eps: 0.1, clusters: [2, 8]", "ibp, eps: 0.1, ramp: 0.2")
                + ATTACKS + "certificates:\n  - {method: [ibp, crown], eps: [0.05, 0.1], limit: 24}\n";
        JsonNode dry = json(run(bounds, store, "--dry-run"));
        assertThat(dry.get("cells").asInt()).isEqualTo(6 + 6 * (2 + 4));
        assertThat(json(run(bounds, store)).get("done").asInt()).isEqualTo(6 + 6 * (2 + 4));
        List<JsonNode> certificates = Store.read(store).stream()
                .filter(r -> r.get("kind").asText().equals("certificate"))
                .toList();
        assertThat(certificates).hasSize(6 * 4);
        for (JsonNode c : certificates) {
            assertThat(c.get("samples").asInt()).isEqualTo(24);
            assertThat(c.get("certified_accuracy").asDouble())
                    .isLessThanOrEqualTo(c.get("clean_accuracy").asDouble())
                    .isEqualTo(c.get("certified_correct").asInt() / 24.0);
        }
        assertThat(json(run(bounds, store)).get("done").asInt()).isZero();
        // a training without certificates is the same training
        assertThat(json(run(bounds.substring(0, bounds.indexOf("certificates")), store))
                        .get("done")
                        .asInt())
                .isZero();
        json(run(bounds, store));
        json(Run.of("experiment", "report", store.toString(), "--json"));
        assertThat(store.resolve("report.md"))
                .content()
                .contains(
                        "| certified by ibp, first 24 at 0.05 | certified by ibp, first 24 at 0.1 | certified by crown, first 24 at 0.05 |")
                .contains("Accuracy certified by crown, first 24 over eps")
                .doesNotContain("VIOLATION");
    }

    @Test
    void aDryRunSaysWhatIsToBeDoneAndLeavesNoTrace() throws IOException {
        Path store = dir.resolve("dry");
        JsonNode dry = json(run(grid, store, "--dry-run"));
        assertThat(store).doesNotExist();
        assertThat(dry.get("cells").asInt()).isEqualTo(8 + 16);
        assertThat(dry.get("methods")).hasSize(5); // the networks that ClustRe goes on with are trained first
        assertThat(dry.get("estimated_seconds").asDouble()).isPositive();
        json(run(grid, store));
        JsonNode after = json(run(grid + "  - {attack: pgd, eps: 0.1, steps: 2}\n", store, "--dry-run"));
        assertThat(after.get("cells").asInt()).isEqualTo(8);
        assertThat(after.get("kept").asInt()).isEqualTo(8 + 16);
    }

    @Test
    void cellsOfSeveralDevicesAreThoseOfOne() throws IOException {
        Path one = dir.resolve("one");
        Path two = dir.resolve("two");
        json(run(grid, one, "--device", "ref:1"));
        json(run(grid, two, "--devices", "ref:1,ref:2"));
        assertThat(found(two)).isEqualTo(found(one));
        assertThat(Store.read(two).stream()
                        .filter(r -> r.has("device"))
                        .map(r -> r.get("device").asText())
                        .distinct())
                .containsExactlyInAnyOrder("ref:1", "ref:2");
        Run mixed = run(grid, dir.resolve("mixed"), "--devices", "cpu,ref");
        assertThat(mixed.status()).isEqualTo(1);
        assertThat(mixed.err()).contains("devices: expected all of one make");
    }

    @Test
    void aCellThatFailsIsKeptAsFailedAndTriedAgain() throws IOException {
        Path store = dir.resolve("failing");
        Files.createDirectories(store);
        Path inTheWay = Files.writeString(store.resolve("examples"), "");
        String bad = grid.replace("attacks:", "  - {name: bad, method: none, train: {lr: 1.0e+38}}\nattacks:");
        Run first = run(bad, store);
        assertThat(first.status()).isEqualTo(1);
        assertThat(first.err()).contains("failed: bad, linear, seed 0: training: the loss became");
        List<JsonNode> failed = Store.read(store).stream()
                .filter(r -> r.get("kind").asText().equals("failed"))
                .toList();
        assertThat(failed).as("two trainings, and all attacks of the others").hasSize(2 + 16);

        json(Run.of("experiment", "report", store.toString(), "--json"));
        assertThat(store.resolve("report.md"))
                .content()
                .contains("NOT FINISHED: 22 of 30 cells are missing, 18 of these failed")
                .contains("failed: bad, linear, seed 0: training: the loss became");

        Files.delete(inTheWay);
        assertThat(run(bad, store).status()).isEqualTo(1);
        json(Run.of("experiment", "report", store.toString(), "--json"));
        assertThat(store.resolve("report.md"))
                .content()
                .contains("NOT FINISHED: 6 of 30 cells are missing, 2 of these failed");
        json(run(grid, store)); // what was done is done for the grid without the bad method too
        assertThat(json(run(grid, store)).get("kept").asInt()).isEqualTo(8 + 16);
    }

    @Test
    void whatAKilledProcessFinishedIsNotRepeated() throws Exception {
        Path whole = dir.resolve("whole");
        json(run(grid, whole));
        Path store = dir.resolve("killed");
        Path file = Files.writeString(dir.resolve("killed.yaml"), grid);
        var flags = List.of("--add-modules", "jdk.incubator.vector", "-Djava.awt.headless=true");
        Process child = new ProcessBuilder(Run.command(
                        flags, "experiment", file.toString(), "--store", store.toString(), "--device", "cpu"))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        Path results = store.resolve("results.jsonl");
        try {
            while (child.isAlive() && (!Files.exists(results) || Files.size(results) == 0)) Thread.sleep(5);
        } finally {
            child.destroyForcibly();
            assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
        }
        byte[] before = Files.readAllBytes(results);
        int kept = Store.read(store).size();
        assertThat(kept).isPositive();
        Files.writeString(results, "{\"kind\":\"attack\",\"key\":\"to", StandardOpenOption.APPEND); // a torn line
        assertThat(Store.read(store)).hasSize(kept);
        json(run(grid, store));
        assertThat(Files.readAllBytes(results)).startsWith(before);
        assertThat(found(store)).isEqualTo(found(whole));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "clustre-mnist",
                "clustre-fashion",
                "clustre-vs-random",
                "fast-is-better",
                "madry",
                "catastrophic-overfitting",
                "certified"
            })
    void whatIsShippedIsInOrder(String name) {
        for (boolean smoke : new boolean[] {false, true}) {
            Grid g = Grid.read(Path.of("experiments", name + ".yaml"), smoke, "cpu");
            assertThat(g.name()).isEqualTo(smoke ? name + "-smoke" : name);
            assertThat(g.trainings()).isPositive();
            assertThat(g.baseline()).isNotNull();
        }
    }

    /** Before anything runs, and in a dry run. */
    @Test
    void whatCannotBeTrainedOnTheSamplesIsSaidAtOnce() throws IOException {
        Path store = dir.resolve("impossible");
        Path others = dir.resolve("others.npz"); // of other shapes than the samples
        Npz.write(
                others,
                Map.of(
                        "x_adv", HostArray.of(new float[2], Shape.of(2, 1, 1, 1)),
                        "y", HostArray.of(new int[2], Shape.of(2))));
        for (String[] c : new String[][] {
            {
                "clusters: [2, 8]",
                "clusters: [2, 5000]",
                "clustre clusters=5000: 5000 clusters need as many samples, got 120"
            },
            {"model: linear", "model: mnist-cnn", "natural on idx:"},
            {
                "{method: pgd, eps: 40/255, steps: 3}",
                "{method: fixed-set, examples: \"" + others + "\"}",
                "x_adv: expected"
            }
        }) {
            assertThat(grid).contains(c[0]);
            Run run = run(grid.replace(c[0], c[1]), store);
            assertThat(run.status()).isEqualTo(1);
            assertThat(run.err().lines().toList()).hasSize(1);
            assertThat(run.err()).contains(c[2]);
        }
    }

    /** Where the setting has no effect there is nothing to compare with. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "against: {features: penultimate}|{method: clustre-select, eps: 0.1, assign: random, clusters: 2}",
                "against: {kmeans-restarts: 5}|{method: clustre, eps: 0.1, assign: random, clusters: 2}"
            })
    void aSettingWithoutEffectHasNoTwin(String both) throws IOException {
        String[] parts = both.split("\\|");
        Run run = run(
                grid.replace("baseline: natural", parts[0])
                        .replace("{method: clustre, eps: 0.1, clusters: [2, 8]}", parts[1]),
                dir.resolve("idle"));
        assertThat(run.err()).contains("against: expected a setting in which two of the methods differ");
    }

    /** The example in experiments/README.md. */
    @Test
    void theExampleThatIsExplainedIsAnExperiment() throws IOException {
        String text = Files.readString(Path.of("experiments", "README.md"));
        Path file = dir.resolve("explained.yaml");
        Files.writeString(file, text.substring(text.indexOf("```yaml") + 7, text.lastIndexOf("```")));
        Grid g = Grid.read(file, false, "cpu");
        assertThat(g.trainings()).isEqualTo(2 * 3 * (1 + 2 + 4));
        assertThat(g.attacksEach()).isEqualTo(1 + 3 + 2);
        assertThat(g.baseline()).isEqualTo("natural");
        assertThat(g.against()).isEqualTo("assign=random");
        assertThat(Grid.read(file, true, "cpu").trainings()).isEqualTo(2 * (1 + 2 + 4));
    }

    @Test
    void oneProcessWorksInAStore() throws IOException {
        Path store = dir.resolve("locked");
        try (Store open = Store.open(store)) {
            assertThat(open).isNotNull();
            Run second = run(grid, store);
            assertThat(second.status()).isEqualTo(1);
            assertThat(second.err()).contains("expected to be alone");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "seeds: [0, 1]|seeds: [0, x]|:4: seeds[1]: expected a whole number, found 'x'",
                "epochs: 2|epochs: 0|:5: train.epochs: expected a whole number of at least 1, found '0'",
                "epochs: 2|epoch: 2|:5: train.epoch: unknown key, expected one of epochs, batch",
                "model: linear|modell: linear|:3: modell: unknown key",
                "model: linear|model: linea|:3: model: expected one of",
                "steps: 3|steps: many|:9: methods[1].steps: expected a whole number, got 'many'",
                "steps: 3|beta: 3|:9: methods[1].beta: unknown key",
                "eps: 40/255, ||:9: methods[1]: robust training pgd: expected eps",
                "baseline: natural|baseline: none|:6: baseline: expected one of natural",
                "experiment: quarters|experiment: ../quarters|:1: experiment: expected letters, digits, '_', '-' and '.', found",
                "seeds: [0, 1]|seeds: [1, 1]|:4: seeds: expected each once, found [1, 1]",
                "eps: [0.1, 0.2]|eps: [0.1, 0.100001]|:12: attacks[0].eps[1]: expected different attacks and certificates, found another that is or is called 'fgsm at 0.1'",
                "baseline: natural|against: {assgn: random}|:6: against.assgn: unknown key, expected one of eps",
                "baseline: natural|against: {eps: 0.1, steps: 1}|:6: against: expected one setting, such as {assign: random}, found 2",
                "baseline: natural|against: {assign: rnd}|:6: against: expected a setting in which two of the methods differ, found assign=rnd: assign: expected one of kmeans, random",
                "baseline: natural|against: {assign: kmeans}|:6: against: expected a setting in which two of the methods differ, found assign=kmeans",
                "eps: 40/255|eps: [0.1, 0.1]|:9: methods[1].eps[1]: expected each once, found it twice",
                "attack: fgsm|attack: fgms|:12: attacks[0].attack: expected one of fgsm",
                "attack: fgsm|attack: fgsm, steps: 3|:12: attacks[0].steps: unknown key",
                "baseline: natural|certificates: [{method: crow, eps: 1}]|:6: certificates[0].method: expected one of ibp, crown-ibp",
                "baseline: natural|certificates: [{method: ibp, eps: inf}]|:6: certificates[0].eps: expected a finite number",
                "baseline: natural|certificates: [{method: ibp}]|:6: certificates[0]: expected the key eps, found none",
                "clusters: [2, 8]|clusters: []|:10: methods[2].clusters: expected at least one element, found none",
                "name: natural|name: [natural|:8: expected YAML",
            })
    void whatIsWrongIsSaidInOneLineWithItsPlace(String right, String wrong, String message) throws IOException {
        assertThat(grid).contains(right);
        Run run = run(grid.replace(right, wrong == null ? "" : wrong), dir.resolve("wrong"));
        assertThat(run.status()).isNotZero();
        assertThat(run.err().lines().toList()).hasSize(1);
        assertThat(run.err()).contains("grid.yaml" + message);
        assertThat(dir.resolve("wrong")).doesNotExist();
    }
}

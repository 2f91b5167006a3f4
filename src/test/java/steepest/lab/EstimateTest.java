package steepest.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import steepest.Device;
import steepest.HostArray;
import steepest.Shape;
import steepest.data.Dataset;

/** How long cells will take, from records and from counting. */
class EstimateTest {
    private static final Device DEVICE = Device.cpu();
    private static final Dataset DATA =
            Dataset.ofFloats("tiny", HostArray.of(new float[400], Shape.of(100, 1, 2, 2)), new int[100], List.of("0"));
    private static final Grid GRID = Grid.parse("test", """
            experiment: x
            dataset: digits
            model: linear
            seeds: [0, 1]
            train: {epochs: 4, batch: 20}
            methods: [{method: none}, {method: pgd, eps: 0.1, steps: 9}]
            attacks: [{attack: pgd, eps: 0.1, steps: 20}, {attack: pgd, eps: 0.2, steps: 40, restarts: 3, limit: 50}]
            """, false, "cpu");

    @TempDir
    Path dir;

    private static Estimate estimate(Store store) {
        Samples samples = new Samples(DATA, DATA, "hash");
        return new Estimate(samples, GRID.cells(), GRID.judgements(), DEVICE, store.records());
    }

    private static Map<String, Object> record(String kind, String key, Map<String, Object> seconds) {
        Map<String, Object> r = new LinkedHashMap<>();
        r.put("kind", kind);
        r.put("key", key);
        r.put("versions", Versions.of(DEVICE.info()));
        r.put("seconds", seconds);
        return r;
    }

    @Test
    void whatWasRecordedOfTheLikeIsBelieved() {
        Cell pgd = GRID.cells().get(2);
        Judgement attack = GRID.judgements().get(0);
        try (Store store = Store.open(dir)) {
            Map<String, Object> training =
                    record("training", "t", Map.of("clustering", 2, "attack", 1, "training", 3, "evaluation", 1));
            training.put("config", pgd.config().withEpochs(10).withSeed(9));
            training.put("method", "pgd");
            training.put("settings", pgd.recipe().notes());
            training.put("train_samples", 1000);
            store.append(training);
            Map<String, Object> attacked = record("attack", "a", Map.of("attack", 7));
            attacked.put("training", "t");
            attacked.putAll(attack.fields());
            attacked.put("label", attack.label());
            attacked.put("samples", 1000);
            store.append(attacked);

            Estimate e = estimate(store);
            // 2 s of clustering for 1000 samples, and 5 s for 1000 samples in 10 epochs
            assertThat(e.training(pgd)).isCloseTo(100 * (0.002 + 4 * 0.0005), within(1e-9));
            assertThat(e.judgement(pgd, attack)).isCloseTo(0.7, within(1e-9));
            assertThat(e.judgement(GRID.cells().get(0), attack))
                    .as("of another method's network")
                    .isCloseTo(0.7, within(1e-9));
        }
    }

    @Test
    void whatIsNotRecordedIsCounted() {
        Estimate e = estimate(Store.peek(dir.resolve("none")));
        List<Cell> cells = GRID.cells();
        double third = 100 / 3.0; // an evaluation
        assertThat(e.training(cells.get(2)) / e.training(cells.get(0)))
                .isCloseTo((10 * 100 + third) / (100 + third), within(1e-9));
        assertThat(e.judgement(cells.get(0), GRID.judgements().get(1))
                        / e.judgement(cells.get(0), GRID.judgements().get(0)))
                .isCloseTo(50 * 40 * 3 / (100 * 20.0), within(1e-9));
    }
}

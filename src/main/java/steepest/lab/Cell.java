package steepest.lab;

import java.util.LinkedHashMap;
import java.util.Map;
import steepest.Sha256;
import steepest.SteepestException;
import steepest.io.Json;
import steepest.nn.Models;
import steepest.robust.ClustReSettings;
import steepest.robust.ClustReSettings.Assignment;
import steepest.robust.ClustReSettings.Variant;
import steepest.robust.Recipe;
import steepest.train.TrainConfig;

/**
 * A network to be trained.
 *
 * @param label how the method is called in tables
 * @param recipe how it is trained
 * @param config what it is trained on, with which seed; the device is the one it is run on
 * @param base how the network was trained that this one goes on with; null: it begins anew
 * @param matched the cell that it is also compared with, if the grid has it; null if there is none
 */
record Cell(String label, Recipe recipe, TrainConfig config, Cell base, Cell matched) {
    /** All that determines the weights, but for the samples, which are known by their hash. */
    Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("config", config);
        fields.put("method", recipe.name());
        fields.put("settings", recipe.notes());
        if (base != null) fields.put("base", base.fields());
        return fields;
    }

    /** The same, compared with another. */
    Cell matched(Cell other) {
        return new Cell(label, recipe, config, base, other);
    }

    /** @throws SteepestException if these samples are too small for the network, too few for the clusters, or others than
     *     those of the examples of a fixed set */
    void check(Samples samples) {
        try {
            Models.of(
                    config.model(),
                    samples.train().sampleShape(),
                    samples.train().classCount());
        } catch (SteepestException e) {
            throw SteepestException.of("%s on %s: %s", label, config.dataset(), e.getMessage());
        }
        if (recipe.fixed() != null) recipe.fixed().examples(samples.train());
        ClustReSettings c = recipe.clustering();
        boolean grouped = c != null && (c.variant() != Variant.SELECT || c.assignment() == Assignment.KMEANS);
        int clusters = grouped ? c.clusters() : 0;
        if (clusters > samples.train().size())
            throw SteepestException.of(
                    "%s: %d clusters need as many samples, got %d",
                    label, clusters, samples.train().size());
    }

    /** What the network is known by. */
    String key(String data) {
        return key(fields(), data);
    }

    /** What a judgement of it is known by. */
    String key(Judgement judgement, String data) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("training", key(data));
        fields.put("attack", judgement.fields());
        return key(fields, data);
    }

    private static String key(Map<String, Object> fields, String data) {
        return Sha256.of((Json.line(fields) + data).getBytes(java.nio.charset.StandardCharsets.UTF_8))
                .substring(0, 20);
    }
}

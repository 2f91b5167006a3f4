package steepest.lab;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** How networks were trained: a table with a line for each method. */
final class Trainings {
    private Trainings() {}

    static void write(Page page, List<Row> rows) {
        List<List<String>> table = new ArrayList<>();
        table.add(List.of("method", "ε", "settings", "training", "samples", "weights, by seed"));
        Row.byLabel(rows).forEach((label, seeds) -> {
            JsonNode t = seeds.get(0).training();
            table.add(List.of(
                    label,
                    epsilon(t.path("settings")),
                    settings(t.path("settings")),
                    training(t),
                    t.path("train_samples").asText(),
                    seeds.stream().map(Trainings::weights).collect(Collectors.joining(", "))));
        });
        page.heading(3, "How they were trained");
        page.table(table);
    }

    /** In the units of the inputs and in 8-bit steps; ClustRe's also as it was published. */
    private static String epsilon(JsonNode settings) {
        if (!settings.has("eps")) return "–";
        String text = Page.number(settings.get("eps").asDouble());
        if (settings.has("eps_255"))
            text += " = " + Page.number(settings.get("eps_255").asDouble()) + "/255";
        JsonNode wide = settings.path("eps_on_minus_one_to_one");
        return wide.isNumber() ? text + " = " + Page.number(wide.asDouble()) + " on [-1, 1]" : text;
    }

    private static String settings(JsonNode settings) {
        return settings.properties().stream()
                .filter(s -> !s.getKey().startsWith("eps") && !s.getKey().equals("cluster_seed"))
                .filter(s -> !s.getKey().startsWith("kmeans")
                        || settings.path("assignment").asText().equals("kmeans"))
                .map(s -> s.getKey().replace('_', ' ') + " " + text(s.getValue()))
                .collect(Collectors.joining(", "));
    }

    private static String text(JsonNode value) {
        return value.isDouble() ? Page.number(value.asDouble()) : value.asText();
    }

    private static String training(JsonNode training) {
        JsonNode c = training.path("config");
        JsonNode base = training.path("base").path("config");
        String start = base.isMissingNode()
                ? c.path("init").asText()
                : Page.format(
                        "a natural network of %s epochs", base.path("epochs").asText());
        return Page.format(
                "%s epochs, batches of %s, %s, rate %s %s, from %s",
                c.path("epochs").asText(),
                c.path("batch").asText(),
                c.path("optimizer").asText(),
                text(c.path("lr")),
                c.path("schedule").asText(),
                start);
    }

    private static String weights(Row r) {
        String hash = r.training().path("weights_sha256").asText();
        return r.seed() + ": " + hash.substring(0, Math.min(8, hash.length()));
    }
}

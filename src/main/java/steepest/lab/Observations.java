package steepest.lab;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Rules, not opinions: what a reader must not overlook, a line each. */
final class Observations {
    private Observations() {}

    /** @param records of the store, certificates among them */
    static List<String> of(List<Row> rows, Collection<JsonNode> records) {
        List<String> seen = new ArrayList<>();
        for (Row r : rows) {
            String who = Page.format("%s, %s, seed %d", r.group(), r.label(), r.seed());
            for (JsonNode a : r.attacks()) {
                double robust = a.get("robust_accuracy").asDouble();
                if (robust > a.get("clean_accuracy").asDouble())
                    seen.add(Page.format(
                            "VIOLATION: %s: robust accuracy %.2f %% under %s exceeds the clean %.2f %%.",
                            who,
                            100 * robust,
                            Row.column(a),
                            100 * a.get("clean_accuracy").asDouble()));
                double rounded = a.path("robust_accuracy_8bit").asDouble(robust);
                if (rounded > robust + 0.1)
                    seen.add(Page.format(
                            "%s: rounding to 8 bits undoes %s: %.2f %% instead of %.2f %%.",
                            who, Row.column(a), 100 * rounded, 100 * robust));
                boolean oneStep = a.get("attack").asText().equals("fgsm");
                boolean natural = r.training().path("method").asText().equals("none"); // had nothing to overfit to
                if (oneStep && !natural && robust >= 0.5) overfitting(r, a, who, seen);
            }
            certificates(r, records, who, seen);
        }
        return seen;
    }

    /** Withstands one step, falls to several of the same reach (Wong, Rice and Kolter, ICLR 2020, section 5.4). */
    private static void overfitting(Row r, JsonNode oneStep, String who, List<String> seen) {
        for (JsonNode a : r.attacks())
            if (!a.get("attack").asText().startsWith("fgsm")
                    && a.get("norm").equals(oneStep.get("norm"))
                    && a.get("eps").asDouble() == oneStep.get("eps").asDouble()
                    && a.get("robust_accuracy").asDouble() <= 0.1)
                seen.add(Page.format(
                        "Catastrophic overfitting: %s: %.2f %% under %s but %.2f %% under %s.",
                        who,
                        100 * oneStep.get("robust_accuracy").asDouble(),
                        Row.column(oneStep),
                        100 * a.get("robust_accuracy").asDouble(),
                        Row.column(a)));
    }

    /** A certificate bounds what any attack leaves from below, on the same samples. */
    private static void certificates(Row r, Collection<JsonNode> records, String who, List<String> seen) {
        for (JsonNode c : records) {
            if (!c.path("kind").asText().equals("certificate")
                    || !c.get("training").equals(r.training().get("key"))) continue;
            for (JsonNode a : r.attacks())
                if (a.get("norm").equals(c.get("norm"))
                        && a.get("samples").equals(c.get("samples"))
                        && a.get("eps").asDouble() <= c.get("eps").asDouble()
                        && c.get("certified_accuracy").asDouble()
                                > a.get("robust_accuracy").asDouble())
                    seen.add(Page.format(
                            "VIOLATION: %s: certified %.2f %% exceeds the %.2f %% that %s leaves.",
                            who,
                            100 * c.get("certified_accuracy").asDouble(),
                            100 * a.get("robust_accuracy").asDouble(),
                            Row.column(a)));
        }
    }
}

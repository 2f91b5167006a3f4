package steepest.lab;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/** Rules, not opinions: what a reader must not overlook, a line each. */
final class Observations {
    /** Sees gradients and, by Square, goes without. */
    private static final String ENSEMBLE = "auto";

    /** Attacks that see outputs alone, or another network's gradients. */
    private static final Set<String> BLIND = Set.of("square", "spsa", "hopskipjump", "transfer");

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
            constant(r, who, seen);
            masked(r, who, seen);
            rising(r, who, seen);
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

    /** A network that says the same of everything cannot be attacked: a training that never took hold looks robust. */
    private static void constant(Row r, String who, List<String> seen) {
        double clean = r.training().get("clean_accuracy").asDouble();
        List<JsonNode> whole = r.attacks().stream()
                .filter(a -> a.get("eps").asDouble() > 0
                        && a.get("samples").equals(r.training().get("test_samples")))
                .toList();
        if (clean < 0.5 && !whole.isEmpty() && whole.stream().allMatch(a -> robust(a) == clean))
            seen.add(Page.format(
                    "Untrained: %s: all attacks leave its clean %.2f %%, as of a network that tells nothing apart.",
                    who, 100 * clean));
    }

    /**
     * Attacks that see only outputs should find less than those that see gradients (Athalye, Carlini and Wagner, "Obfuscated
     * gradients give a false sense of security", ICML 2018, section 3.1).
     */
    private static void masked(Row r, String who, List<String> seen) {
        for (JsonNode blind : r.attacks()) {
            if (!BLIND.contains(blind.get("attack").asText())) continue;
            r.attacks().stream()
                    .filter(a -> seesGradients(a.get("attack").asText()) && isAlike(a, blind))
                    .min(Comparator.comparingDouble(Observations::robust))
                    .filter(best -> isClearlyAbove(best, blind))
                    .ifPresent(best -> seen.add(Page.format(
                            "Masked gradients: %s: %s, which sees no gradient, leaves %.2f %%, less than the %.2f %% of %s.",
                            who, Row.column(blind), 100 * robust(blind), 100 * robust(best), Row.column(best))));
        }
    }

    /** In more than one step, which is weak against many. */
    private static boolean seesGradients(String attack) {
        return !BLIND.contains(attack) && !attack.startsWith("fgsm") && !attack.equals(ENSEMBLE);
    }

    private static double robust(JsonNode attack) {
        return attack.get("robust_accuracy").asDouble();
    }

    private static boolean isAlike(JsonNode a, JsonNode b) {
        return a.get("norm").equals(b.get("norm"))
                && a.get("samples").equals(b.get("samples"))
                && a.path("target").equals(b.path("target"))
                && a.get("eps").asDouble() == b.get("eps").asDouble();
    }

    /** By more than a hundredth, and than two standard errors of a fraction of so many samples at its widest. */
    private static boolean isClearlyAbove(JsonNode more, JsonNode less) {
        double noise = 1 / Math.sqrt(less.get("samples").asDouble());
        return robust(more) > robust(less) + Math.max(0.01, noise);
    }

    /** A larger ball holds the smaller one's examples too: an attack that finds less there is too weak for it. */
    private static void rising(Row r, String who, List<String> seen) {
        for (JsonNode small : r.attacks())
            for (JsonNode large : r.attacks())
                if (Row.series(small).equals(Row.series(large))
                        && small.get("eps").asDouble() < large.get("eps").asDouble()
                        && isClearlyAbove(large, small))
                    seen.add(Page.format(
                            "Weak attack: %s: %.2f %% under %s, more than the %.2f %% under %s.",
                            who, 100 * robust(large), Row.column(large), 100 * robust(small), Row.column(small)));
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

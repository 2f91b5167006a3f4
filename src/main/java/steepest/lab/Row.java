package steepest.lab;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * A network as a report sees it.
 *
 * @param label how its method is called
 * @param base the training of the network that it went on with; null if it began anew
 * @param judgements the attacks and certificates that are finished
 * @param matched the {@link #key} of the network that it is also compared with; null if there is none
 */
record Row(String label, JsonNode training, JsonNode base, List<JsonNode> judgements, String matched) {
    /** The networks of each method, in order. */
    static Map<String, List<Row>> byLabel(List<Row> rows) {
        Map<String, List<Row>> all = new LinkedHashMap<>();
        for (Row r : rows)
            all.computeIfAbsent(r.label(), l -> new ArrayList<>()).add(r);
        return all;
    }

    String key() {
        return training.get("key").asText();
    }

    /** Gradients that it took, those of its base counted. */
    double gradients() {
        return training.get("gradients").asDouble()
                + (base == null ? 0 : base.get("gradients").asDouble());
    }

    /** Seconds of a phase, those of its base counted. */
    double seconds(String phase) {
        return training.at("/seconds/" + phase).asDouble()
                + (base == null ? 0 : base.at("/seconds/" + phase).asDouble());
    }

    List<JsonNode> attacks() {
        return judgements.stream()
                .filter(j -> j.path("kind").asText().equals("attack"))
                .toList();
    }

    /** Dataset and model: what is compared within. */
    String group() {
        return training.at("/config/dataset").asText() + " "
                + training.at("/config/model").asText();
    }

    long seed() {
        return training.get("seed").asLong();
    }

    /** What differs in ε alone: an attack or a certificate, and of how many samples if not of all. */
    static String series(JsonNode judgement) {
        JsonNode limit = judgement.path("limit");
        return series(judgement.get("label").asText(), limit.isNumber() ? limit.asInt() : null);
    }

    private static String series(String label, Integer limit) {
        return limit == null ? label : label + ", first " + limit;
    }

    /** A column of a table: one of a series, at an ε. */
    static String column(JsonNode judgement) {
        return column(series(judgement), judgement.get("eps").asDouble());
    }

    static String column(Judgement j) {
        return column(series(j.label(), j.limit()), j.epsilon());
    }

    static String column(String series, double epsilon) {
        return series + " at " + Page.number(epsilon);
    }

    /** How an accuracy in that column was found. */
    static String how(String column) {
        if (column.equals("clean")) return "on clean samples";
        return column.startsWith(CertificateCell.LABEL) ? column : "under " + column;
    }

    /** The name of what counts: {@code robust} for attacks, {@code certified}; with {@code _accuracy} a field. */
    static String counted(JsonNode judgement) {
        return judgement.path("kind").asText().equals("certificate") ? "certified" : "robust";
    }

    /** The attack or certificate of that column; null if there is none. */
    JsonNode judgement(String column) {
        return judgements.stream()
                .filter(a -> column(a).equals(column))
                .findFirst()
                .orElse(null);
    }

    /** The accuracy in that column, where {@code clean} is the network's own; empty if there is none yet. */
    OptionalDouble accuracy(String column) {
        if (column.equals("clean"))
            return OptionalDouble.of(training.get("clean_accuracy").asDouble());
        JsonNode a = judgement(column);
        return a == null
                ? OptionalDouble.empty()
                : OptionalDouble.of(a.get(counted(a) + "_accuracy").asDouble());
    }
}

package steepest.lab;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.OptionalDouble;

/** A network as a report sees it: how its method is called, and the attacks on it that are finished. */
record Row(String label, JsonNode training, List<JsonNode> attacks) {
    /** Dataset and model: what is compared within. */
    String group() {
        return training.at("/config/dataset").asText() + " "
                + training.at("/config/model").asText();
    }

    long seed() {
        return training.get("seed").asLong();
    }

    /** A column of a table: an attack at an ε. */
    static String column(JsonNode attack) {
        return attack.get("label").asText() + " at "
                + Page.number(attack.get("eps").asDouble());
    }

    /** The attack of that column; null if there is none. */
    JsonNode attack(String column) {
        return attacks.stream()
                .filter(a -> column(a).equals(column))
                .findFirst()
                .orElse(null);
    }

    /** The accuracy in that column, where {@code clean} is the network's own; empty if there is none yet. */
    OptionalDouble accuracy(String column) {
        if (column.equals("clean"))
            return OptionalDouble.of(training.get("clean_accuracy").asDouble());
        JsonNode a = attack(column);
        return a == null
                ? OptionalDouble.empty()
                : OptionalDouble.of(a.get("robust_accuracy").asDouble());
    }
}

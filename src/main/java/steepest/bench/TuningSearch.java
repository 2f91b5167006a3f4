package steepest.bench;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * Looks for the sizes with which the kernels of a family are fastest on a device, one tunable after the other, each time
 * from the best table so far, again and again until nothing helps or the time is over. Every candidate is held against the
 * table that ships, in the same run, and the best once more at the end: what is not faster then is not taken.
 */
public final class TuningSearch {
    /** Less is noise. */
    private static final double WORTH = 1.03;

    /** The last comparison takes longer than the others by this. */
    private static final double CARE = 3;

    /**
     * What there is to try.
     *
     * @param ops whose parity cases a candidate must pass before it is taken
     * @param work that it is timed on: beginnings of families and names of {@link Workloads}
     * @param values of each tunable, which a JSON pointer names; {@code *} stands for each element of a list
     */
    public record Family(String name, List<String> ops, List<String> work, Map<String, List<JsonNode>> values) {}

    /**
     * What came of a candidate.
     *
     * @param ratios how many times as fast as the table that ships, for each piece of work
     * @param failure why it cannot be used: it does not build, does not run or computes something else; else empty
     */
    public record Answer(Map<String, Double> ratios, String failure) {
        public static Answer failed(String why) {
            return new Answer(Map.of(), why);
        }

        /** The geometric mean of the ratios. */
        public double score() {
            return Math.exp(
                    ratios.values().stream().mapToDouble(Math::log).average().orElse(0));
        }
    }

    /** Tries tables. */
    @FunctionalInterface
    public interface Judge {
        /**
         * @param proof the score from which the parity cases must be passed too: below it nobody takes the candidate
         * @param care how much longer than usual to measure
         */
        Answer judge(Family family, JsonNode table, double proof, double care);
    }

    /**
     * What was found.
     *
     * @param table the whole table; that in use where nothing was tried
     * @param ratio how many times as fast as the table that ships; 1 where its sizes stay
     * @param ratios the same for each piece of work
     * @param tried how many candidates
     * @param failures why candidates could not be used
     */
    public record Found(ObjectNode table, double ratio, Map<String, Double> ratios, int tried, List<String> failures) {}

    private final Family family;
    private final ObjectNode standard;
    private final Predicate<JsonNode> possible;
    private final Judge judge;
    private final BooleanSupplier over;
    private final List<String> failures = new ArrayList<>();
    private ObjectNode best;
    private double score = 1;
    private int tried;

    private TuningSearch(
            Family family, ObjectNode standard, Predicate<JsonNode> possible, Judge judge, BooleanSupplier over) {
        this.family = family;
        this.standard = standard;
        this.possible = possible;
        this.judge = judge;
        this.over = over;
    }

    /** The families of a search space. */
    public static List<Family> families(JsonNode search) {
        List<Family> all = new ArrayList<>();
        search.properties().forEach(f -> {
            Map<String, List<JsonNode>> values = new LinkedHashMap<>();
            f.getValue().get("values").properties().forEach(v -> values.put(v.getKey(), list(v.getValue())));
            all.add(new Family(
                    f.getKey(),
                    texts(f.getValue().get("ops")),
                    texts(f.getValue().get("work")),
                    values));
        });
        return all;
    }

    private static List<JsonNode> list(JsonNode array) {
        List<JsonNode> all = new ArrayList<>();
        array.forEach(all::add);
        return all;
    }

    private static List<String> texts(JsonNode array) {
        return list(array).stream().map(JsonNode::asText).toList();
    }

    /**
     * Searches.
     *
     * @param inUse the table in use, whose sizes of other families stay
     * @param standard the table that ships
     * @param possible whether a table is one at all; others are passed over without being tried
     * @param over whether to come to an end
     */
    public static Found run(
            Family family,
            JsonNode inUse,
            JsonNode standard,
            Predicate<JsonNode> possible,
            Judge judge,
            BooleanSupplier over) {
        return new TuningSearch(family, (ObjectNode) standard, possible, judge, over).run((ObjectNode) inUse);
    }

    private Found run(ObjectNode inUse) {
        List<JsonPointer> tunables = tunables();
        ObjectNode shipped = inUse.deepCopy();
        for (JsonPointer t : tunables) set(shipped, t, standard.at(t));
        best = shipped;
        if (!shipped.equals(inUse) && !over.getAsBoolean()) attempt(inUse.deepCopy());
        for (ObjectNode before = null; best != before && !over.getAsBoolean(); ) {
            before = best;
            for (JsonPointer t : tunables) attemptAll(t);
        }
        if (tried == 0) return new Found(inUse, 1, Map.of(), tried, failures);
        if (best == shipped) return new Found(shipped, 1, Map.of(), tried, failures);
        Answer last = judge.judge(family, best, Double.POSITIVE_INFINITY, CARE);
        if (!last.failure().isEmpty() || last.score() < 1) return new Found(shipped, 1, Map.of(), tried, failures);
        return new Found(best, last.score(), last.ratios(), tried, failures);
    }

    private void attemptAll(JsonPointer tunable) {
        String name = tunable.toString().replaceAll("/\\d+/", "/*/");
        for (JsonNode value : family.values.get(name)) {
            if (over.getAsBoolean()) return;
            if (value.equals(best.at(tunable))) continue;
            ObjectNode candidate = best.deepCopy();
            set(candidate, tunable, value);
            if (possible.test(candidate)) attempt(candidate);
        }
    }

    private void attempt(ObjectNode candidate) {
        Answer a = judge.judge(family, candidate, score * WORTH, 1);
        if (!a.failure().isEmpty() && over.getAsBoolean()) return; // perhaps it only had no time left
        tried++;
        if (!a.failure().isEmpty()) failures.add(a.failure());
        else if (a.score() > score * WORTH) {
            score = a.score();
            best = candidate;
        }
    }

    /** Those that the table has. */
    private List<JsonPointer> tunables() {
        List<JsonPointer> all = new ArrayList<>();
        for (String name : family.values.keySet()) {
            int star = name.indexOf("/*/");
            int n = star < 0 ? 1 : standard.at(name.substring(0, star)).size();
            for (int i = 0; i < n; i++) {
                JsonPointer p = JsonPointer.compile(name.replace("/*/", "/" + i + "/"));
                if (!standard.at(p).isMissingNode()) all.add(p);
            }
        }
        return all;
    }

    private static void set(ObjectNode table, JsonPointer at, JsonNode value) {
        JsonNode parent = table.at(at.head());
        if (parent instanceof ArrayNode a) a.set(at.last().getMatchingIndex(), value);
        else ((ObjectNode) parent).set(at.last().getMatchingProperty(), value);
    }
}

package steepest.lab;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Networks beside those that they are compared with, seed by seed: the differences with their paired t interval over seeds.
 *
 * @param against what they are compared with, as it is called
 */
record Comparison(String against, Map<String, List<Pair>> methods) {
    /** Two networks of one seed. */
    record Pair(Row row, Row other) {
        double points(String column) {
            return 100
                    * (row.accuracy(column).getAsDouble()
                            - other.accuracy(column).getAsDouble());
        }

        /** One cluster is one group, however it is found: the same training, which says nothing of a difference. */
        boolean differs() {
            return !row.training()
                    .path("weights_sha256")
                    .equals(other.training().path("weights_sha256"));
        }

        boolean has(String column) {
            return row.accuracy(column).isPresent() && other.accuracy(column).isPresent();
        }
    }

    /** Of nothing so far. */
    Comparison(String against) {
        this(against, new LinkedHashMap<>());
    }

    void add(String label, Row row, Row other) {
        methods.computeIfAbsent(label, l -> new ArrayList<>()).add(new Pair(row, other));
    }

    /**
     * Differences, one for each seed: where several pairs have the same seed, their mean, since they are no independent draws.
     */
    private static double[] differences(List<Pair> pairs, String column) {
        Map<Long, List<Pair>> seeds = new TreeMap<>();
        for (Pair p : pairs)
            if (p.has(column))
                seeds.computeIfAbsent(p.row.seed(), s -> new ArrayList<>()).add(p);
        return seeds.values().stream()
                .mapToDouble(of -> Statistics.mean(
                        of.stream().mapToDouble(p -> p.points(column)).toArray()))
                .toArray();
    }

    /** How many differences {@link #write} tests. */
    int tests(Set<String> columns) {
        int tests = 0;
        for (List<Pair> pairs : methods.values())
            for (String column : columns(columns)) if (differences(pairs, column).length > 2) tests++;
        return tests;
    }

    private static List<String> columns(Set<String> judged) {
        List<String> all = new ArrayList<>(List.of("clean"));
        all.addAll(judged);
        return all;
    }

    /** Writes the table. @param seen takes a line about each difference of three seeds or more whose interval leaves out 0 */
    void write(Page page, Set<String> columns, List<String> seen) {
        if (methods.isEmpty()) return;
        page.heading(3, "Against " + against + ", in percentage points, paired by seed, 95 % t interval");
        List<String> head = new ArrayList<>(List.of("method"));
        head.addAll(columns(columns));
        List<List<String>> table = new ArrayList<>(List.of(head));
        methods.forEach((label, pairs) -> {
            List<String> line = new ArrayList<>(List.of(label));
            for (String column : columns(columns)) line.add(cell(label, pairs, column, seen));
            table.add(line);
        });
        page.table(table);
    }

    private String cell(String label, List<Pair> pairs, String column, List<String> seen) {
        double[] d = differences(pairs, column);
        if (d.length == 0) return "–";
        if (d.length == 1) return Page.format("%+.2f (one seed)", d[0]);
        double m = Statistics.mean(d);
        double half = Statistics.half95(d);
        // the spread of two seeds is a single number, which may be small by chance
        if (Math.abs(m) > half && half > 0 && d.length > 2)
            seen.add(Page.format(
                    "%s: %s is %s than %s %s, by %.2f points (95 %% interval %.2f to %.2f, %d seeds).",
                    pairs.get(0).row.group(),
                    label,
                    m > 0 ? "better" : "worse",
                    against,
                    Row.how(column),
                    Math.abs(m),
                    Math.abs(m) - half,
                    Math.abs(m) + half,
                    d.length));
        return Page.format("%+.2f (%+.2f to %+.2f)", m, m - half, m + half);
    }
}

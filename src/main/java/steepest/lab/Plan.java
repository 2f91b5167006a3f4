package steepest.lab;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What there is to do of a grid for one dataset, and how long it may take.
 *
 * @param bases networks that others go on with, to be trained before those
 * @param kept cells that the store holds
 * @param lines what a report is made from: for each cell of the grid its label and keys
 */
record Plan(
        String dataset,
        Integer limit,
        String hash,
        List<Task> bases,
        List<Task> tasks,
        int kept,
        List<Map<String, Object>> lines) {
    /** An attack or certificate that is to be made. @param seconds that it may take */
    record Judging(Judgement judgement, String key, double seconds) {}

    /**
     * A cell with its key, and what of it is to be done.
     *
     * @param train whether the network is to be trained
     * @param seconds that the training may take; 0 if there is none
     */
    record Task(Cell cell, String key, boolean train, double seconds, List<Judging> attacks) {
        int size() {
            return (train ? 1 : 0) + attacks.size();
        }

        double attackSeconds() {
            return attacks.stream().mapToDouble(Judging::seconds).sum();
        }

        @Override
        public String toString() {
            return cell.label() + ", " + cell.config().model() + ", seed "
                    + cell.config().seed();
        }
    }

    List<Task> all() {
        List<Task> all = new ArrayList<>(bases);
        all.addAll(tasks);
        return all;
    }

    int size() {
        return all().stream().mapToInt(Task::size).sum();
    }

    double seconds() {
        return all().stream().mapToDouble(t -> t.seconds + t.attackSeconds()).sum();
    }

    /**
     * Looks up what of these cells, all of one dataset, is missing.
     *
     * @throws steepest.SteepestException if one cannot be trained on these samples
     */
    static Plan of(List<Cell> cells, List<Judgement> attacks, Samples samples, Store store, Estimate estimate) {
        cells.forEach(c -> c.check(samples));
        List<Task> bases = new ArrayList<>();
        List<Task> tasks = new ArrayList<>();
        List<Map<String, Object>> lines = new ArrayList<>();
        int kept = 0;
        Set<String> seen = new LinkedHashSet<>();
        for (Cell cell : cells) {
            if (cell.base() == null || !seen.add(cell.base().key(samples.hash()))) continue;
            Task base = task(cell.base(), samples, List.of(), store, estimate, false);
            if (base.train) bases.add(base);
            else kept++;
        }
        Set<String> planned = new LinkedHashSet<>();
        Set<String> keys = cells.stream().map(c -> c.key(samples.hash())).collect(Collectors.toSet());
        for (Cell cell : cells) {
            lines.add(line(cell, attacks, samples, keys));
            String key = cell.key(samples.hash());
            if (!planned.add(key)) continue;
            boolean base = seen.contains(key); // trained as such
            Task task = task(cell, samples, attacks, store, estimate, base);
            kept += attacks.size() + (base ? 0 : 1) - task.size();
            if (task.size() > 0) tasks.add(task);
        }
        Cell any = cells.get(0);
        return new Plan(any.config().dataset(), any.config().limit(), samples.hash(), bases, tasks, kept, lines);
    }

    private static Task task(
            Cell cell, Samples samples, List<Judgement> attacks, Store store, Estimate estimate, boolean trained) {
        String key = cell.key(samples.hash());
        boolean train = !trained
                && (store.find(key) == null || !Files.exists(store.network(key).resolve("model.safetensors")));
        List<Judging> missing = new ArrayList<>();
        for (Judgement a : attacks) {
            String own = cell.key(a, samples.hash());
            if (store.find(own) == null) missing.add(new Judging(a, own, estimate.judgement(cell, a)));
        }
        return new Task(cell, key, train, train ? estimate.training(cell) : 0, missing);
    }

    private static Map<String, Object> line(Cell cell, List<Judgement> attacks, Samples samples, Set<String> keys) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("label", cell.label());
        line.put("training", cell.key(samples.hash()));
        String matched = cell.matched() == null ? null : cell.matched().key(samples.hash());
        if (keys.contains(matched)) line.put("matched", matched);
        line.put(
                "attacks",
                attacks.stream().map(a -> cell.key(a, samples.hash())).toList());
        return line;
    }
}

package steepest.lab;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import steepest.DType;
import steepest.Device;
import steepest.HostArray;
import steepest.Sha256;
import steepest.Shape;
import steepest.SteepestException;
import steepest.attack.Judge;
import steepest.attack.Verdict;
import steepest.data.Dataset;
import steepest.data.Split;
import steepest.io.Npz;
import steepest.io.WeightsHash;
import steepest.nn.Weights;
import steepest.robust.Recipe;
import steepest.train.Evaluation;
import steepest.train.Feed;
import steepest.train.TrainListener;
import steepest.train.TrainResult;
import steepest.train.Trained;
import steepest.train.Trainer;

/**
 * Does what a {@link Grid} asks for and a {@link Store} does not hold yet: whatever was finished before is not repeated, also
 * if attacks, methods or seeds were added since. A network is on the disk as soon as it is trained; one dataset is in memory
 * at a time.
 */
public final class Experiment {
    /** How many adversarial examples of an attack are kept for pictures. */
    private static final int EXAMPLES = 8;

    /** Where samples come from. */
    @FunctionalInterface
    public interface Data {
        Dataset load(String name, Split split);
    }

    /** Hears how it goes; from several threads where cells run in parallel. */
    public interface Listener {
        Listener NONE = new Listener() {};

        /** So many cells of a dataset are to be done now, which will take about so long, one at a time. */
        default void estimated(String dataset, int cells, double seconds) {}

        /** Something that takes its time begins, of which {@code done} parts of {@code total} are done. */
        default void working(String what, long done, long total) {}

        /** A cell is done: of all those that there were to do, so many. */
        default void finished(String what, int done, int total) {}
    }

    /**
     * What was done.
     *
     * @param done cells: trainings and attacks
     * @param kept cells that were there before
     * @param failed what went wrong, a line each
     * @param interrupted whether it was stopped before the end
     */
    public record Outcome(int done, int kept, List<String> failed, boolean interrupted) {}

    private final Grid grid;
    private final Store store;
    private final Device device;
    private final Data data;
    private Listener listener = Listener.NONE;
    private BooleanSupplier stop = () -> false;
    private final AtomicInteger done = new AtomicInteger();
    private final List<String> failed = Collections.synchronizedList(new ArrayList<>());
    private int total;

    /** @param device that of the grid */
    public Experiment(Grid grid, Store store, Device device, Data data) {
        this.grid = grid;
        this.store = store;
        this.device = device;
        this.data = data;
    }

    public Experiment listener(Listener listener) {
        this.listener = listener;
        return this;
    }

    /** Asked now and then; true ends the experiment with what is finished. */
    public Experiment stopWhen(BooleanSupplier stop) {
        this.stop = stop;
        return this;
    }

    /** The samples of one dataset, and their hash. */
    private record Samples(Dataset train, Dataset test, String hash) {}

    /** A cell with its key, and the attacks on it that are to be made. */
    private record Task(Cell cell, String key, boolean train, List<AttackCell> attacks) {
        int size() {
            return (train ? 1 : 0) + attacks.size();
        }
    }

    /**
     * Runs what is missing.
     *
     * @param jobs how many cells at a time; results do not depend on it
     */
    public Outcome run(int jobs) {
        List<Map<String, Object>> plan = new ArrayList<>();
        Map<String, List<Cell>> byDataset = new LinkedHashMap<>();
        for (Cell cell : grid.cells())
            byDataset
                    .computeIfAbsent(cell.config().dataset(), d -> new ArrayList<>())
                    .add(cell);
        int kept = 0;
        for (var group : byDataset.entrySet()) {
            Samples samples =
                    load(group.getKey(), group.getValue().get(0).config().limit());
            List<Task> bases = new ArrayList<>();
            List<Task> tasks = new ArrayList<>();
            Set<String> seen = new LinkedHashSet<>();
            for (Cell cell : group.getValue()) {
                if (cell.base() == null || !seen.add(cell.base().key(samples.hash))) continue;
                Task base = task(cell.base(), samples, List.of());
                if (base.train) bases.add(base);
                else kept++;
            }
            Set<String> planned = new LinkedHashSet<>();
            for (Cell cell : group.getValue()) {
                plan.add(planned(cell, samples));
                if (!planned.add(cell.key(samples.hash))) continue;
                Task task = task(cell, samples, grid.attacks());
                boolean base = seen.contains(task.key); // trained as such
                if (base) task = new Task(cell, task.key, false, task.attacks);
                kept += grid.attacks().size() + (base ? 0 : 1) - task.size();
                if (task.size() > 0) tasks.add(task);
            }
            total += Stream.concat(bases.stream(), tasks.stream())
                    .mapToInt(Task::size)
                    .sum();
            estimate(
                    group.getKey(),
                    Stream.concat(bases.stream(), tasks.stream()).toList(),
                    samples);
            all(jobs, bases, samples);
            all(jobs, tasks, samples);
        }
        if (!stop.getAsBoolean()) describe(plan);
        return new Outcome(done.get(), kept, List.copyOf(failed), stop.getAsBoolean());
    }

    private void estimate(String dataset, List<Task> tasks, Samples samples) {
        if (tasks.isEmpty()) return;
        Estimate estimate = new Estimate(samples.train, samples.test, device);
        double seconds = 0;
        for (Task t : tasks) {
            if (t.train) seconds += estimate.training(t.cell);
            for (AttackCell a : t.attacks) seconds += estimate.attack(t.cell, a);
        }
        listener.estimated(dataset, tasks.stream().mapToInt(Task::size).sum(), seconds);
    }

    private Task task(Cell cell, Samples samples, List<AttackCell> attacks) {
        String key = cell.key(samples.hash);
        boolean train =
                store.find(key) == null || !Files.exists(store.network(key).resolve("model.safetensors"));
        return new Task(
                cell,
                key,
                train,
                attacks.stream()
                        .filter(a -> store.find(cell.key(a, samples.hash)) == null)
                        .toList());
    }

    /** One line of the grid: what a report is made from. */
    private Map<String, Object> planned(Cell cell, Samples samples) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("label", cell.label());
        line.put("training", cell.key(samples.hash));
        line.put(
                "attacks",
                grid.attacks().stream().map(a -> cell.key(a, samples.hash)).toList());
        return line;
    }

    private void describe(List<Map<String, Object>> plan) {
        Map<String, Object> record = new LinkedHashMap<>();
        record.put("kind", "experiment");
        record.put("key", "experiment " + grid.name());
        record.put("experiment", grid.name());
        record.put("about", grid.about());
        record.put("baseline", grid.baseline());
        record.put("cells", plan);
        JsonNode last = store.find("experiment " + grid.name());
        if (last != null && steepest.io.Json.line(record).equals(last.toString())) return;
        store.append(record);
    }

    private Samples load(String name, Integer limit) {
        Dataset train = data.load(name, Split.TRAIN);
        Dataset test = data.load(name, Split.TEST);
        Dataset few = limit == null ? train : train.limit(limit);
        Dataset fewTests = limit == null ? test : test.limit(limit);
        MessageDigest digest = Sha256.digest();
        for (Dataset d : List.of(few, fewTests))
            for (Dataset.Batch b : d.batches(1024)) {
                float[] x = b.x().toFloats();
                var bytes =
                        java.nio.ByteBuffer.allocate(4 * (x.length + b.size())).order(java.nio.ByteOrder.LITTLE_ENDIAN);
                bytes.asFloatBuffer().put(x);
                bytes.position(4 * x.length);
                bytes.asIntBuffer().put(b.labels());
                digest.update(bytes.array());
            }
        return new Samples(few, fewTests, Sha256.hex(digest));
    }

    private void all(int jobs, List<Task> tasks, Samples samples) {
        ExecutorService pool = Executors.newFixedThreadPool(Math.max(1, Math.min(jobs, tasks.size())));
        try {
            List<Future<?>> running = new ArrayList<>();
            for (Task t : tasks) running.add(pool.submit(() -> one(t, samples)));
            for (Future<?> f : running) f.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException r) throw r;
            if (e.getCause() instanceof Error r) throw r;
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw SteepestException.of("experiment %s: interrupted", grid.name());
        } finally {
            pool.shutdownNow();
        }
    }

    /** Trains and attacks; what goes wrong with one cell, such as a loss that is not finite, does not end the others. */
    private void one(Task task, Samples samples) {
        if (stop.getAsBoolean()) return;
        String what = task.cell.label() + ", " + task.cell.config().model() + ", seed "
                + task.cell.config().seed();
        try {
            if (task.train && !train(task, samples, what)) return;
            if (task.attacks.isEmpty()) return;
            Trained network = network(task.key);
            network.check(samples.test);
            for (AttackCell attack : task.attacks) {
                if (stop.getAsBoolean()) return;
                attack(task, attack, network, samples, what);
            }
        } catch (SteepestException e) {
            failed.add(what + ": " + e.getMessage());
        }
    }

    private Trained network(String key) {
        Trained network = Trained.load(store.network(key));
        String found = WeightsHash.sha256(Weights.of(network.model()));
        JsonNode record = store.find(key);
        if (record == null || !found.equals(record.get("weights_sha256").asText()))
            throw SteepestException.of(
                    "%s: expected the weights %s, found %s",
                    store.network(key),
                    record == null ? "of a finished training" : record.get("weights_sha256"),
                    found);
        return network;
    }

    private Map<String, Object> record(String kind, String key, Samples samples) {
        Map<String, Object> record = new LinkedHashMap<>();
        record.put("kind", kind);
        record.put("key", key);
        record.put("data_sha256", samples.hash);
        record.put("device", device.info().id());
        record.put("versions", Versions.of(device.info()));
        record.put("at", Instant.now().toString());
        return record;
    }

    /** @return false if it was interrupted */
    private boolean train(Task task, Samples samples, String what) {
        Cell cell = task.cell;
        Path part = store.network(task.key + ".part");
        delete(part);
        Trainer trainer = new Trainer(cell.config(), samples.train, samples.test);
        if (cell.base() != null) trainer.from(network(cell.base().key(samples.hash)));
        long start = System.nanoTime();
        Clock clock = new Clock(what);
        TrainResult result;
        long gradients;
        double clustering;
        try (Recipe.Prepared method = cell.recipe().prepare(cell.config(), samples.train, trainer.model(), device)) {
            clustering = seconds(start);
            clock.clusters = cell.recipe().clustering() != null;
            result = trainer.objective(method.objective())
                    .feed(clock.timed(method.feed()))
                    .notes(Map.of("robust", method.notes()))
                    .into(part)
                    .listener(clock)
                    .stopWhen(stop)
                    .train();
            gradients = method.gradients().getAsLong();
        }
        if (result.interrupted()) {
            delete(part);
            return false;
        }
        move(part, store.network(task.key));
        Evaluation test = result.test().orElseThrow();
        long seen = clock.samples;
        Map<String, Object> record = record("training", task.key, samples);
        record.put("label", cell.label());
        record.putAll(cell.fields());
        record.put("seed", cell.config().seed());
        record.put("weights_sha256", result.weightsSha256());
        record.put("train_samples", result.trainSamples());
        record.put("test_samples", result.testSamples());
        record.put("clean_accuracy", test.accuracy());
        record.put("clean_correct", Math.round(test.accuracy() * test.samples()));
        record.put("gradients", gradients + seen * cell.recipe().gradientsPerSample());
        record.put(
                "forwards",
                seen * cell.recipe().forwardsPerSample()
                        + (long) result.testSamples() * result.epochs().size());
        Map<String, Object> phases = new LinkedHashMap<>();
        phases.put("clustering", clock.clusters ? clustering : 0);
        phases.put("attack", clock.feeding * 1e-9);
        phases.put("training", Math.max(0, result.seconds() - (clock.feeding + clock.evaluating) * 1e-9));
        phases.put("evaluation", clock.evaluating * 1e-9);
        record.put("seconds", phases);
        store.append(record);
        finished(what + ": trained");
        return true;
    }

    private void attack(Task task, AttackCell cell, Trained network, Samples samples, String what) {
        String label = what + ": " + cell.label() + " at " + cell.epsilon();
        Dataset test = cell.limit() == null ? samples.test : samples.test.limit(cell.limit());
        Verdict v;
        try (Judge judge = new Judge(network.model(), network.domain(), device)) {
            v = judge.listener((name, done, all) -> listener.working(label, done, all))
                    .judge(cell.make(), test, task.cell.config().seed());
        }
        String key = task.cell.key(cell, samples.hash);
        Npz.write(Store.examples(store.directory(), key), examples(v));
        Map<String, Object> record = record("attack", key, samples);
        record.put("training", task.key);
        record.putAll(cell.fields());
        record.put("label", cell.label());
        record.put("seed", task.cell.config().seed());
        record.put("weights_sha256", store.find(task.key).get("weights_sha256").asText());
        record.put("samples", v.samples());
        record.put("clean_accuracy", v.cleanAccuracy());
        record.put("robust_accuracy", v.robustAccuracy());
        record.put("robust_correct", Math.round(v.robustAccuracy() * v.samples()));
        record.put("robust_accuracy_8bit", v.roundedRobustAccuracy());
        record.put("interval", List.of(v.interval().low(), v.interval().high()));
        record.put("gradients", v.totalGradients());
        record.put("forwards", v.totalForwards());
        record.put("seconds", Map.of("attack", v.seconds()));
        store.append(record);
        finished(label);
    }

    /** The first samples that the network knows when they are clean, those first that the attack reached. */
    private static Map<String, HostArray> examples(Verdict v) {
        int[] places = IntStream.range(0, v.samples())
                .filter(i -> v.clean()[i] == v.y()[i])
                .boxed()
                .sorted(Comparator.comparing(i -> !v.isReached(i)))
                .limit(EXAMPLES)
                .mapToInt(i -> i)
                .toArray();
        Map<String, HostArray> few = new LinkedHashMap<>();
        v.arrays().forEach((name, all) -> few.put(name, rows(all, places)));
        return few;
    }

    private static HostArray rows(HostArray all, int[] places) {
        int n = all.size() / all.shape().dim(0);
        Shape shape = all.shape().with(0, places.length);
        if (all.dtype() == DType.I32)
            return HostArray.of(Arrays.stream(places).map(i -> all.ints()[i]).toArray(), shape);
        float[] to = new float[n * places.length];
        for (int i = 0; i < places.length; i++) System.arraycopy(all.floats(), places[i] * n, to, i * n, n);
        return HostArray.of(to, shape);
    }

    private void finished(String what) {
        listener.finished(what, done.incrementAndGet(), total);
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) * 1e-9;
    }

    private static void delete(Path directory) {
        if (!Files.exists(directory)) return;
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path p : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(p);
        } catch (IOException e) {
            throw SteepestException.io("delete", directory, e);
        }
    }

    private static void move(Path from, Path to) {
        delete(to);
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw SteepestException.io("move", from, e);
        }
    }

    /** Where a training's time goes, and how many samples it is fed. */
    private final class Clock implements TrainListener {
        private final String what;
        private boolean clusters;
        private long feeding;
        private long evaluating;
        private long began;
        private long samples;

        Clock(String what) {
            this.what = what;
        }

        /** A feed that makes perturbations as an epoch begins. */
        Feed timed(Feed feed) {
            return new Feed() {
                @Override
                public long steps() {
                    return feed.steps();
                }

                @Override
                public Iterable<Dataset.Batch> epoch(int epoch) {
                    long start = System.nanoTime();
                    Iterable<Dataset.Batch> batches = feed.epoch(epoch);
                    if (clusters) feeding += System.nanoTime() - start;
                    return batches;
                }
            };
        }

        @Override
        public void progress(Progress p) {
            samples = p.samples();
            listener.working(what + ": training", p.step(), p.steps());
        }

        @Override
        public void evaluating(int epoch) {
            began = System.nanoTime();
        }

        @Override
        public void epoch(Epoch e) {
            evaluating += System.nanoTime() - began;
        }
    }
}

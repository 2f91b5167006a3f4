package steepest.lab;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleConsumer;
import steepest.Device;
import steepest.DeviceInfo;
import steepest.SteepestException;
import steepest.data.Dataset;
import steepest.data.Split;
import steepest.io.Json;
import steepest.train.Trained;

/**
 * Does what a {@link Grid} asks for and a {@link Store} does not hold yet: whatever was finished before is not repeated, also
 * if attacks, methods or seeds were added since. A network is on the disk as soon as it is trained. A cell that fails is
 * recorded as failed and tried again by the next run; the others go on. One dataset is in memory at a time.
 */
public final class Experiment {
    /** Where samples come from. */
    @FunctionalInterface
    public interface Data {
        Dataset load(String name, Split split);
    }

    /** Hears how it goes; from several threads where cells run in parallel. */
    public interface Listener {
        Listener NONE = new Listener() {};

        /** What there is to do is known; nothing is done yet. */
        default void planned(Outlook outlook) {}

        /** Something takes its time; of all the work so many seconds of those estimated are done. */
        default void working(String what, double done) {}

        /** A cell is done: of all those that there were to do, so many. */
        default void finished(String what, int done, int total) {}

        /** A cell failed. */
        default void failed(String what) {}
    }

    /**
     * What there is to do.
     *
     * @param cells trainings and attacks
     * @param kept cells that are there already
     * @param seconds that it may take, one cell at a time
     */
    public record Outlook(int cells, int kept, double seconds, List<Line> lines) {
        /** The part of a method: what is to do for all its seeds, and how long it may take. */
        public record Line(
                String dataset,
                String model,
                String method,
                int trainings,
                double trainingSeconds,
                int attacks,
                double attackSeconds) {}
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
    private final List<Device> devices;
    private final Data data;
    private Listener listener = Listener.NONE;
    private BooleanSupplier stop = () -> false;
    private final AtomicInteger done = new AtomicInteger();
    private final List<String> failed = Collections.synchronizedList(new ArrayList<>());
    private String loaded; // the dataset in memory
    private Samples samples;
    private Progress progress;
    private int total;

    /**
     * @param devices the first is the grid's; a cell runs on one of them
     * @throws SteepestException if they are not of one make: results must not depend on which of them a cell gets
     */
    public Experiment(Grid grid, Store store, List<Device> devices, Data data) {
        DeviceInfo first = devices.get(0).info();
        for (Device d : devices) {
            DeviceInfo i = d.info();
            if (!i.name().equals(first.name()) || !i.version().equals(first.version()) || i.units() != first.units())
                throw SteepestException.of(
                        "devices: expected all of one make, so that results do not depend on which of them a cell gets,"
                                + " found %s (%s, %d units) and %s (%s, %d units)",
                        first.id(), first.name(), first.units(), i.id(), i.name(), i.units());
        }
        this.grid = grid;
        this.store = store;
        this.devices = List.copyOf(devices);
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

    /** What {@link #run} would do now. */
    public Outlook outlook() {
        return outlook(plans());
    }

    private List<Plan> plans() {
        Map<String, List<Cell>> byDataset = new LinkedHashMap<>();
        for (Cell cell : grid.cells())
            byDataset
                    .computeIfAbsent(cell.config().dataset(), d -> new ArrayList<>())
                    .add(cell);
        List<Plan> plans = new ArrayList<>();
        byDataset.forEach((name, cells) -> {
            Samples s = samples(name, cells.get(0).config().limit());
            List<Cell> all = new ArrayList<>(cells);
            cells.stream().map(Cell::base).filter(Objects::nonNull).forEach(all::add);
            Estimate estimate = new Estimate(s, all, grid.judgements(), devices.get(0), store.records());
            plans.add(Plan.of(cells, grid.judgements(), s, store, estimate));
        });
        return plans;
    }

    private Samples samples(String name, Integer limit) {
        if (!name.equals(loaded)) {
            samples = null; // before the next is loaded
            samples = Samples.load(data, name, limit);
            loaded = name;
        }
        return samples;
    }

    private static Outlook outlook(List<Plan> plans) {
        Map<List<String>, List<Plan.Task>> byMethod = new LinkedHashMap<>();
        for (Plan p : plans)
            for (Plan.Task t : p.all())
                byMethod.computeIfAbsent(
                                List.of(
                                        p.dataset(),
                                        t.cell().config().model(),
                                        t.cell().label()),
                                k -> new ArrayList<>())
                        .add(t);
        List<Outlook.Line> lines = new ArrayList<>();
        byMethod.forEach((key, tasks) -> lines.add(new Outlook.Line(
                key.get(0),
                key.get(1),
                key.get(2),
                (int) tasks.stream().filter(Plan.Task::train).count(),
                tasks.stream().mapToDouble(Plan.Task::seconds).sum(),
                tasks.stream().mapToInt(t -> t.attacks().size()).sum(),
                tasks.stream().mapToDouble(Plan.Task::attackSeconds).sum())));
        return new Outlook(
                plans.stream().mapToInt(Plan::size).sum(),
                plans.stream().mapToInt(Plan::kept).sum(),
                plans.stream().mapToDouble(Plan::seconds).sum(),
                lines);
    }

    /**
     * Runs what is missing.
     *
     * @param jobs how many cells at a time on each device; results do not depend on it
     */
    public Outcome run(int jobs) {
        List<Plan> plans = plans();
        Outlook outlook = outlook(plans);
        total = outlook.cells();
        progress = new Progress(outlook.seconds());
        listener.planned(outlook);
        describe(plans.stream().flatMap(p -> p.lines().stream()).toList());
        for (Plan p : plans) {
            if (p.size() == 0 || stop.getAsBoolean()) continue;
            BlockingQueue<Worker> workers = new LinkedBlockingQueue<>();
            for (int j = 0; j < jobs; j++)
                for (Device d : devices) workers.add(new Worker(store, d, samples(p.dataset(), p.limit()), stop));
            all(workers, p.bases());
            all(workers, p.tasks());
        }
        return new Outcome(done.get(), outlook.kept(), List.copyOf(failed), stop.getAsBoolean());
    }

    /** What the grid asks for, so that a report can be made at any time. */
    private void describe(List<Map<String, Object>> lines) {
        Map<String, Object> record = new LinkedHashMap<>();
        record.put("kind", "experiment");
        record.put("key", "experiment " + grid.name());
        record.put("experiment", grid.name());
        record.put("about", grid.about());
        record.put("baseline", grid.baseline());
        if (grid.against() != null) record.put("against", grid.against());
        record.put("cells", lines);
        JsonNode last = store.find("experiment " + grid.name());
        if (last != null && Json.line(record).equals(last.toString())) return;
        store.append(record);
    }

    private void all(BlockingQueue<Worker> workers, List<Plan.Task> tasks) {
        if (tasks.isEmpty()) return;
        ExecutorService pool = Executors.newFixedThreadPool(Math.min(workers.size(), tasks.size()));
        try {
            List<Future<?>> running = new ArrayList<>();
            for (Plan.Task t : tasks)
                running.add(pool.submit(() -> {
                    Worker worker = workers.remove(); // there are no more threads than workers
                    try {
                        one(worker, t);
                    } finally {
                        workers.add(worker);
                    }
                }));
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

    private void one(Worker worker, Plan.Task task) {
        boolean trained = !task.train()
                || attempt(worker, task.key(), task.seconds(), task + ": training", at -> worker.train(task, at));
        Trained[] network = {null}; // read when the first attack is made
        for (Plan.Judging a : task.attacks()) {
            if (!trained || stop.getAsBoolean()) return;
            Judgement cell = a.judgement();
            attempt(worker, a.key(), a.seconds(), task + ": " + cell.label() + " at " + cell.epsilon(), at -> {
                if (network[0] == null) network[0] = worker.network(task.key());
                worker.judge(task, a, network[0], at);
                return true;
            });
        }
    }

    /** Something that hears of its progress. */
    @FunctionalInterface
    private interface Attempt {
        /** @return false if it was interrupted */
        boolean run(DoubleConsumer progress);
    }

    /** Does a cell. What goes wrong with it, such as a loss that is not finite, is recorded and does not end the others. */
    private boolean attempt(Worker worker, String key, double seconds, String what, Attempt body) {
        if (stop.getAsBoolean()) return false;
        boolean finished = false;
        try {
            listener.working(what, progress.at(key, seconds, 0));
            finished = body.run(fraction -> listener.working(what, progress.at(key, seconds, fraction)));
            if (finished) listener.finished(what, done.incrementAndGet(), total);
        } catch (RuntimeException | OutOfMemoryError e) {
            String error = e instanceof SteepestException ? e.getMessage() : e.toString();
            failed.add(what + ": " + error);
            worker.failed(key, what, error);
            listener.failed(what + ": " + error);
        }
        progress.end(key, seconds);
        return finished;
    }
}

package steepest.lab;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import steepest.DType;
import steepest.Device;
import steepest.HostArray;
import steepest.Program;
import steepest.Shape;
import steepest.SteepestException;
import steepest.attack.Judge;
import steepest.attack.Verdict;
import steepest.certify.Certificate;
import steepest.certify.Certifier;
import steepest.data.Dataset;
import steepest.io.Npz;
import steepest.io.WeightsHash;
import steepest.nn.Weights;
import steepest.robust.Effort;
import steepest.robust.Recipe;
import steepest.train.Evaluation;
import steepest.train.TrainConfig;
import steepest.train.TrainListener;
import steepest.train.TrainResult;
import steepest.train.Trained;
import steepest.train.Trainer;

/** Trains, attacks and certifies single cells on one device, and puts what came of them into the store. */
final class Worker {
    /** How many adversarial examples of an attack are kept for pictures. */
    private static final int EXAMPLES = 8;

    private final Store store;
    private final Device device;
    private final Samples samples;
    private final BooleanSupplier stop;

    Worker(Store store, Device device, Samples samples, BooleanSupplier stop) {
        this.store = store;
        this.device = device;
        this.samples = samples;
        this.stop = stop;
    }

    /** A network of the store. @throws SteepestException if it is not the one whose training was recorded */
    Trained network(String key) {
        Trained network = Trained.load(store.network(key));
        network.check(samples.test());
        String found = WeightsHash.sha256(Weights.of(network.model()));
        JsonNode record = store.find(key);
        if (record == null || !found.equals(record.get("weights_sha256").asText()))
            throw SteepestException.of(
                    "%s: expected the weights %s, found %s; delete that directory, and the network is trained again",
                    store.network(key),
                    record == null ? "of a finished training" : record.get("weights_sha256"),
                    found);
        return network;
    }

    private Map<String, Object> record(String kind, String key) {
        Map<String, Object> record = new LinkedHashMap<>();
        record.put("kind", kind);
        record.put("key", key);
        record.put("data_sha256", samples.hash());
        record.put("device", device.info().id());
        record.put("versions", Versions.of(device.info()));
        record.put("at", Instant.now().toString());
        return record;
    }

    /** Records that a cell failed; it is not finished by that. */
    void failed(String key, String what, String error) {
        Map<String, Object> record = record("failed", "failed " + key);
        record.put("cell", key);
        record.put("label", what);
        record.put("error", error);
        store.append(record);
    }

    /**
     * Trains a network.
     *
     * @param progress hears the fraction that is done
     * @return false if it was interrupted
     */
    boolean train(Plan.Task task, DoubleConsumer progress) {
        Cell cell = task.cell();
        Path part = store.network(task.key() + ".part");
        delete(part);
        TrainConfig config = cell.config().withDevice(device.info().id());
        Trainer trainer = new Trainer(config, samples.train(), samples.test());
        if (cell.base() != null) trainer.from(network(cell.base().key(samples.hash())));
        Clock clock = new Clock(progress);
        TrainResult result;
        Effort effort;
        double before;
        try (Recipe.Prepared method = cell.recipe().prepare(config, samples.train(), trainer.model(), device)) {
            effort = method.effort();
            before = effort.clustering() + effort.attack();
            result = trainer.objective(method.objective())
                    .feed(method.feed())
                    .notes(Map.of("robust", method.notes()))
                    .into(part)
                    .listener(clock)
                    .stopWhen(stop)
                    .train();
        }
        if (result.interrupted()) {
            delete(part);
            return false;
        }
        move(part, store.network(task.key()));
        Evaluation test = result.test().orElseThrow();
        long seen = clock.samples;
        // what the steps took, attacks within them and all
        double steps = Math.max(
                0, result.seconds() - (effort.clustering() + effort.attack() - before) - clock.evaluating * 1e-9);
        double inside = Math.min(steps, seen * attackEach(cell.recipe(), config, result));
        Map<String, Object> record = record("training", task.key());
        record.put("label", cell.label());
        record.putAll(cell.fields());
        if (cell.base() != null) record.put("from", cell.base().key(samples.hash()));
        record.put("seed", config.seed());
        record.put("weights_sha256", result.weightsSha256());
        record.put("train_samples", result.trainSamples());
        record.put("test_samples", result.testSamples());
        record.put("clean_accuracy", test.accuracy());
        record.put("clean_correct", Math.round(test.accuracy() * test.samples()));
        record.put("gradients", effort.gradients() + seen * cell.recipe().gradientsPerSample());
        record.put(
                "forwards",
                effort.forwards()
                        + seen * cell.recipe().forwardsPerSample()
                        + (long) result.testSamples() * result.epochs().size());
        Map<String, Object> phases = new LinkedHashMap<>();
        phases.put("clustering", effort.clustering());
        phases.put("attack", effort.attack() + inside);
        phases.put("training", steps - inside);
        phases.put("evaluation", clock.evaluating * 1e-9);
        record.put("seconds", phases);
        store.append(record);
        return true;
    }

    /**
     * Seconds that the attack within a training step takes for a sample: the attack's own program, timed on a batch when the
     * training is over. 0 where a step has no attack, or one that shares the training's gradient.
     */
    private double attackEach(Recipe recipe, TrainConfig config, TrainResult result) {
        Dataset.Batch b = samples.train().batches(config.batch()).get(0);
        try (Program p = recipe.attack(result.model(), device)) {
            if (p == null) return 0;
            return Estimate.timed(() -> p.run(b.x(), b.y()).get(0).toHost(), result.steps()) / b.size();
        }
    }

    /** Attacks or certifies a network. @param progress hears the fraction that is done */
    void judge(Plan.Task task, Plan.Judging judging, Trained network, DoubleConsumer progress) {
        Judgement j = judging.judgement();
        Dataset test = j.limit() == null ? samples.test() : samples.test().limit(j.limit());
        Map<String, Object> record = record(j instanceof AttackCell ? "attack" : "certificate", judging.key());
        record.put("training", task.key());
        record.putAll(j.fields());
        record.put("label", j.label());
        record.put("seed", task.cell().config().seed());
        record.put(
                "weights_sha256", store.find(task.key()).get("weights_sha256").asText());
        if (j instanceof AttackCell cell) attack(task, judging.key(), cell, network, test, record, progress);
        else certify((CertificateCell) j, network, test, record, progress);
        store.append(record);
    }

    private void certify(
            CertificateCell cell, Trained network, Dataset test, Map<String, Object> record, DoubleConsumer progress) {
        Certificate c;
        try (Certifier certifier = new Certifier(network.model(), network.domain(), device, cell.method())) {
            c = certifier
                    .listener((done, all) -> progress.accept((double) done / all))
                    .certify(test, cell.epsilon());
        }
        record.put("samples", c.samples());
        record.put("clean_accuracy", c.cleanAccuracy());
        record.put("certified_accuracy", c.certifiedAccuracy());
        record.put("certified_correct", c.certified());
        record.put("interval", List.of(c.interval().low(), c.interval().high()));
        record.put("seconds", Map.of("certificate", c.seconds()));
    }

    private void attack(
            Plan.Task task,
            String key,
            AttackCell cell,
            Trained network,
            Dataset test,
            Map<String, Object> record,
            DoubleConsumer progress) {
        Verdict v;
        try (Judge judge = new Judge(network.model(), network.domain(), device)) {
            v = judge.listener((name, done, all) -> progress.accept((double) done / all))
                    .judge(cell.make(), test, task.cell().config().seed());
        }
        Npz.write(Store.examples(store.directory(), key), examples(v));
        record.put("samples", v.samples());
        record.put("clean_accuracy", v.cleanAccuracy());
        record.put("robust_accuracy", v.robustAccuracy());
        record.put("robust_correct", Math.round(v.robustAccuracy() * v.samples()));
        record.put("robust_accuracy_8bit", v.roundedRobustAccuracy());
        record.put("interval", List.of(v.interval().low(), v.interval().high()));
        record.put("gradients", v.totalGradients());
        record.put("forwards", v.totalForwards());
        record.put("seconds", Map.of("attack", v.seconds()));
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

    /** How long evaluations take, and how many samples a training is fed. */
    private static final class Clock implements TrainListener {
        private final DoubleConsumer progress;
        private long evaluating;
        private long began;
        private long samples;

        Clock(DoubleConsumer progress) {
            this.progress = progress;
        }

        @Override
        public void progress(Progress p) {
            samples = p.samples();
            progress.accept((double) p.step() / p.steps());
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

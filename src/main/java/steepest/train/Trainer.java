package steepest.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import steepest.Device;
import steepest.DeviceInfo;
import steepest.Pass;
import steepest.Recorder;
import steepest.Rng;
import steepest.SteepestException;
import steepest.Step;
import steepest.Tensor;
import steepest.data.Dataset;
import steepest.io.WeightsHash;
import steepest.nn.Initializer;
import steepest.nn.Losses;
import steepest.nn.Models;
import steepest.nn.Sequential;
import steepest.nn.Summary;
import steepest.nn.Weights;
import steepest.optim.DataParallel;
import steepest.optim.Optimizer;
import steepest.optim.Optimizers;
import steepest.optim.Schedule;

/**
 * Trains a network on a dataset.
 *
 * <pre>{@code
 * var config = TrainConfig.of("mnist").withModel("mlp").withEpochs(1);
 * var train = Datasets.load(config.dataset(), Split.TRAIN);
 * var test = Datasets.load(config.dataset(), Split.TEST);
 * var result = new Trainer(config, train, test)
 *     .into(Path.of("runs/mlp"))      // optional: model.safetensors, metrics.jsonl, config.json
 *     .listener(progressBar)          // optional
 *     .stopWhen(ctrlC::get)           // optional: asked after each step
 *     .train();
 * }</pre>
 *
 * A configuration that names several devices trains on all of them, by {@link DataParallel}: the weights' bits then depend on
 * how many there are and in which order, not on their speed. The model is evaluated on the first.
 *
 * <p>Nothing is printed. When asked to stop it finishes the step, keeps the model as it is then, and returns a result that
 * says {@code interrupted} and has no test figures; {@link Evaluator} makes up for these.
 */
public final class Trainer {
    /** Steps between two looks at the loss: reading it waits for the device. */
    private static final int LOOK = 20;

    private final TrainConfig config;
    private final Dataset train;
    private final Dataset test;
    private final Sequential model;
    private Path directory;
    private TrainListener listener = TrainListener.NONE;
    private BooleanSupplier stop = () -> false;
    private Objective objective = Objective.natural();
    private Feed feed;
    private Map<String, ?> notes = Map.of();
    private boolean begun;

    /**
     * Builds and initialises the network; the configuration's limit is applied to both sets.
     *
     * @throws SteepestException if the model does not fit the samples, or the two sets do not fit each other
     */
    public Trainer(TrainConfig config, Dataset train, Dataset test) {
        if (!train.sampleShape().equals(test.sampleShape()) || train.classCount() != test.classCount())
            throw SteepestException.of("training and test samples differ: %s against %s", train, test);
        this.config = config;
        this.train = config.limit() == null ? train : train.limit(config.limit());
        this.test = config.limit() == null ? test : test.limit(config.limit());
        this.model = Models.of(config.model(), train.sampleShape(), train.classCount(), Initializer.of(config.init()))
                .init(Rng.seed(config.seed()));
    }

    /** Keeps the run in a directory, which is made where needed; an old run in it is replaced. */
    public Trainer into(Path directory) {
        this.directory = directory;
        return this;
    }

    public Trainer listener(TrainListener listener) {
        this.listener = listener;
        return this;
    }

    /** Asked after each step, on the thread that trains; true ends the run early. */
    public Trainer stopWhen(BooleanSupplier stop) {
        this.stop = stop;
        return this;
    }

    /** Another objective than {@link Objective#natural}. */
    public Trainer objective(Objective objective) {
        this.objective = objective;
        return this;
    }

    /** Other batches than the training samples, shuffled anew in each epoch. */
    public Trainer feed(Feed feed) {
        this.feed = feed;
        return this;
    }

    /** What else {@code config.json} is to keep, so that the run can be repeated: settings of objective and feed. */
    public Trainer notes(Map<String, ?> notes) {
        this.notes = notes;
        return this;
    }

    /**
     * Begins with the weights of another network, not with those that the seed gives.
     *
     * @throws SteepestException if it is another architecture, or was made for other samples
     */
    public Trainer from(Trained trained) {
        if (!trained.name().equals(config.model()))
            throw SteepestException.of(
                    "from: expected the weights of a %s, found those of a %s", config.model(), trained.name());
        trained.check(train);
        Weights.load(model, Weights.of(trained.model()), trained.name());
        return this;
    }

    /** The network, initialised; trained once {@link #train} has returned. */
    public Sequential model() {
        return model;
    }

    public Summary summary() {
        return Summary.of(model, train.sampleShape());
    }

    /**
     * Trains. To be called once: a network that is trained already would be another experiment.
     *
     * @throws SteepestException if the device does not exist or the run directory cannot be written, before training
     *     begins; if the loss ceases to be finite, naming the step
     */
    public TrainResult train() {
        if (begun) throw SteepestException.of("a trainer trains once; make another for another run");
        begun = true;
        List<Device> devices = config.devices();
        if (devices.size() > 1 && !objective.divides())
            throw SteepestException.of(
                    "this training keeps something for each place in a batch, which must stay whole: expected one device,"
                            + " got %s",
                    config.device());
        if (directory == null) return new Run(devices, null).go();
        List<DeviceInfo> infos = devices.stream().map(Device::info).toList();
        try (RunDirectory kept = RunDirectory.create(directory, config, notes, train, test, infos)) {
            return new Run(devices, kept).go();
        }
    }

    /** The state of one run. */
    private final class Run {
        private final List<Device> devices;
        private final RunDirectory kept; // null: nothing is kept
        private final Feed batches = feed == null ? Feed.shuffled(train, config.batch(), config.seed()) : feed;
        private final long stepsPerEpoch = batches.steps();
        private final long steps = config.epochs() * stepsPerEpoch;
        private final List<TrainListener.Progress> curve = new ArrayList<>();
        private final List<TrainListener.Epoch> epochs = new ArrayList<>();
        private final List<Pending> pending = new ArrayList<>();
        private Tally window = new Tally();
        private Tally whole = new Tally();
        private long step;
        private long samples;
        private long trainingNanos;
        private long resumed; // when the clock that stands still during evaluation last started

        Run(List<Device> devices, RunDirectory kept) {
            this.devices = devices;
            this.kept = kept;
        }

        TrainResult go() {
            long start = System.nanoTime();
            Optimizer optimizer = Optimizers.of(
                    config.optimizer(), model.params(), Schedule.of(config.schedule(), config.lr(), steps));
            // a key of its own: the network's initial weights are drawn by the seed itself
            long dropoutSeed = Rng.seed(config.seed()).fork(1).next().seed();
            DeviceInfo device =
                    DeviceInfo.together(devices.stream().map(Device::info).toList());
            listener.started(summary(), device, steps);
            boolean finished = true;
            List<DataParallel.Share> shares;
            try (Stepper program = Stepper.of(optimizer, this::figures, devices, dropoutSeed);
                    Evaluator evaluator = new Evaluator(model, devices.get(0))) {
                for (int epoch = 1; epoch <= config.epochs() && finished; epoch++) {
                    int now = epoch;
                    finished = Recorder.timed("epoch " + now, () -> epoch(now, program, evaluator));
                }
                shares = program.shares(samples, trainingNanos * 1e-9);
            }
            String hash = WeightsHash.sha256(Weights.of(model));
            if (kept != null) kept.save(trained(!finished));
            TrainResult result = new TrainResult(
                    config,
                    model,
                    device,
                    shares,
                    finished ? Optional.of(epochs.get(epochs.size() - 1).test()) : Optional.empty(),
                    !finished,
                    step,
                    train.size(),
                    test.size(),
                    samplesPerSecond(),
                    (System.nanoTime() - start) * 1e-9,
                    hash,
                    curve,
                    epochs);
            if (kept != null) kept.end(result);
            return result;
        }

        /** The loss, and loss and accuracy in one tensor to be read at once. */
        private Step figures(Tensor x, Tensor y, Pass pass) {
            Objective.Outcome out = objective.apply(model, x, y, pass);
            Tensor figures = Tensor.stack(0, List.of(out.loss(), Losses.accuracy(out.logits(), y)));
            return Step.of(out.loss(), figures);
        }

        private Trained trained(boolean interrupted) {
            return new Trained(
                    model,
                    config.model(),
                    train.name(),
                    train.sampleShape(),
                    train.classCount(),
                    train.domain(),
                    interrupted);
        }

        /** @return false if the run was asked to stop and steps remain */
        private boolean epoch(int epoch, Stepper program, Evaluator evaluator) {
            whole = new Tally();
            resumed = System.nanoTime();
            for (Dataset.Batch b : batches.epoch(epoch)) {
                Tensor figures = program.run(b.x(), b.y());
                if (++step == 1) listener.running();
                samples += b.size();
                pending.add(new Pending(step, b.size(), figures));
                boolean stopping = stop.getAsBoolean() && step < steps;
                if (step % LOOK == 0 || step % stepsPerEpoch == 0 || stopping) look(epoch);
                if (stopping) {
                    pause();
                    return false;
                }
            }
            pause();
            listener.evaluating(epoch);
            Evaluation evaluation = Recorder.timed("evaluate", () -> evaluator.evaluate(test));
            TrainListener.Epoch report = new TrainListener.Epoch(
                    epoch, step, whole.loss(), whole.accuracy(), evaluation, samplesPerSecond());
            epochs.add(report);
            if (kept != null) kept.epoch(report);
            // what dies in a later epoch leaves this one's network
            if (kept != null && epoch < config.epochs()) kept.save(trained(true));
            listener.epoch(report);
            return true;
        }

        /** Reads what has been computed since the last look, and tells. */
        private void look(int epoch) {
            window = new Tally();
            for (Pending p : pending) {
                float[] figures = p.figures.toFloats();
                if (!Float.isFinite(figures[0]))
                    throw SteepestException.of(
                            "the loss became %s in epoch %d at step %d of %d; try a lower learning rate than %s",
                            figures[0], epoch, p.step, steps, config.lr());
                window.add(p.size, figures[0], figures[1]);
                whole.add(p.size, figures[0], figures[1]);
            }
            pending.clear();
            pause();
            TrainListener.Progress progress = new TrainListener.Progress(
                    epoch, config.epochs(), step, steps, samples, window.loss(), window.accuracy(), samplesPerSecond());
            curve.add(progress);
            if (kept != null) kept.progress(progress);
            listener.progress(progress);
        }

        private void pause() {
            long now = System.nanoTime();
            trainingNanos += now - resumed;
            resumed = now;
        }

        private double samplesPerSecond() {
            return samples / (trainingNanos * 1e-9);
        }
    }

    /** What a step computed and nobody has read yet: its mean loss and its accuracy, F32 {@code [2]}. */
    private record Pending(long step, int size, Tensor figures) {}

    private static final class Tally {
        private long samples;
        private double loss;
        private double right;

        void add(int size, double meanLoss, double accuracy) {
            samples += size;
            loss += meanLoss * size;
            right += Math.rint(accuracy * size);
        }

        double loss() {
            return loss / samples;
        }

        double accuracy() {
            return right / samples;
        }
    }
}

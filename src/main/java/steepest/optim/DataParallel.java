package steepest.optim;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import steepest.Caller;
import steepest.DType;
import steepest.Device;
import steepest.DeviceInfo;
import steepest.HostArray;
import steepest.Pass;
import steepest.Program;
import steepest.Recorder;
import steepest.Rng;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Step;
import steepest.Tensor;
import steepest.Variable;

/**
 * Training steps on several devices at once: synchronous data parallelism (Chen et al., "Revisiting distributed
 * synchronous SGD", 2016). Each device computes the gradients of its share of the batch, all of them at the same time; the
 * first device brings the gradients together and makes the step.
 *
 * <pre>{@code
 * try (var step = DataParallel.of(adam, (x, y, pass) -> crossEntropy(net.apply(x, pass), y))
 *     .on(Device.of("opencl:0.0"), Device.of("opencl:0.1"))) {
 *   for (var b : batches) step.run(b.x(), b.y());
 * }
 * }</pre>
 *
 * <p><b>Shares.</b> A batch of n samples is cut along its first axis into one share for each device, in order, of sizes
 * n₁ … n_N that differ by one at most, the larger ones first; of a batch smaller than the number of devices the last
 * devices get nothing. The loss must be a mean over its samples: with g_k the gradient of device k's mean,
 *
 * <pre>
 * g = (n₁ g₁ + … + n_N g_N) / n
 * </pre>
 *
 * is the gradient of the mean over the whole batch, however uneven the shares are. Clipping is applied to g.
 *
 * <p><b>What passes collect</b> (running statistics): each device updates them by its own share, and the mean of the
 * results, weighted as above, is the update; of those that are not F32 the first device's. Batch normalisation thus
 * normalises by the share's statistics, not by the whole batch's. Randomness is drawn on each device from a stream of its own.
 *
 * <p><b>Repeatable bits.</b> Sums run in the order of the devices, never in that of arrival. The bits depend on seed and
 * batches, on which devices there are and in which order, and so on how a batch is cut; never on which of them is faster.
 *
 * <p>Parameters and the optimizer's state lie on the first device, the others have copies of the parameters while this is
 * open. A step is made whole or not at all: where a device fails, no variable has changed, and the next run may go well.
 */
public final class DataParallel implements AutoCloseable {
    private final int arity;
    private final Optimizer optimizer;
    private final Program.Body loss;
    private final List<Replica> replicas = new ArrayList<>();
    private final Map<Integer, Program> updates = new HashMap<>(); // by how many devices have a share
    private List<Device> devices = List.of();
    private long seed;
    private int results = -1; // of the body; known when it has been captured
    private int run;
    private boolean closed;

    /**
     * What a device has done so far.
     *
     * @param samples how many samples it has had
     * @param seconds how long it has computed on them; bringing gradients together is not counted
     */
    public record Share(DeviceInfo device, long samples, double seconds) {
        public double samplesPerSecond() {
            return samples / seconds;
        }
    }

    private DataParallel(int arity, Optimizer optimizer, Program.Body loss) {
        this.arity = arity;
        this.optimizer = optimizer;
        this.loss = loss;
    }

    /**
     * @param loss the loss of a batch of inputs and labels, a mean over its samples; returns it alone or a step without
     *     updates with the loss first. All results are F32, means over samples.
     */
    public static DataParallel of(Optimizer optimizer, Program.Body3 loss) {
        return of(2, optimizer, (in, pass) -> loss.apply(in.get(0), in.get(1), pass));
    }

    /** Any number of inputs, which have the samples along their first axis. */
    public static DataParallel of(int inputs, Optimizer optimizer, Program.Body loss) {
        return new DataParallel(inputs, optimizer, loss);
    }

    /** The devices, the first of which makes the steps. Before the first run. */
    public DataParallel on(Device... devices) {
        return on(List.of(devices));
    }

    /** @throws SteepestException if there is none, or one is given twice */
    public DataParallel on(List<Device> devices) {
        if (!replicas.isEmpty()) throw SteepestException.of("a program that has run stays on its devices");
        if (devices.isEmpty()) throw SteepestException.of("data-parallel: takes at least one device");
        for (int i = 0; i < devices.size(); i++)
            if (devices.indexOf(devices.get(i)) != i)
                throw SteepestException.of(
                        "data-parallel: device %s is given twice",
                        devices.get(i).info().id());
        this.devices = List.copyOf(devices);
        return this;
    }

    /** The seed of the passes' randomness, from which each device has its own; 0 otherwise. Before the first run. */
    public DataParallel seed(long seed) {
        if (!replicas.isEmpty()) throw SteepestException.of("a program that has run keeps its seed");
        this.seed = seed;
        return this;
    }

    /**
     * Makes one step.
     *
     * @param inputs with as many samples each along their first axis
     * @return the body's results, each the mean over the whole batch, the loss first
     * @throws SteepestException if the inputs do not fit; if a device fails, naming it
     */
    public List<Tensor> run(Tensor... inputs) {
        int n = samples(inputs);
        start();
        int[] sizes = sizes(n, devices.size());
        HostArray[] whole = new HostArray[arity];
        for (int i = 0; i < arity; i++) whole[i] = inputs[i].toHost();
        List<Tensor> reduced = new ArrayList<>(List.of(weights(sizes, n)));
        int now = run++;
        Program update;
        try {
            List<Callable<List<Tensor>>> work = new ArrayList<>();
            int from = 0;
            for (int k = 0; k < sizes.length; from += sizes[k++])
                work.add(replicas.get(k).work(whole, from, from + sizes[k], now));
            together(work).forEach(reduced::addAll);
            update = updates.computeIfAbsent(sizes.length, this::update);
            update.prepare(reduced.stream().map(Tensor::spec).toArray(Spec[]::new));
        } catch (SteepestException e) {
            throw new SteepestException(e.getMessage() + "; the step was not made, every variable is as before", e);
        }
        return Recorder.timed("all-reduce and step", () -> update.run(reduced));
    }

    /** How a batch of n samples is cut: the sizes of the shares that are not empty, for each device in their order. */
    public static int[] sizes(int n, int devices) {
        int parts = Math.min(n, devices);
        int[] sizes = new int[parts];
        for (int k = 0; k < parts; k++) sizes[k] = n / parts + (k < n % parts ? 1 : 0);
        return sizes;
    }

    /** F32 {@code [N + 1]}: the sizes of the shares, then n. */
    private static Tensor weights(int[] sizes, int n) {
        float[] weights = new float[sizes.length + 1];
        for (int k = 0; k < sizes.length; k++) weights[k] = sizes[k];
        weights[sizes.length] = n;
        return Tensor.of(weights);
    }

    private int samples(Tensor... inputs) {
        if (closed) throw SteepestException.of("the program is closed");
        if (devices.isEmpty()) throw SteepestException.of("data-parallel: name the devices with on(…) first");
        if (inputs.length != arity)
            throw Caller.locate(
                    SteepestException.of("data-parallel: expected %d inputs, got %d", arity, inputs.length));
        Shape first = inputs[0].shape();
        for (Tensor t : inputs)
            if (t.shape().rank() == 0
                    || t.shape().dim(0) != first.dim(0)
                    || t.shape().dim(0) == 0)
                throw Caller.locate(SteepestException.of(
                        "data-parallel: expected inputs with as many samples each along the first axis, got %s and %s",
                        inputs[0].spec(), t.spec()));
        return first.dim(0);
    }

    private void start() {
        if (!replicas.isEmpty()) return;
        for (int k = 0; k < devices.size(); k++) replicas.add(new Replica(k));
    }

    /** Runs all at once, each to its end; the first failure in the order of the devices is the one that is thrown. */
    private List<List<Tensor>> together(List<Callable<List<Tensor>>> work) {
        List<Future<List<Tensor>>> running = new ArrayList<>();
        for (int k = 0; k < work.size(); k++) running.add(replicas.get(k).host.submit(work.get(k)));
        List<List<Tensor>> done = new ArrayList<>();
        Throwable failure = null;
        for (Future<List<Tensor>> f : running) {
            try {
                done.add(f.get());
            } catch (ExecutionException e) {
                if (failure == null) failure = e.getCause();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new SteepestException("interrupted while the devices were computing", e);
            }
        }
        if (failure instanceof RuntimeException e) throw e;
        if (failure instanceof Error e) throw e;
        return done;
    }

    /** The all-reduce and the optimizer's step, in one program: with {@code parts} shares. */
    private Program update(int parts) {
        return Program.of(1 + parts * results, (in, pass) -> {
                    Tensor sizes = in.get(0);
                    List<Tensor> gradients = IntStream.range(
                                    0, optimizer.params().size())
                            .mapToObj(i -> mean(
                                    sizes, k -> replicas.get(k).gradients.get(i).read()))
                            .toList();
                    List<Step.Update> collected = new ArrayList<>();
                    for (Variable v : replicas.get(0).collected.keySet())
                        collected.add(new Step.Update(
                                v,
                                mean(
                                        sizes,
                                        k -> replicas.get(k).collected.get(v).read())));
                    Tensor[] means = new Tensor[results];
                    for (int r = 0; r < results; r++) {
                        int result = r;
                        means[r] = mean(sizes, k -> in.get(1 + k * results + result));
                    }
                    return optimizer.apply(gradients).update(collected).returning(means);
                })
                .on(devices.get(0));
    }

    /**
     * (n₁ t₁ + … + n_N t_N) / n, summed from left to right. The sizes are whole numbers, so that no share's weight is rounded.
     *
     * @param sizes F32 {@code [N + 1]}, the last one n
     */
    private static Tensor mean(Tensor sizes, IntFunction<Tensor> parts) {
        Tensor first = parts.apply(0);
        if (!first.dtype().isFloating()) return first;
        int last = sizes.shape().dim(0) - 1;
        Tensor sum = first.mul(size(sizes, 0, first.dtype()));
        for (int k = 1; k < last; k++) sum = sum.add(parts.apply(k).mul(size(sizes, k, first.dtype())));
        return sum.div(size(sizes, last, first.dtype()));
    }

    private static Tensor size(Tensor sizes, int k, DType dtype) {
        return sizes.select(0, k).cast(dtype);
    }

    /** What each device has done so far, in their order; empty before the first run. */
    public List<Share> shares() {
        return replicas.stream()
                .map(r -> new Share(r.device.info(), r.samples, r.nanos * 1e-9))
                .toList();
    }

    /** How often this has been run. */
    public int runs() {
        return run;
    }

    @Override
    public void close() {
        if (closed) return;
        closed = true;
        replicas.forEach(Replica::close);
        updates.values().forEach(Program::close);
        replicas.clear();
    }

    /** One device: its program, which leaves the gradients of its share in variables. */
    private final class Replica {
        final Device device;
        final ExecutorService host;
        final Program program;
        final List<Variable> gradients;
        final Map<Variable, Variable> collected = new LinkedHashMap<>(); // what passes update, and the value for it
        private boolean captured;
        long samples;
        long nanos;

        Replica(int number) {
            device = devices.get(number);
            host = Executors.newSingleThreadExecutor(work -> {
                Thread t = new Thread(work, "steepest " + device.info().id());
                t.setDaemon(true);
                return t;
            });
            gradients = optimizer.params().stream()
                    .map(p -> mine("gradient of ", p))
                    .toList();
            program = Program.of(arity, this::share)
                    .on(device)
                    .seed(Rng.seed(seed).fork(number).next().seed());
        }

        private Variable mine(String what, Variable of) {
            return Variable.zeros(what + of.name() + " on " + device.info().id(), of.spec());
        }

        void close() {
            host.shutdown();
            program.close();
        }

        /** What to do on the device's thread. Planning and the copying of parameters are done before. */
        Callable<List<Tensor>> work(HostArray[] whole, int from, int to, int run) {
            Tensor[] share = new Tensor[whole.length];
            Spec[] specs = new Spec[whole.length];
            for (int i = 0; i < share.length; i++) {
                share[i] = Tensor.of(whole[i].rows(from, to));
                specs[i] = share[i].spec();
            }
            program.prepare(specs);
            program.resumeAt(run);
            return () -> {
                long start = System.nanoTime();
                List<Tensor> own = Recorder.timed("gradients of a share", () -> {
                    List<Tensor> results = program.run(share);
                    device.finish();
                    return results;
                });
                nanos += System.nanoTime() - start;
                samples += to - from;
                return own;
            };
        }

        private Step share(List<Tensor> in, Pass pass) {
            Pass own = new Pass(pass.rng());
            Step body = loss.apply(in, own).asStep();
            check(body);
            List<Tensor> g = optimizer.gradients(body.results().get(0));
            List<Step.Update> all = new ArrayList<>();
            for (int i = 0; i < g.size(); i++) all.add(new Step.Update(gradients.get(i), g.get(i)));
            collect(own);
            for (Step.Update u : own.updates()) all.add(new Step.Update(collected.get(u.variable()), u.value()));
            return body.update(all);
        }

        /** All shares, of whatever size, must update the same variables: what one leaves out has no mean. */
        private void collect(Pass own) {
            List<Variable> updated =
                    own.updates().stream().map(Step.Update::variable).toList();
            if (!captured) updated.forEach(v -> collected.put(v, mine("update of ", v)));
            captured = true;
            if (!collected.keySet().equals(Set.copyOf(updated)))
                throw SteepestException.of(
                        "data-parallel: a pass updates %s for one share and %s for another",
                        collected.keySet(), updated);
        }

        private void check(Step body) {
            if (!body.updates().isEmpty())
                throw SteepestException.of(
                        "data-parallel: the body returns a loss, not the step that minimises it: the optimizer has been given"
                                + " apart");
            for (Tensor t : body.results())
                if (t.dtype() != DType.F32)
                    throw SteepestException.of("data-parallel: results are means over samples, f32, got %s", t.spec());
            if (body.results().isEmpty()) throw SteepestException.of("data-parallel: the body returns no loss");
            results = body.results().size();
        }
    }
}

package steepest.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import steepest.DType;
import steepest.Device;
import steepest.DeviceInfo;
import steepest.HostArray;
import steepest.Program;
import steepest.Rng;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Step;
import steepest.Tensor;
import steepest.Variable;
import steepest.io.WeightsHash;
import steepest.nn.Layers;
import steepest.nn.Losses;
import steepest.nn.Sequential;
import steepest.nn.Weights;

class DataParallelTest {
    /** Sizes of batches in the order they come: whole ones, an uneven one, one that leaves devices without a sample. */
    private static final List<Integer> BATCHES = List.of(6, 6, 5, 6, 1, 6);

    private static List<Device> devices(String names) {
        return Stream.of(names.split(",")).map(Device::of).toList();
    }

    private static Sequential net() {
        return Sequential.of(Layers.dense(4, 7), Layers.tanh(), Layers.dense(7, 3))
                .init(Rng.seed(5));
    }

    private static Tensor x(int n, long seed) {
        return Tensor.of(Rng.seed(seed).uniform(Shape.of(n, 4)).toHost());
    }

    private static Tensor y(int n) {
        int[] labels = new int[n];
        for (int i = 0; i < n; i++) labels[i] = i % 3;
        return Tensor.of(labels);
    }

    private static Optimizer adam(Sequential net) {
        return new Adam(net.params(), 0.05).clipNorm(0.3);
    }

    /** The network after {@link #BATCHES}, trained on several devices, and the loss of each step. */
    private static Sequential trained(List<Device> devices, List<Double> losses) {
        Sequential net = net();
        try (DataParallel step = DataParallel.of(adam(net), (x, y, pass) -> Losses.crossEntropy(net.apply(x, pass), y))
                .on(devices)) {
            for (int i = 0; i < BATCHES.size(); i++)
                losses.add(
                        step.run(x(BATCHES.get(i), i), y(BATCHES.get(i))).get(0).item());
        }
        return net;
    }

    /** The same on one device, as any program does it. */
    private static Sequential trainedAlone(Device device, List<Double> losses) {
        Sequential net = net();
        Optimizer adam = adam(net);
        try (Program step = Program.of((x, y, pass) -> adam.minimize(Losses.crossEntropy(net.apply(x, pass), y), pass))
                .on(device)) {
            for (int i = 0; i < BATCHES.size(); i++)
                losses.add(step.call(x(BATCHES.get(i), i), y(BATCHES.get(i))).item());
        }
        return net;
    }

    /** The largest difference of two weights; on the reference taken in double, before anything is rounded. */
    private static double difference(Sequential a, Sequential b) {
        double most = 0;
        for (int i = 0; i < a.params().size(); i++) {
            Tensor d = a.params().get(i).read().sub(b.params().get(i).read());
            most = Math.max(most, d.abs().max().item());
        }
        return most;
    }

    @ParameterizedTest
    @ValueSource(strings = {"ref:0", "ref:0,ref:1", "ref:1,ref:0", "ref:0,ref:1,ref:2"})
    void theReferenceGivesTheGradientOfTheWholeBatchInDouble(String names) {
        List<Double> losses = new ArrayList<>();
        List<Double> alone = new ArrayList<>();
        double off = difference(trainedAlone(devices(names).get(0), alone), trained(devices(names), losses));
        assertThat(off).isLessThan(1e-12);
        for (int i = 0; i < losses.size(); i++) assertThat(losses.get(i)).isCloseTo(alone.get(i), within(1e-7));
        assertThat(losses.get(5)).isLessThan(losses.get(0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ref:0,ref:1", "cpu,ref:0"})
    void theSameRunRepeatsBitForBit(String names) {
        repeats(devices(names), 1e-5);
    }

    /** Parts of a device, each of them a device. */
    @Tag("opencl")
    @ParameterizedTest
    @ValueSource(strings = {"%1$s/0,%1$s/1", "%1$s/1,%1$s/0", "%1$s/0,cpu"})
    void partsOfADeviceTrainTogether(String names) {
        repeats(devices(names.formatted(divisible())), 1e-5);
    }

    private static String divisible() {
        var found = Device.list().stream()
                .filter(d -> d.id().startsWith("opencl:") && d.parts() > 1)
                .map(DeviceInfo::id)
                .findFirst();
        if (found.isEmpty() && (Boolean.getBoolean("steepest.requireOpenCL") || "true".equals(System.getenv("CI"))))
            throw new AssertionError("no OpenCL device that can be divided");
        assumeTrue(found.isPresent(), "no OpenCL device that can be divided");
        return found.get();
    }

    private static void repeats(List<Device> devices, double tolerance) {
        List<Double> losses = new ArrayList<>();
        Sequential first = trained(devices, losses);
        String hash = WeightsHash.sha256(Weights.of(first));
        for (int i = 0; i < 3; i++) {
            List<Double> again = new ArrayList<>();
            assertThat(WeightsHash.sha256(Weights.of(trained(devices, again)))).isEqualTo(hash);
            assertThat(again).isEqualTo(losses);
        }
        Sequential alone = trainedAlone(devices.get(0), new ArrayList<>());
        assertThat(difference(alone, first)).isLessThan(tolerance);
    }

    @Test
    void everyDeviceDrawsBitsOfItsOwnAndTheSameInEveryRun() {
        assertThat(draws(1)).isEqualTo(draws(1)).isNotEqualTo(draws(2));
        List<Double> draws = draws(1);
        assertThat(draws).doesNotHaveDuplicates().hasSize(4);
    }

    /** What each of two devices draws in each of two steps. */
    private static List<Double> draws(long seed) {
        Variable w = Variable.zeros("w", Spec.of(DType.F32));
        List<Double> draws = new ArrayList<>();
        try (DataParallel step = DataParallel.of(1, new Sgd(List.of(w), 0.1), (in, pass) -> {
                    Tensor u = pass.rng().uniform(Shape.SCALAR);
                    Tensor second = in.get(0).mean();
                    return Step.of(
                            w.read().mul(u),
                            u.mul(second.neg().add(1)).mul(2),
                            u.mul(second).mul(2));
                })
                .seed(seed)
                .on(devices("ref:0,ref:1"))) {
            for (int i = 0; i < 2; i++) {
                List<Tensor> r = step.run(Tensor.of(0f, 1f));
                draws.add(r.get(1).item());
                draws.add(r.get(2).item());
            }
        }
        return draws;
    }

    /** The mean over the devices of what each makes of the running statistics, by the size of its share. */
    @Test
    void runningStatisticsAreTheMeanOverTheShares() {
        Sequential net = Sequential.of(Layers.batchNorm1d(1)).init(Rng.seed(1));
        try (DataParallel step = DataParallel.of(1, new Sgd(net.params(), 0.1), (in, pass) -> {
                    return net.apply(in.get(0), pass).square().mean();
                })
                .on(devices("ref:0,ref:1"))) {
            step.run(Tensor.of(new float[][] {{1}, {2}, {6}, {10}, {20}}));
            // shares 1 2 6 and 10 20: means 3 and 15, unbiased variances 7 and 50
            assertThat(state(net, "running_mean")).isCloseTo(0.1 * (3 * 3 + 2 * 15) / 5, within(1e-6));
            assertThat(state(net, "running_var")).isCloseTo(0.9 + 0.1 * (3 * 7 + 2 * 50) / 5, within(1e-6));
            step.run(Tensor.of(new float[][] {{0}, {0}, {0}, {0}}));
            assertThat(state(net, "running_mean")).isCloseTo(0.9 * 0.1 * 39 / 5, within(1e-6));
        }
    }

    private static double state(Sequential net, String name) {
        return net.state().stream()
                .filter(v -> v.name().endsWith(name))
                .findFirst()
                .orElseThrow()
                .toHost()
                .get(0);
    }

    @Test
    void noReplicaIsStale() {
        Variable w = Variable.of("w", HostArray.of(new float[] {1, 2}, Shape.of(2)));
        try (DataParallel step = DataParallel.of(
                                1,
                                new Sgd(List.of(w), 1),
                                (in, pass) -> w.read().sum())
                        .on(devices("ref:0,ref:1"));
                Program reader = Program.of(x -> w.read().add(x)).on(Device.of("ref:1"))) {
            Tensor two = Tensor.of(0f, 0);
            assertThat(reader.call(two).toFloats()).containsExactly(1, 2);
            assertThat(step.run(two).get(0).item()).isEqualTo(3);
            assertThat(w.toHost().floats()).containsExactly(0, 1);
            assertThat(reader.call(two).toFloats()).containsExactly(0, 1);
            w.set(Tensor.of(10f, 20));
            assertThat(step.run(two).get(0).item()).isEqualTo(30);
            assertThat(reader.call(two).toFloats()).containsExactly(9, 19);
            assertThat(w.read().toFloats()).containsExactly(9, 19);
        }
    }

    /** Copies lie with the programs that read them: a variable is changed here and read there, in turn, in one place each. */
    @Test
    void aVariableUsedOnTwoDevicesInTurnTakesNoMoreMemory() {
        Device other = Device.of("ref:1");
        Variable w = Variable.zeros("w", Spec.of(DType.F32, 1000));
        try (Program here =
                        Program.of(x -> Step.of(x).update(w, w.read().add(x))).on(Device.of("ref:0"));
                Program there = Program.of(
                                x -> Step.of(w.read().max()).update(w, w.read().mul(x)))
                        .on(other)) {
            long before = 0;
            for (int i = 0; i < 20; i++) {
                here.run(Tensor.of(1f));
                assertThat(there.call(Tensor.of(2f)).item()).isEqualTo(Math.pow(2, i + 1) - 1);
                if (i == 0) before = other.liveBytes();
            }
            assertThat(other.liveBytes() - before).isLessThan(20 * 1000);
        }
    }

    @Test
    void memoryIsGivenBack() {
        List<Device> two = devices("ref:0,ref:1");
        List<Long> before = two.stream().map(DataParallelTest::settled).toList();
        trained(two, new ArrayList<>());
        for (int i = 0; i < 2; i++) assertThat(settled(two.get(i))).isLessThanOrEqualTo(before.get(i));
    }

    private static long settled(Device device) {
        long least = device.liveBytes();
        for (int i = 0; i < 30 && least > 0; i++) {
            System.gc();
            least = Math.min(least, device.liveBytes());
        }
        return least;
    }

    @ParameterizedTest
    @ValueSource(strings = {"ref:11,ref:12", "ref:12,ref:11"})
    void aDeviceThatIsClosedStopsTheStepAndChangesNothing(String names) {
        Sequential net = net();
        List<Device> devices = devices(names);
        try (DataParallel step = DataParallel.of(adam(net), (x, y, pass) -> Losses.crossEntropy(net.apply(x, pass), y))
                .on(devices)) {
            step.run(x(6, 1), y(6));
            String hash = WeightsHash.sha256(Weights.of(net));
            devices.get(1).close();
            assertThatThrownBy(() -> step.run(x(6, 2), y(6)))
                    .isInstanceOf(SteepestException.class)
                    .hasMessage("device %s is closed; the step was not made, every variable is as before"
                            .formatted(names.split(",")[1]));
            assertThat(WeightsHash.sha256(Weights.of(net))).isEqualTo(hash);
        }
    }

    /** What a step on the devices that are left makes of it is what it would have made without the failure. */
    @Test
    void aDeviceOutOfMemoryStopsTheStepAndChangesNothing() {
        Variable w = Variable.of("w", HostArray.of(new float[] {1}, Shape.of(1)));
        int[] size = {1};
        try (DataParallel step = DataParallel.of(1, new Sgd(List.of(w), 1), (in, pass) -> {
                    // random numbers, so that nothing but memory will do
                    Tensor large = pass.rng()
                            .uniform(Shape.of(size[0], size[0]))
                            .sort(0, false)
                            .values();
                    return w.read().mul(large.sum()).sum();
                })
                .on(devices("ref:0,ref:1"))) {
            step.run(Tensor.of(0f, 0));
            float[] now = w.toHost().floats();
            size[0] = 46_340; // more doubles than the heap holds
            assertThatThrownBy(() -> step.run(Tensor.of(0f, 0, 0)))
                    .isInstanceOf(SteepestException.class)
                    .hasMessageStartingWith("device ref:0 is out of memory: asked for ")
                    .hasMessageEndingWith("; the step was not made, every variable is as before")
                    .hasMessageNotContaining("\n");
            assertThat(w.toHost().floats()).containsExactly(now);
            step.run(Tensor.of(0f, 0));
            assertThat(w.toHost().floats()[0]).isLessThan(now[0]);
        }
    }

    @Test
    void sharesAreCounted() {
        Variable w = Variable.zeros("w", Spec.of(DType.F32));
        try (DataParallel step = DataParallel.of(
                        1,
                        new Sgd(List.of(w), 1),
                        (in, pass) -> w.read().mul(in.get(0)).mean())
                .on(devices("ref:0,ref:1"))) {
            assertThat(step.shares()).isEmpty();
            step.run(Tensor.of(1f, 2, 3));
            step.run(Tensor.of(1f));
            assertThat(step.shares().stream().map(DataParallel.Share::samples)).containsExactly(3L, 1L);
            assertThat(step.shares())
                    .allSatisfy(s -> assertThat(s.samplesPerSecond()).isPositive());
            assertThat(step.runs()).isEqualTo(2);
        }
    }

    @Test
    void whatDoesNotFitIsRefused() {
        Variable w = Variable.zeros("w", Spec.of(DType.F32));
        Optimizer sgd = new Sgd(List.of(w), 1);
        Device ref = Device.of("ref:0");
        assertThatThrownBy(() -> DataParallel.of(1, sgd, (in, pass) -> w.read()).on(ref, ref))
                .hasMessage("data-parallel: device ref:0 is given twice");
        assertThatThrownBy(() -> DataParallel.of(1, sgd, (in, pass) -> w.read()).run(Tensor.of(1f)))
                .hasMessageContaining("name the devices");
        try (DataParallel p =
                DataParallel.of(1, sgd, (in, pass) -> sgd.minimize(w.read())).on(ref)) {
            assertThatThrownBy(() -> p.run(Tensor.of(1f))).hasMessageContaining("the optimizer has been given apart");
        }
        try (DataParallel p = DataParallel.of(2, sgd, (in, pass) -> w.read()).on(ref)) {
            assertThatThrownBy(() -> p.run(Tensor.of(1f))).hasMessageContaining("expected 2 inputs, got 1");
            assertThatThrownBy(() -> p.run(Tensor.of(1f), Tensor.of(1f, 2)))
                    .hasMessageContaining("as many samples each");
        }
    }
}

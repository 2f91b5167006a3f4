package steepest.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import steepest.Device;
import steepest.DeviceInfo;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.data.Datasets;
import steepest.data.Split;
import steepest.io.WeightsHash;
import steepest.nn.Losses;
import steepest.nn.Summary;
import steepest.nn.Weights;

class TrainerTest {
    @ParameterizedTest
    @ValueSource(strings = {"ref", "cpu"})
    void learns(String device) {
        TrainResult r = Bars.trainer(Bars.config(device).withEpochs(4)).train();
        Evaluation test = r.test().orElseThrow();
        assertThat(test.accuracy()).isGreaterThan(0.95);
        assertThat(test.loss()).isLessThan(0.3);
        assertThat(r.epochs().get(3).trainLoss()).isLessThan(r.epochs().get(0).trainLoss());
        assertThat(r.interrupted()).isFalse();
        assertThat(r.steps()).isEqualTo(4 * 13);
        assertThat(r.device().id()).isEqualTo(device);
        assertThat(r.weightsSha256()).isEqualTo(WeightsHash.sha256(Weights.of(r.model())));
    }

    @Test
    void learnsRealDigits() {
        TrainConfig config =
                TrainConfig.of("digits").withModel("mlp").withEpochs(5).withDevice("cpu");
        TrainResult r =
                new Trainer(config, Datasets.load("digits", Split.TRAIN), Datasets.load("digits", Split.TEST)).train();
        assertThat(r.trainSamples()).isEqualTo(1437);
        assertThat(r.test().orElseThrow().accuracy()).isGreaterThan(0.93);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ref", "cpu"})
    void theConfusionMatrixCountsEverySample(String device) {
        Evaluation test = Bars.trainer(Bars.config(device)).train().test().orElseThrow();
        long[][] c = test.confusion();
        for (int i = 0; i < Bars.CLASSES; i++)
            assertThat(Arrays.stream(c[i]).sum()).isEqualTo(15);
        long right = 0;
        for (int i = 0; i < Bars.CLASSES; i++) right += c[i][i];
        assertThat(test.accuracy()).isEqualTo(right / 60.0);
        assertThat(test.samples()).isEqualTo(60);
    }

    @Test
    void theSameSeedGivesTheSameWeightsAndAnotherSeedOthers() {
        String first = hash(Bars.config("cpu"));
        assertThat(hash(Bars.config("cpu"))).isEqualTo(first);
        assertThat(hash(Bars.config("cpu").withSeed(2))).isNotEqualTo(first);
    }

    private static String hash(TrainConfig config) {
        return Bars.trainer(config).train().weightsSha256();
    }

    /** Prints the hash of a short run, in a JVM of its own. */
    static final class Child {
        public static void main(String[] args) {
            System.out.println(hash(Bars.config("cpu").withModel("fast-cnn").withLimit(56)));
        }
    }

    @Test
    void threadsAndCompilersDoNotChangeTheWeights() throws Exception {
        String one = inChild("-Dsteepest.threads=1");
        assertThat(one).matches("[0-9a-f]{64}");
        assertThat(inChild("-Dsteepest.threads=2")).isEqualTo(one);
        assertThat(inChild("-Dsteepest.threads=2", "-Xint"))
                .as("never compiled")
                .isEqualTo(one);
    }

    private static String inChild(String... options) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("--add-modules", "jdk.incubator.vector"));
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Child.class.getName()));
        File errors = File.createTempFile("child", ".txt");
        try {
            Process p = new ProcessBuilder(command).redirectError(errors).start();
            String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            assertThat(p.waitFor())
                    .as(java.nio.file.Files.readString(errors.toPath()))
                    .isZero();
            return out;
        } finally {
            assertThat(errors.delete()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ref", "cpu"})
    void nothingIsPlannedAgainAfterTheFirstEpoch(String device) {
        Device d = Device.of(device);
        List<Device.Counters> counters = new ArrayList<>();
        Bars.trainer(Bars.config(device).withEpochs(3))
                .listener(new TrainListener() {
                    @Override
                    public void epoch(Epoch e) {
                        counters.add(d.counters());
                    }
                })
                .train();
        assertThat(counters).hasSize(3);
        assertThat(counters.get(2).plans()).isEqualTo(counters.get(0).plans());
        assertThat(counters.get(2).kernelBuilds()).isEqualTo(counters.get(0).kernelBuilds());
        assertThat(counters.get(2).launches()).isGreaterThan(counters.get(0).launches());
    }

    @Test
    void memoryIsGivenBack() {
        Device d = Device.ref();
        Bars.trainer(Bars.config("ref").withEpochs(1)).train();
        System.gc();
        long before = d.liveBytes();
        for (int i = 0; i < 3; i++)
            Bars.trainer(Bars.config("ref").withEpochs(1)).train();
        for (int i = 0; i < 50 && d.liveBytes() > before; i++) {
            System.gc();
            Thread.onSpinWait();
        }
        assertThat(d.liveBytes()).isLessThanOrEqualTo(before);
    }

    @Test
    void theListenerHearsTheWholeRun() {
        List<String> heard = new ArrayList<>();
        TrainResult r = Bars.trainer(Bars.config("ref").withBatch(4))
                .listener(new TrainListener() {
                    @Override
                    public void started(Summary summary, DeviceInfo device, long steps) {
                        heard.add("started " + summary.parameters() + " " + device.id() + " " + steps);
                    }

                    @Override
                    public void running() {
                        heard.add("running");
                    }

                    @Override
                    public void progress(Progress p) {
                        heard.add("%d/%d %d/%d %d".formatted(p.epoch(), p.epochs(), p.step(), p.steps(), p.samples()));
                        assertThat(p.loss()).isPositive();
                        assertThat(p.accuracy()).isBetween(0.0, 1.0);
                        assertThat(p.samplesPerSecond()).isPositive();
                    }

                    @Override
                    public void evaluating(int epoch) {
                        heard.add("evaluating " + epoch);
                    }

                    @Override
                    public void epoch(Epoch e) {
                        heard.add("epoch " + e.epoch() + " at " + e.step());
                    }
                })
                .train();
        assertThat(heard)
                .containsExactly(
                        "started 50052 ref 100",
                        "running",
                        "1/2 20/100 80",
                        "1/2 40/100 160",
                        "1/2 50/100 200",
                        "evaluating 1",
                        "epoch 1 at 50",
                        "2/2 60/100 240",
                        "2/2 80/100 320",
                        "2/2 100/100 400",
                        "evaluating 2",
                        "epoch 2 at 100");
        assertThat(r.curve()).hasSize(6);
        double first = r.curve().stream()
                .limit(3)
                .mapToDouble(p -> p.loss() * (p.step() == 50 ? 10 : 20))
                .sum();
        assertThat(r.epochs().get(0).trainLoss()).isCloseTo(first / 50, within(1e-9));
    }

    @Test
    void stoppingKeepsWhatWasReached() {
        AtomicInteger asked = new AtomicInteger();
        TrainResult r = Bars.trainer(Bars.config("ref"))
                .stopWhen(() -> asked.incrementAndGet() == 15)
                .train();
        assertThat(r.interrupted()).isTrue();
        assertThat(r.steps()).isEqualTo(15);
        assertThat(r.test()).isEmpty();
        assertThat(r.epochs()).hasSize(1);
        assertThat(r.curve().get(r.curve().size() - 1).step()).isEqualTo(15);
    }

    @Test
    void stoppingAtTheVeryEndIsNoInterruption() {
        AtomicInteger asked = new AtomicInteger();
        TrainResult r = Bars.trainer(Bars.config("ref"))
                .stopWhen(() -> asked.incrementAndGet() == 26)
                .train();
        assertThat(r.interrupted()).isFalse();
        assertThat(r.test()).isPresent();
    }

    @Test
    void aLossThatIsNoNumberEndsTheRunAndSaysWhere() {
        TrainConfig config = Bars.config("ref").withOptimizer("sgd").withLr(1e30);
        assertThatThrownBy(() -> Bars.trainer(config).train())
                .isInstanceOf(SteepestException.class)
                .hasMessageMatching(
                        "the loss became (NaN|Infinity) in epoch 1 at step [2-9] of 26; try a lower learning"
                                + " rate than 1\\.0E30");
    }

    @Test
    void anotherObjective() {
        Tensor half = Tensor.scalar(0.5);
        TrainResult r = Bars.trainer(Bars.config("ref").withEpochs(1))
                .objective((model, x, y, pass) -> {
                    Tensor logits = model.apply(x, pass);
                    return new Objective.Outcome(Losses.crossEntropy(logits, y).mul(half), logits);
                })
                .train();
        TrainResult natural = Bars.trainer(Bars.config("ref").withEpochs(1)).train();
        assertThat(r.curve().get(0).loss()).isLessThan(natural.curve().get(0).loss() * 0.8);
    }

    @Test
    void aTrainerTrainsOnce() {
        Trainer trainer = Bars.trainer(Bars.config("ref").withEpochs(1));
        trainer.train();
        assertThatThrownBy(trainer::train).isInstanceOf(SteepestException.class).hasMessageContaining("trains once");
    }

    @Test
    void theLimitHoldsForBothSets() {
        TrainResult r =
                Bars.trainer(Bars.config("ref").withLimit(50).withEpochs(1)).train();
        assertThat(r.trainSamples()).isEqualTo(50);
        assertThat(r.testSamples()).isEqualTo(50);
        assertThat(r.steps()).isEqualTo(4);
    }

    @Test
    void setsThatDifferAreRefused() {
        assertThatThrownBy(() -> new Trainer(Bars.config("ref"), Bars.of(10, 1), Datasets.load("digits", Split.TEST)))
                .isInstanceOf(SteepestException.class)
                .hasMessageStartingWith(
                        "training and test samples differ: bars: 10 samples [1,8,8], 4 classes against");
    }
}

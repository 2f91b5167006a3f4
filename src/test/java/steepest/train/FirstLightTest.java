package steepest.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import steepest.Device;
import steepest.Program;
import steepest.Rng;
import steepest.data.Dataset;
import steepest.data.Datasets;
import steepest.data.Split;
import steepest.nn.Losses;
import steepest.nn.Models;
import steepest.optim.Adam;

/** A convolutional network learns real images, on the CPU and through OpenCL. */
@Tag("slow")
class FirstLightTest {
    @ParameterizedTest
    @CsvSource({"mnist, cpu, 0.92", "mnist, opencl, 0.92", "fashion-mnist, cpu, 0.70"})
    void lenetLearnsRealImagesInOneEpoch(String dataset, String device, double accuracy) {
        TrainConfig config =
                TrainConfig.of(dataset).withDevice(device).withEpochs(1).withLimit(6000);
        TrainResult result =
                new Trainer(config, Datasets.load(dataset, Split.TRAIN), Datasets.load(dataset, Split.TEST)).train();
        assertThat(result.test().orElseThrow().accuracy()).isBetween(accuracy, 1.0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "opencl"})
    void nothingIsPlannedOrCompiledAfterTheFirstTwoBatches(String name) {
        Device device = Device.of(name);
        Dataset data = Datasets.load("mnist", Split.TRAIN).limit(10 * 64 + 7);
        var net = Models.of("lenet", data.sampleShape(), 10).init(Rng.seed(1));
        var adam = new Adam(net.params(), 1e-3);
        try (Program step = Program.of((x, y, pass) -> adam.minimize(Losses.crossEntropy(net.apply(x, pass), y), pass))
                .on(device)) {
            Device.Counters warm = null;
            List<Dataset.Batch> batches = data.batches(64);
            for (int i = 0; i < 10; i++) {
                step.run(batches.get(i).x(), batches.get(i).y());
                if (i == 1) warm = device.counters();
            }
            Device.Counters full = device.counters();
            assertThat(full.plans()).isEqualTo(warm.plans());
            assertThat(full.kernelBuilds()).isEqualTo(warm.kernelBuilds());
            assertThat(full.launches()).isGreaterThan(warm.launches());

            // the last, smaller batch is planned once and kept
            step.run(batches.get(10).x(), batches.get(10).y());
            Device.Counters whole = device.counters();
            assertThat(whole.plans()).isEqualTo(full.plans() + 1);
            for (Dataset.Batch b : batches) step.run(b.x(), b.y());
            assertThat(device.counters().plans()).isEqualTo(whole.plans());
            assertThat(device.counters().kernelBuilds()).isEqualTo(whole.kernelBuilds());
        }
    }

    @Test
    void theSameSeedGivesTheSameWeightsOnOpenCl() {
        TrainConfig config = TrainConfig.of("digits")
                .withModel("mlp")
                .withDevice("opencl")
                .withEpochs(1)
                .withLimit(400);
        Dataset train = Datasets.load("digits", Split.TRAIN);
        Dataset test = Datasets.load("digits", Split.TEST);
        String once = new Trainer(config, train, test).train().weightsSha256();
        assertThat(new Trainer(config, train, test).train().weightsSha256()).isEqualTo(once);
        assertThat(new Trainer(config.withSeed(1), train, test).train().weightsSha256())
                .isNotEqualTo(once);
    }
}

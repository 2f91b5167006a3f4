package steepest.robust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static steepest.nn.Layers.dense;
import static steepest.nn.Layers.flatten;
import static steepest.nn.Layers.tanh;

import java.util.Map;
import org.junit.jupiter.api.Test;
import steepest.Device;
import steepest.Program;
import steepest.Rng;
import steepest.Step;
import steepest.Tensor;
import steepest.certify.Certificate;
import steepest.certify.Certifier;
import steepest.certify.Method;
import steepest.data.Dataset;
import steepest.nn.Losses;
import steepest.nn.Sequential;
import steepest.optim.Adam;
import steepest.robust.RobustTrainingTest.Fixture;
import steepest.train.Objective;

class IbpTrainingTest {
    private static final Dataset.Domain UNIT = Dataset.Domain.UNIT;

    @Test
    void epsilonWaitsThenGrowsThenStays() {
        IbpTraining t = new IbpTraining(0.1, 0.5, 0.2, 0.5, UNIT);
        double[] expected = {0.02, 0.02, 0.04, 0.5, 0.98, 1, 1};
        int[] steps = {20, 20, 21, 44, 68, 69, 99};
        for (int i = 0; i < steps.length; i++)
            assertThat(t.progress(Tensor.scalar(steps[i]), 100).item()).isCloseTo(expected[i], within(1e-6));
        assertThat(t.progress(Tensor.scalar(19), 100).item()).isZero();
        IbpTraining atOnce = new IbpTraining(0.1, 0.5, 0, 0, UNIT);
        assertThat(atOnce.progress(Tensor.scalar(0), 100).item()).isEqualTo(1);
    }

    /** For a linear network intervals are exact: ẑ_j − ẑ_y = z_j − z_y + ε ‖w_j − w_y‖₁. */
    @Test
    void theLossOfALinearNetworkIsThatOfItsWorstLogits() {
        Device.setDefault(Device.ref());
        Sequential net = Sequential.of(flatten(), dense(16, 3)).init(Rng.seed(4));
        Dataset.Batch b = Fixture.data().batches(8).get(0);
        double eps = 0.03;
        Objective objective = new IbpTraining(eps, 0.25, 0, 0, UNIT).objective(net, 10);
        double loss;
        try (Program p = Program.of((x, y, pass) ->
                        Step.of(objective.apply(net, x, y, pass).loss()).update(pass.updates()))
                .on(Device.ref())) {
            loss = p.call(b.x(), b.y()).item();
        }
        float[] w = net.params().get(0).read().toFloats();
        float[] x = b.x().toFloats();
        float[] z = net.apply(b.x()).toFloats();
        double worst = 0;
        for (int i = 0; i < 8; i++) {
            double sum = 0;
            for (int j = 0; j < 3; j++) {
                int y = b.labels()[i];
                double rise = z[i * 3 + j] - z[i * 3 + y];
                for (int p = 0; p < 16; p++) {
                    double d = (double) w[j * 16 + p] - w[y * 16 + p];
                    double at = x[i * 16 + p];
                    // as far as ball and domain allow
                    rise += d * (d > 0 ? Math.min(1, at + eps) - at : Math.max(0, at - eps) - at);
                }
                sum += Math.exp(rise);
            }
            worst += Math.log(sum) / 8;
        }
        double natural = Losses.crossEntropy(net.apply(b.x()), b.y()).item();
        assertThat(loss).isCloseTo(0.25 * natural + 0.75 * worst, within(1e-5));
        assertThat(worst).isGreaterThan(natural + 0.01);
    }

    @Test
    void withAllWeightOnTheNaturalLossItIsNaturalTraining() {
        String natural = Fixture.train(Objective.natural(), Fixture.feed(1, "none"));
        // the network is made in there; a step is planned once, so this objective is made once
        Objective all = (net, x, y, pass) -> new IbpTraining(0.1, 1, 0, 0, UNIT)
                .objective((Sequential) net, 3)
                .apply(net, x, y, pass);
        assertThat(Fixture.train(all, Fixture.feed(1, "none"))).isEqualTo(natural);
        Objective half = (net, x, y, pass) -> new IbpTraining(0.1, 0.5, 0, 0, UNIT)
                .objective((Sequential) net, 3)
                .apply(net, x, y, pass);
        String first = Fixture.train(half, Fixture.feed(1, "none"));
        assertThat(first).isNotEqualTo(natural).isEqualTo(Fixture.train(half, Fixture.feed(1, "none")));
    }

    /** What it is for. */
    @Test
    void moreIsCertifiedThanAfterNaturalTraining() {
        double eps = 0.12;
        double natural = certified(null, eps);
        double hardened = certified(new IbpTraining(eps, 0.5, 0.1, 0.5, UNIT), eps);
        assertThat(hardened).isGreaterThan(natural + 0.2).isGreaterThan(0.7);
    }

    private static double certified(IbpTraining training, double eps) {
        Sequential net = Fixture.net();
        Dataset data = Fixture.data();
        int epochs = 40;
        long steps = epochs * data.batches(16).size();
        Objective objective = training == null ? Objective.natural() : training.objective(net, steps);
        Adam adam = new Adam(net.params(), 1e-2);
        try (Program step = Program.of((x, y, pass) ->
                        adam.minimize(objective.apply(net, x, y, pass).loss(), pass))
                .on(Device.of("cpu"))
                .seed(1)) {
            for (int e = 0; e < epochs; e++)
                for (Dataset.Batch b : data.shuffled(1, e).batches(16)) step.run(b.x(), b.y());
        }
        try (Certifier certifier = new Certifier(net, UNIT, Device.of("cpu"), Method.IBP)) {
            Certificate c = certifier.certify(data, eps);
            assertThat(c.cleanAccuracy()).isGreaterThan(0.9);
            return c.certifiedAccuracy();
        }
    }

    @Test
    void whatIsWrongIsSaid() {
        assertThatThrownBy(() -> IbpTraining.of(Double.POSITIVE_INFINITY, UNIT))
                .hasMessage("eps: expected a finite number of at least 0, got Infinity");
        assertThatThrownBy(() -> new IbpTraining(0.1, 1.5, 0, 0, UNIT))
                .hasMessage("kappa: expected a number in [0, 1], got 1.5");
        assertThatThrownBy(() -> new IbpTraining(0.1, 1, -0.1, 0, UNIT)).hasMessageStartingWith("warmup: expected");
        assertThatThrownBy(() -> new IbpTraining(0.1, 1, 0.6, 0.5, UNIT))
                .hasMessage("ramp: expected a part of the training from 0 to what a warmup of 0.6 leaves, got 0.5");
        Sequential net = Sequential.of(flatten(), dense(16, 3), tanh()).init(Rng.seed(4));
        assertThatThrownBy(() -> IbpTraining.of(0.1, UNIT).objective(net, 10))
                .hasMessageStartingWith("tanh(): expected a network of dense");
        assertThatThrownBy(() -> Recipe.of("ibp", Map.of("eps", "0.1", "kappa", "half"), 0))
                .hasMessage("kappa: expected a number, got 'half'");
        assertThatThrownBy(() -> Recipe.of("ibp", Map.of("eps", "0.1", "steps", "3"), 0))
                .hasMessage("steps: robust training ibp has no use for it; it takes eps, kappa, warmup, ramp");
        assertThatThrownBy(() -> Recipe.of("ibp", Map.of(), 0)).hasMessageContaining("expected eps");
    }
}

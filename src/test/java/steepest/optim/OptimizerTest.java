package steepest.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import steepest.DType;
import steepest.Device;
import steepest.HostArray;
import steepest.Pass;
import steepest.Program;
import steepest.Rng;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Step;
import steepest.Tensor;
import steepest.Variable;

/** Each rule against steps worked out by hand; the gradient of {@code (w·x).sum()} is x. */
class OptimizerTest {
    private static Variable weight(float... w) {
        return Variable.of("w", HostArray.of(w, Shape.of(w.length)));
    }

    /** The weight after each step, where step i has gradient {@code gradients[i]}. */
    private static double[] trace(
            String device, double w0, Function<List<Variable>, Optimizer> make, double... gradients) {
        Variable w = weight((float) w0);
        Optimizer optimizer = make.apply(List.of(w));
        double[] trace = new double[gradients.length];
        try (Program program =
                Program.of(x -> optimizer.minimize(w.read().mul(x).sum())).on(Device.of(device))) {
            for (int i = 0; i < trace.length; i++) {
                program.run(Tensor.of((float) gradients[i]));
                trace[i] = w.toHost().get(0);
            }
        }
        return trace;
    }

    private static void check(double[] got, double... expected) {
        assertThat(got).hasSameSizeAs(expected);
        for (int i = 0; i < got.length; i++)
            assertThat(got[i]).as("step %d", i + 1).isCloseTo(expected[i], within(1e-6));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ref", "cpu"})
    void plainDescent(String device) {
        check(trace(device, 1, p -> new Sgd(p, 0.1), 1, -2, 0.5), 0.9, 1.1, 1.05);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ref", "cpu"})
    void momentum(String device) {
        // v: 1, 1.5, 1.75
        check(trace(device, 0, p -> new Sgd(p, Schedule.constant(0.1), 0.5, false, 0), 1, 1, 1), -0.1, -0.25, -0.425);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ref", "cpu"})
    void nesterov(String device) {
        // v: 1, 1.5, 1.75; g + v/2: 1.5, 1.75, 1.875
        check(trace(device, 0, p -> new Sgd(p, Schedule.constant(0.1), 0.5, true, 0), 1, 1, 1), -0.15, -0.325, -0.5125);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ref", "cpu"})
    void weightDecay(String device) {
        // 1 − 0.1·(2 + 0.5·1) = 0.75; 0.75 − 0.1·(0 + 0.5·0.75) = 0.7125
        check(trace(device, 1, p -> new Sgd(p, Schedule.constant(0.1), 0, false, 0.5), 2, 0), 0.75, 0.7125);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ref", "cpu"})
    void aFallingRate(String device) {
        check(trace(device, 0, p -> new Sgd(p, Schedule.linear(1, 4)), 1, 1, 1, 1, 1), -1, -1.75, -2.25, -2.5, -2.5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ref", "cpu"})
    void adamByHand(String device) {
        // m₂ = 0.9·0.1 − 0.3 = −0.21, over 1 − 0.81; v₂ = 0.999·0.001 + 0.009, over 1 − 0.998001
        double second = -0.1 - 0.1 * (-0.21 / 0.19) / Math.sqrt(0.009999 / 0.001999);
        check(trace(device, 0, p -> new Adam(p, 0.1), 1, -3), -0.1, second);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ref", "cpu"})
    void adamUnderAConstantGradientWalksAtItsRate(String device) {
        // both moments are then unbiased: every step is α, whatever the gradient's size
        double[] constant = new double[400];
        java.util.Arrays.fill(constant, 1e-3);
        double[] trace = trace(device, 0, p -> new Adam(p, 0.01), constant);
        for (int i = 0; i < trace.length; i++)
            assertThat(trace[i]).isCloseTo(-0.01 * (i + 1), within(2e-4 * 0.01 * (i + 1)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ref", "cpu"})
    void decayInTheGradientAndBesideIt(String device) {
        Adam.Settings coupled = new Adam.Settings(0.9, 0.999, 1e-8, 0.5, false);
        Adam.Settings decoupled = new Adam.Settings(0.9, 0.999, 1e-8, 0.5, true);
        // in the gradient the decay is normalised away: the first step is α · sign(g + λ w)
        check(trace(device, 1, p -> new Adam(p, Schedule.constant(0.1), coupled), 0), 0.9);
        // beside it: w − α λ w − α sign(g); and without a gradient w − α λ w
        check(trace(device, 1, p -> new Adam(p, Schedule.constant(0.1), decoupled), 2), 1 - 0.05 - 0.1);
        check(trace(device, 1, p -> new Adam(p, Schedule.constant(0.1), decoupled), 0), 0.95);
    }

    @ParameterizedTest
    @CsvSource({"sgd", "momentum", "nesterov", "adam", "adamw"})
    void everyOneFindsTheLowestPoint(String name) {
        Variable w = weight(3, -2);
        Tensor target = Tensor.of(1, 0.5f);
        Optimizer optimizer = Optimizers.of(name, List.of(w), Schedule.linear(0.05, 400));
        try (Program program = Program.of(t -> optimizer.minimize(
                        w.read().sub(t).square().mul(Tensor.of(1f, 4f)).sum()))
                .on(Device.ref())) {
            for (int i = 0; i < 400; i++) program.run(target);
        }
        assertThat(w.toHost().get(0)).isCloseTo(1, within(0.02));
        assertThat(w.toHost().get(1)).isCloseTo(0.5, within(0.02));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ref", "cpu"})
    void everythingIsCountedOnTheDeviceAndNothingIsPlannedAgain(String device) {
        Variable w = weight(1, 2, 3);
        Adam adam = new Adam(List.of(w), Schedule.linear(0.1, 10));
        Device d = Device.of(device);
        try (Program program =
                Program.of(x -> adam.minimize(w.read().mul(x).sum())).on(d)) {
            program.run(Tensor.of(1f, 1f, 1f));
            Device.Counters before = d.counters();
            for (int i = 0; i < 5; i++) program.run(Tensor.of(1f, 1f, 1f));
            assertThat(d.counters().plans()).isEqualTo(before.plans());
            assertThat(d.counters().kernelBuilds()).isEqualTo(before.kernelBuilds());
        }
        assertThat(adam.state().stream().map(Variable::name)).containsExactly("adam.step", "adam.w.m", "adam.w.v");
        assertThat(adam.state().get(0).toHost().ints()).containsExactly(6);
    }

    @Test
    void stateCanBeTakenOver() {
        Variable a = weight(1);
        Variable b = weight(1);
        Adam first = new Adam(List.of(a), Schedule.linear(0.1, 10));
        for (int i = 0; i < 3; i++) eager(first, a);
        Adam second = new Adam(List.of(b), Schedule.linear(0.1, 10));
        b.set(a.toHost());
        for (int i = 0; i < 3; i++)
            second.state().get(i).set(first.state().get(i).toHost());
        eager(first, a);
        eager(second, b);
        assertThat(b.toHost()).isEqualTo(a.toHost());
    }

    private static void eager(Optimizer optimizer, Variable w) {
        Device before = Device.getDefault();
        Device.setDefault(Device.ref());
        try {
            optimizer.minimize(w.read().square().sum()).run();
        } finally {
            Device.setDefault(before);
        }
    }

    @Test
    void thePassIsCommitted() {
        Variable w = weight(1);
        Variable mean = Variable.zeros("mean", Spec.of(DType.F32));
        Pass pass = new Pass(Rng.seed(0));
        Tensor y = w.read().mul(3);
        pass.update(mean, y.mean());
        Step step = new Sgd(List.of(w), 0.1).minimize(y.sum(), pass);
        assertThat(step.updates().stream().map(u -> u.variable().name())).contains("mean", "w", "sgd.step");
        assertThat(step.results()).hasSize(1);
        assertThat(step.returning(y, y).updates()).isEqualTo(step.updates());
    }

    @Test
    void aParameterThatTheLossDoesNotUseStaysPut() {
        Variable used = weight(1);
        Variable unused = Variable.of("u", HostArray.of(new float[] {7}, Shape.of(1)));
        Sgd sgd = new Sgd(List.of(used, unused), 0.1);
        try (Program program =
                Program.of(x -> sgd.minimize(used.read().mul(x).sum())).on(Device.ref())) {
            program.run(Tensor.of(1f));
        }
        assertThat(used.toHost().get(0)).isCloseTo(0.9, within(1e-6));
        assertThat(unused.toHost().get(0)).isEqualTo(7);
    }

    @Test
    void lossesThatCannotBeMinimisedAreRefused() {
        Variable w = weight(1, 2);
        Sgd sgd = new Sgd(List.of(w), 0.1);
        assertThatThrownBy(() -> sgd.minimize(w.read()))
                .isInstanceOf(SteepestException.class)
                .hasMessageStartingWith("minimize: takes a loss f32[], got f32[2]")
                .hasMessageContaining("OptimizerTest.java:");
        assertThatThrownBy(() -> sgd.minimize(w.read().sum().detach()))
                .hasMessageStartingWith("minimize: the loss depends on none of the 1 parameters");
        Tensor stale = w.read().sum();
        w.set(HostArray.of(new float[] {3, 4}, Shape.of(2)));
        assertThatThrownBy(() -> sgd.minimize(stale)).hasMessageContaining("built before the last step?");
    }

    @Test
    void wrongSettingsAreRefused() {
        Variable w = weight(1);
        List<Variable> p = List.of(w);
        Schedule s = Schedule.constant(1);
        assertThatThrownBy(() -> new Sgd(List.of(), 0.1)).hasMessage("sgd: there are no parameters to optimise");
        assertThatThrownBy(() -> new Sgd(List.of(w, w), 0.1)).hasMessage("sgd: parameter w is given twice");
        assertThatThrownBy(() -> new Sgd(List.of(Variable.zeros("i", Spec.of(DType.I32, 2))), 0.1))
                .hasMessage("sgd: parameters are f32, i is i32[2]");
        assertThatThrownBy(() -> new Sgd(p, Double.NaN)).hasMessageContaining("learning rate");
        assertThatThrownBy(() -> new Sgd(p, s, 1, false, 0)).hasMessageContaining("momentum: expected a number from 0");
        assertThatThrownBy(() -> new Sgd(p, s, 0, true, 0)).hasMessageContaining("Nesterov's method needs momentum");
        assertThatThrownBy(() -> new Sgd(p, s, 0, false, -1)).hasMessageContaining("weight decay");
        assertThatThrownBy(() -> new Adam.Settings(1, 0.9, 1e-8, 0, false)).hasMessageContaining("beta1");
        assertThatThrownBy(() -> new Adam.Settings(0.9, Double.NaN, 1e-8, 0, false))
                .hasMessageContaining("beta2");
        assertThatThrownBy(() -> new Adam.Settings(0.9, 0.9, 0, 0, false)).hasMessageContaining("epsilon");
        assertThatThrownBy(() -> Optimizers.of("lion", p, s))
                .isInstanceOf(SteepestException.class)
                .hasMessage("unknown optimizer lion; there are sgd, momentum, nesterov, rmsprop, adam, adamw");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ref", "cpu"})
    void rmsProp(String device) {
        // v = 0.5, then 0.25 + 0.5·4 = 2.25
        RmsProp.Settings plain = new RmsProp.Settings(0.5, 0.1, 0, false, 0);
        double w1 = 1 - 0.1 / (Math.sqrt(0.5) + 0.1);
        check(trace(device, 1, p -> new RmsProp(p, Schedule.constant(0.1), plain), 1, -2), w1, w1 + 0.2 / 1.6);
        // a = 0.5, v − a² = 0.25; then a = −0.75, v − a² = 1.6875; weight decay 0.5 on the first: g = 1.5
        RmsProp.Settings centered = new RmsProp.Settings(0.5, 0.1, 0, true, 0);
        double c1 = 1 - 0.1 / (0.5 + 0.1);
        check(
                trace(device, 1, p -> new RmsProp(p, Schedule.constant(0.1), centered), 1, -2),
                c1,
                c1 + 0.2 / (Math.sqrt(1.6875) + 0.1));
        RmsProp.Settings all = new RmsProp.Settings(0, 1, 0.5, false, 0.5);
        // v = g²: 1.5 / (1.5 + 1) = 0.6, w = 0.94; then g = −2 + 0.47 = −1.53, b = 0.3 − 1.53 / 2.53
        check(
                trace(device, 1, p -> new RmsProp(p, Schedule.constant(0.1), all), 1, -2),
                0.94,
                0.94 - 0.1 * (0.3 - 1.53 / 2.53));
    }

    @Test
    void rmsPropRemembersWhatItNeeds() {
        List<Variable> w = List.of(weight(1));
        assertThat(new RmsProp(w, 0.1).state())
                .extracting(Variable::name)
                .containsExactly("rmsprop.step", "rmsprop.w.square");
        RmsProp.Settings all = new RmsProp.Settings(0.9, 1e-8, 0.9, true, 0);
        assertThat(new RmsProp(w, Schedule.constant(0.1), all).state())
                .extracting(Variable::name)
                .containsExactly("rmsprop.step", "rmsprop.w.square", "rmsprop.w.average", "rmsprop.w.velocity");
        assertThatThrownBy(() -> new RmsProp.Settings(1, 1e-8, 0, false, 0)).hasMessageContaining("alpha");
        assertThatThrownBy(() -> new RmsProp.Settings(0.9, 0, 0, false, 0)).hasMessageContaining("epsilon");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ref", "cpu"})
    void theGradientOfAllParametersTogetherIsLimited(String device) {
        Variable a = weight(0, 0);
        Variable b = Variable.of("b", HostArray.of(new float[1], Shape.of(1)));
        Optimizer sgd = new Sgd(List.of(a, b), 1).clipNorm(1);
        try (Program p = Program.of((x, y) ->
                        sgd.minimize(a.read().mul(x).sum().add(b.read().mul(y).sum())))
                .on(Device.of(device))) {
            // below the limit: untouched
            p.run(Tensor.of(0.25f, -0.5f), Tensor.of(0.5f));
            assertThat(a.toHost().floats()).containsExactly(-0.25f, 0.5f);
            assertThat(b.toHost().floats()).containsExactly(-0.5f);
            // 2, 3, 6 has norm 7
            p.run(Tensor.of(2f, 3f), Tensor.of(6f));
        }
        assertThat(a.toHost().get(0)).isCloseTo(-0.25 - 2 / 7.0, within(1e-6));
        assertThat(a.toHost().get(1)).isCloseTo(0.5 - 3 / 7.0, within(1e-6));
        assertThat(b.toHost().get(0)).isCloseTo(-0.5 - 6 / 7.0, within(1e-6));
        assertThatThrownBy(() -> sgd.clipNorm(0)).hasMessageContaining("expected a norm above 0, got 0.0");
        assertThatThrownBy(() -> GradientNorm.of(List.of())).isInstanceOf(SteepestException.class);
    }
}

package steepest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static steepest.fused.Pool2d.maxPool2d;
import static steepest.nn.Layers.dropout;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import steepest.nn.Layer;

/** Mistakes that are easily made, each with a name and what the library does about it. */
class FootgunTest {
    private static final float INF = Float.POSITIVE_INFINITY;
    private static final float NAN = Float.NaN;

    private final Device ref = Device.ref();

    @BeforeEach
    void onRef() {
        Device.setDefault(ref);
    }

    @AfterEach
    void onWhateverIsBest() {
        Device.setDefault(null);
    }

    private static Variable variable(float... values) {
        return Variable.of("w", Tensor.of(values));
    }

    private static float[] gradient(Tensor y, Tensor x) {
        return y.sum().grad(x).toFloats();
    }

    // ---- state ----

    @Test
    void aTensorBuiltBeforeItsVariableWasUpdatedIsAnError() {
        Variable w = variable(1, 2);
        Tensor doubled = w.read().mul(2);
        w.set(HostArray.of(new float[] {5, 6}, Shape.of(2)));
        assertThatThrownBy(doubled::toFloats)
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining("variable w")
                .hasMessageContaining("before the variable was updated");
        assertThat(w.read().mul(2).toFloats()).containsExactly(10, 12);
    }

    @Test
    void aTensorEvaluatedBeforeTheUpdateKeepsItsValue() {
        Variable w = variable(1, 2);
        Tensor doubled = w.read().mul(2).evaluate();
        w.set(HostArray.of(new float[] {5, 6}, Shape.of(2)));
        assertThat(doubled.toFloats()).containsExactly(2, 4);
    }

    @Test
    void readingAVariableByItselfKeepsTheOldValueThroughAnUpdateInPlace() {
        Variable w = variable(1, 2);
        Tensor old = w.read().evaluate();
        try (Program p = Program.of(
                        0, (in, pass) -> Step.of().update(w, w.read().add(1)))
                .on(ref)) {
            p.run();
        }
        assertThat(w.toHost().floats()).containsExactly(2, 3);
        assertThat(old.toFloats()).containsExactly(1, 2);
    }

    @Test
    void aVariableSetFromATensorDoesNotShareItsMemory() {
        Tensor t = Tensor.of(1f, 2).mul(3).evaluate();
        Variable w = Variable.of("w", Tensor.of(0f, 0));
        w.set(t);
        try (Program p = Program.of(
                        0, (in, pass) -> Step.of().update(w, w.read().add(1)))
                .on(ref)) {
            p.run();
            p.run();
        }
        assertThat(w.toHost().floats()).containsExactly(5, 8);
        assertThat(t.toFloats()).containsExactly(3, 6);
    }

    @Test
    void inAStepAllReadsComeBeforeAllWrites() {
        Variable a = variable(1, 2);
        Variable b = variable(10, 20);
        try (Program swap = Program.of(
                        0,
                        (in, pass) ->
                                Step.of(a.read(), b.read()).update(a, b.read()).update(b, a.read()))
                .on(ref)) {
            List<Tensor> before = swap.run();
            assertThat(a.toHost().floats()).containsExactly(10, 20);
            assertThat(b.toHost().floats()).containsExactly(1, 2);
            swap.run();
            assertThat(a.toHost().floats()).containsExactly(1, 2);
            assertThat(before.get(0).toFloats()).containsExactly(1, 2);
            assertThat(before.get(1).toFloats()).containsExactly(10, 20);
        }
        Step.of().update(a, b.read().mul(2)).update(b, a.read().mul(3)).run();
        assertThat(a.toHost().floats()).containsExactly(20, 40);
        assertThat(b.toHost().floats()).containsExactly(3, 6);
    }

    @Test
    void aVariableWrittenFromItsOwnElementsInAnotherOrderReadsThemAllFirst() {
        Variable w = variable(1, 2, 3, 4);
        try (Program p = Program.of(
                        0, (in, pass) -> Step.of().update(w, w.read().flip(0).add(w.read())))
                .on(ref)) {
            p.run();
        }
        assertThat(w.toHost().floats()).containsExactly(5, 5, 5, 5);
        Variable m = Variable.of("m", Tensor.of(new float[][] {{1, 2}, {3, 4}}));
        try (Program p =
                Program.of(0, (in, pass) -> Step.of().update(m, m.read().t())).on(ref)) {
            p.run();
        }
        assertThat(m.toHost().floats()).containsExactly(1, 3, 2, 4);
    }

    @Test
    void aVariableUpdatedTwiceInOneStepIsAnError() {
        Variable w = variable(1);
        assertThatThrownBy(
                        () -> Step.of().update(w, w.read()).update(w, w.read().mul(2)))
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining("w is updated twice");
    }

    @Test
    void anUpdateOfAnotherShapeIsAnError() {
        Variable w = variable(1, 2);
        assertThatThrownBy(() -> Step.of().update(w, w.read().sum()))
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining("expected f32[2], got f32[]");
    }

    @Test
    void anUpdateMadeInsideACaptureIsAnErrorNotLost() {
        Variable w = variable(1, 2);
        try (Program p = Program.of(x -> {
                    w.set(w.read().sub(x));
                    return x.sum();
                })
                .on(ref)) {
            assertThatThrownBy(() -> p.run(Tensor.of(1f, 1)))
                    .isInstanceOf(SteepestException.class)
                    .hasMessageContaining("capture");
        }
        assertThat(w.toHost().floats()).containsExactly(1, 2);
    }

    @Test
    void anUpdateThatAPassCollectedMustBeCommitted() {
        Variable mean = variable(0);
        try (Program p = Program.of((x, y, pass) -> {
                    pass.update(mean, x.mean().reshape(1));
                    return x.sum(); // forgets the pass
                })
                .on(ref)) {
            assertThatThrownBy(() -> p.run(Tensor.of(1f, 3), Tensor.of(0f)))
                    .isInstanceOf(SteepestException.class)
                    .hasMessageContaining("update of w")
                    .hasMessageContaining("minimize(loss, pass)");
        }
        assertThat(mean.toHost().floats()).containsExactly(0);
    }

    @Test
    void aModelThatTrainedEvaluatesWithoutBeingTold() {
        Layer net = dropout(0.5);
        Tensor x = Tensor.ones(1, 1000);
        try (Program p = Program.of((in, unused, pass) -> {
                    Tensor trained = net.apply(in, pass);
                    Tensor attacked = net.apply(in.add(1)); // an attack in the middle of a training step
                    return Step.of(trained, attacked, net.apply(in, pass));
                })
                .on(ref)) {
            List<Tensor> r = p.run(x, Tensor.of(0f));
            for (int i : new int[] {0, 2})
                assertThat(r.get(i).toFloats()).contains(0f, 2f).doesNotContain(1f);
            assertThat(r.get(1).toFloats()).containsOnly(2f);
            assertThat(r.get(0).toFloats()).isNotEqualTo(r.get(2).toFloats());
        }
        assertThat(net.apply(x).toFloats()).containsOnly(1f);
    }

    @Test
    void resultsOfOneRunOutliveTheNext() {
        try (Program p = Program.of(x -> x.mul(2)).on(ref)) {
            Tensor first = p.call(Tensor.of(1f, 2));
            Tensor second = p.call(Tensor.of(5f, 6));
            assertThat(first.toFloats()).containsExactly(2, 4);
            assertThat(second.toFloats()).containsExactly(10, 12);
        }
    }

    @Test
    void anInputReturnedAsAResultIsACopy() {
        Variable w = variable(1, 2);
        try (Program p = Program.of(x -> Step.of(x, x, w.read()).update(w, x)).on(ref)) {
            List<Tensor> r = p.run(Tensor.of(7f, 8));
            p.run(Tensor.of(9f, 9));
            assertThat(r.get(0).toFloats()).containsExactly(7, 8);
            assertThat(r.get(1).toFloats()).containsExactly(7, 8);
            assertThat(r.get(2).toFloats()).containsExactly(1, 2);
        }
    }

    // ---- capture ----

    @Test
    void lookingAtATensorInsideACaptureIsAnErrorThatSaysSo() {
        for (Program.Body1 body : List.<Program.Body1>of(
                x -> Tensor.scalar(x.sum().item()),
                x -> Tensor.of(x.mul(2).toHost()),
                x -> x.add(Tensor.of(x.exp().toFloats()))))
            try (Program p = Program.of(body).on(ref)) {
                assertThatThrownBy(() -> p.run(Tensor.of(1f, 2)))
                        .isInstanceOf(SteepestException.class)
                        .hasMessageContaining("capture");
            }
    }

    @Test
    void printingATensorInsideACaptureIsHarmless() {
        List<String> printed = new ArrayList<>();
        try (Program p = Program.of(x -> {
                    printed.add(x.mul(2).toString());
                    return x;
                })
                .on(ref)) {
            p.run(Tensor.of(1f, 2));
        }
        assertThat(printed).hasSize(1).first().asString().contains("f32[2]").contains("captured");
    }

    @Test
    void anInputOfAnotherProgramIsAnError() {
        List<Tensor> leaked = new ArrayList<>();
        try (Program p = Program.of(x -> {
                            leaked.add(x);
                            return x;
                        })
                        .on(ref);
                Program q = Program.of(x -> x.add(leaked.get(0))).on(ref)) {
            p.run(Tensor.of(1f));
            assertThatThrownBy(() -> q.run(Tensor.of(1f)))
                    .isInstanceOf(SteepestException.class)
                    .hasMessageContaining("another program");
        }
    }

    @Test
    void anotherShapeIsAnotherPlanAndBothAreKept() {
        try (Program p = Program.of(x -> x.mul(2).sum()).on(ref)) {
            assertThat(p.call(Tensor.of(1f, 2, 3)).item()).isEqualTo(12);
            assertThat(p.call(Tensor.of(1f, 2)).item()).isEqualTo(6);
            long plans = ref.counters().plans();
            assertThat(p.call(Tensor.of(1f, 1, 1)).item()).isEqualTo(6);
            assertThat(p.call(Tensor.of(4f, 2)).item()).isEqualTo(12);
            assertThat(ref.counters().plans()).isEqualTo(plans);
        }
    }

    @Test
    void aWrongNumberOfInputsAndAClosedProgramAreErrors() {
        Program p = Program.of(x -> x).on(ref);
        assertThatThrownBy(p::run)
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining("expected 1 inputs, got 0");
        p.run(Tensor.of(1f));
        p.close();
        assertThatThrownBy(() -> p.run(Tensor.of(1f)))
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining("closed");
    }

    // ---- plans ----

    @Test
    void anotherNumberIsNotAnotherPlan() {
        Tensor x = Tensor.of(1f, 2, 3).mul(1).evaluate();
        x.mul(0.1).add(3).clamp(-1, 1).maximum(0.3).pow(1.5).leakyRelu(0.1).evaluate();
        long plans = ref.counters().plans();
        for (double s : new double[] {0, 1, 3, -1, 0.5, 1e-8, Double.NaN})
            x.mul(s).add(s).clamp(s, s + 1).maximum(s).pow(s).leakyRelu(s).evaluate();
        assertThat(ref.counters().plans()).isEqualTo(plans);
    }

    @Test
    void anotherSeedIsNotAnotherPlan() {
        Tensor a = Rng.seed(1).uniform(Shape.of(7)).evaluate();
        long plans = ref.counters().plans();
        Tensor b = Rng.seed(2).uniform(Shape.of(7)).evaluate();
        assertThat(ref.counters().plans()).isEqualTo(plans);
        assertThat(a.toFloats()).isNotEqualTo(b.toFloats());
    }

    @Test
    void eagerTrainingStopsPlanningAfterTheFirstStep() {
        Variable w = variable(1, 2);
        long plans = -1;
        for (int i = 0; i < 5; i++) {
            Tensor loss = w.read().sub(Tensor.of(3f, 4)).square().sum();
            Step.of(loss)
                    .update(w, w.read().sub(loss.grad(w).mul(0.1 / (i + 1))))
                    .run();
            if (i == 1) plans = ref.counters().plans();
        }
        assertThat(ref.counters().plans()).isEqualTo(plans);
        assertThat(w.toHost().floats()[0]).isBetween(1.5f, 3f);
    }

    @Test
    void aLongUncutHistoryIsAnErrorThatNamesDetach() {
        assertThatThrownBy(() -> {
                    Tensor x = Tensor.of(1f);
                    for (int i = 0; i < 10_001; i++) x = x.add(1);
                })
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining("detach()");
    }

    @Test
    void detachCutsAHistory() {
        Tensor x = Tensor.of(0f);
        for (int i = 0; i < 10_500; i++) {
            x = x.add(1);
            if (i % 1000 == 999) x = x.detach().evaluate();
        }
        assertThat(x.item()).isEqualTo(10_500);
    }

    // ---- randomness ----

    @Test
    void aDrawIsFixedWithinARunAndFreshInTheNext() {
        Rng rng = Rng.seed(4);
        Tensor eager = rng.uniform(Shape.of(5));
        assertThat(eager.sub(eager).toFloats()).containsOnly(0);
        assertThat(eager.toFloats()).isEqualTo(eager.mul(1).toFloats());
        try (Program p = Program.of(0, (in, pass) -> {
                            Tensor u = pass.rng().uniform(Shape.of(5));
                            return Step.of(u, u.mul(2));
                        })
                        .on(ref)
                        .seed(9);
                Program again = Program.of(0, (in, pass) -> pass.rng().uniform(Shape.of(5)))
                        .on(ref)
                        .seed(9)) {
            List<Tensor> first = p.run();
            List<Tensor> second = p.run();
            assertThat(first.get(1).div(2).toFloats()).isEqualTo(first.get(0).toFloats());
            assertThat(first.get(0).toFloats()).isNotEqualTo(second.get(0).toFloats());
            assertThat(again.call().toFloats()).isEqualTo(first.get(0).toFloats());
            assertThat(again.call().toFloats()).isEqualTo(second.get(0).toFloats());
        }
    }

    @Test
    void aSamplesRandomStartGoesWithItsNumberAndNotWithItsPlaceInTheBatch() {
        for (Device device : List.of(ref, Device.cpu()))
            try (Program draw = Program.of(
                            1,
                            (in, pass) -> Rng.seed(4)
                                    .uniform(Shape.of(in.get(0).shape().dim(0), 5), in.get(0)))
                    .on(device)) {
                float[] all = draw.call(Tensor.of(10, 11, 12, 13)).toFloats();
                draw.resumeAt(0);
                float[] some = draw.call(Tensor.of(13, 11)).toFloats();
                assertThat(Arrays.copyOfRange(some, 0, 5))
                        .as(device.info().id())
                        .containsExactly(Arrays.copyOfRange(all, 15, 20));
                assertThat(Arrays.copyOfRange(some, 5, 10))
                        .as(device.info().id())
                        .containsExactly(Arrays.copyOfRange(all, 5, 10));
            }
    }

    // ---- kinks ----

    @Test
    void reluPassesNothingAtZero() {
        Tensor x = Tensor.of(-1f, 0, -0f, 2);
        assertThat(gradient(x.relu(), x)).containsExactly(0, 0, 0, 1);
    }

    @Test
    void clampPassesAtItsBounds() {
        Tensor x = Tensor.of(-2f, -1, 0, 1, 2);
        assertThat(gradient(x.clamp(-1, 1), x)).containsExactly(0, 1, 1, 1, 0);
    }

    @Test
    void absPassesNothingAtZero() {
        Tensor x = Tensor.of(-2f, 0, 3);
        assertThat(gradient(x.abs(), x)).containsExactly(-1, 0, 1);
    }

    @Test
    void tiesOfTheLargestShareItsGradient() {
        Tensor x = Tensor.of(3f, 1, 3);
        assertThat(gradient(x.max(), x)).containsExactly(0.5f, 0, 0.5f);
        Tensor a = Tensor.of(1f, 2);
        Tensor b = Tensor.of(1f, 3);
        assertThat(gradient(a.maximum(b), a)).containsExactly(0.5f, 0);
        assertThat(gradient(a.minimum(b), b)).containsExactly(0.5f, 0);
    }

    @Test
    void theFirstOfTiesInAMaxPoolGetsTheGradient() {
        Tensor x = Tensor.of(1f, 1, 0, 1, 1, 1, 0, 1, 2, 2, 2, 2).reshape(1, 1, 3, 4);
        Tensor y = maxPool2d(x, 2, 1, 0);
        assertThat(y.toFloats()).containsExactly(1, 1, 1, 2, 2, 2);
        assertThat(gradient(y, x)).containsExactly(1, 1, 0, 1, 0, 0, 0, 0, 1, 1, 1, 0);
    }

    @Test
    void logSumExpTakesInfinities() {
        Tensor x = Tensor.of(new float[][] {{-INF, -INF}, {-INF, 1}, {INF, 1}, {1000, 1000}});
        float[] y = x.logSumExp(1).toFloats();
        assertThat(y[0]).isEqualTo(-INF);
        assertThat(y[1]).isEqualTo(1);
        assertThat(y[2]).isEqualTo(INF);
        assertThat(y[3]).isCloseTo(1000.6931f, within(1e-3f));
        Tensor row = Tensor.of(-INF, 1);
        assertThat(gradient(row.logSumExp(0), row)).containsExactly(0, 1);
        assertThat(row.softmax(0).toFloats()).containsExactly(0, 1);
    }

    @Test
    void whereDoesNotMixInTheBranchNotTaken() {
        Tensor x = Tensor.of(4f, -4, NAN);
        Tensor y = Tensor.where(x.gt(0), x.sqrt(), Tensor.scalar(7));
        assertThat(y.toFloats()).containsExactly(2, 7, 7);
        Tensor big = Tensor.of(1000f, -1);
        assertThat(gradient(big.elu(1), big)[0]).isEqualTo(1);
        assertThat(gradient(big.softplus(), big)[0]).isEqualTo(1);
    }

    @Test
    void aProductWithZerosHasItsGradient() {
        Tensor x = Tensor.of(0f, 2, 3);
        assertThat(gradient(x.prod(), x)).containsExactly(6, 0, 0);
        Tensor two = Tensor.of(0f, 0, 3);
        assertThat(gradient(two.prod(), two)).containsExactly(0, 0, 0);
    }

    @Test
    void powersOfZeroHaveTheirGradient() {
        Tensor x = Tensor.of(0f, 2);
        assertThat(gradient(x.pow(3), x)).containsExactly(0, 12);
        assertThat(gradient(x.pow(1), x)).containsExactly(1, 1);
        Tensor n = Tensor.of(2f, 2);
        assertThat(gradient(Tensor.of(0f, 1).pow(n), n)).containsExactly(0, 0);
    }

    @Test
    void integersWrapAndDivideTowardsZero() {
        assertThat(Tensor.of(Integer.MAX_VALUE, -7).add(1).toInts()).containsExactly(Integer.MIN_VALUE, -6);
        assertThat(Tensor.of(-7, 7, 5).div(Tensor.of(2, -2, 0)).toInts()).containsExactly(-3, -3, 0);
    }

    @Test
    void typesDoNotMixSilently() {
        assertThatThrownBy(() -> Tensor.of(1f).add(Tensor.of(1)))
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining("cast first");
        assertThatThrownBy(() -> Tensor.of(1).exp())
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining("f32 or f64");
    }
}

package steepest.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import steepest.Device;
import steepest.HostArray;
import steepest.Rng;
import steepest.Shape;
import steepest.io.WeightsHash;
import steepest.nn.Model;
import steepest.nn.Models;
import steepest.nn.Sequential;
import steepest.nn.Weights;

/** What all attacks promise, each held to it. */
class AttackContractTest {
    private static final int N = 19;
    private static final Sequential NET = Fixture.net(3);
    private static final Samples SAMPLES = Fixture.samples(NET, N, 5);

    /** An attack and options that let it finish quickly and leave some samples standing. */
    record Case(String name, Options options) {
        Attack attack() {
            return Attacks.of(name, options);
        }

        Case epsilon(double epsilon) {
            return new Case(name, options.epsilon(epsilon));
        }

        @Override
        public String toString() {
            return name + " " + attack().norm();
        }
    }

    private static double epsilon(Norm norm) {
        return switch (norm) {
            case LINF -> 0.06;
            case L2 -> 0.3;
            case L1 -> 0.9;
            case L0 -> 4;
        };
    }

    private static final List<Case> CASES = all();

    static Stream<Case> cases() {
        return CASES.stream();
    }

    private static List<Case> all() {
        List<Case> all = new ArrayList<>();
        for (Norm n : List.of(Norm.LINF, Norm.L2, Norm.L1)) {
            Options o = Options.of(n, epsilon(n));
            all.add(new Case("fgsm", o));
            all.add(new Case("fgsm-rs", o));
            all.add(new Case("bim", o.with("steps", 5)));
            all.add(new Case("pgd", o.with("steps", 5).with("restarts", 2)));
            all.add(new Case("mim", o.with("steps", 5)));
        }
        all.add(new Case("pgd-corner", Options.of(Norm.LINF, epsilon(Norm.LINF)).with("steps", 5)));
        for (Norm n : List.of(Norm.LINF, Norm.L2)) {
            Options o = Options.of(n, epsilon(n));
            all.add(new Case("apgd-ce", o.with("steps", 10)));
            all.add(new Case("apgd-dlr", o.with("steps", 10).with("restarts", 2)));
            all.add(new Case("apgd-t", o.with("steps", 6).with("targets", 4)));
            all.add(new Case("square", o.with("steps", 60)));
        }
        for (Norm n : List.of(Norm.LINF, Norm.L2)) {
            Options o = Options.of(n, epsilon(n));
            all.add(new Case("fab-t", o.with("steps", 6).with("targets", 2)));
            all.add(new Case("auto", o.with("steps", 4).with("targets", 2).with("queries", 10)));
            all.add(new Case("deepfool", o.with("steps", 8)));
            all.add(new Case("universal", Options.of(n, 3 * epsilon(n)).with("steps", 4)));
            all.add(new Case("spsa", o.with("steps", 4).with("probes", 20)));
            all.add(new Case(
                    "hopskipjump",
                    Options.of(n, 2 * epsilon(n)).with("steps", 2).with("probes", 20)));
            all.add(new Case("transfer", Options.of(n, 2 * epsilon(n)).surrogate(Fixture.net(4))));
        }
        all.add(new Case(
                "cw",
                Options.of(Norm.L2, 0.3).with("steps", 15).with("searches", 3).with("constant", 1)));
        all.add(new Case("ddn", Options.of(Norm.L2, 0.3).with("steps", 20).with("radius", 0.3)));
        all.add(new Case("jsma", Options.of(Norm.L0, 4)));
        all.add(new Case("jsma", Options.of(Norm.L0, 6).target(Target.NEXT)));
        all.add(new Case(
                "apgd-dlr", Options.of(Norm.LINF, 0.06).with("steps", 6).target(Target.NEXT)));
        all.add(new Case(
                "square",
                Options.of(Norm.L2, 0.5).with("steps", 60).with("restarts", 2).target(Target.NEXT)));
        all.add(new Case("pgd", Options.of(Norm.LINF, 0.06).with("steps", 5).target(Target.NEXT)));
        all.add(new Case("pgd", Options.of(Norm.LINF, 0.06).with("steps", 5).target(Target.RANDOM)));
        all.add(new Case("pgd", Options.of(Norm.L2, 1).with("steps", 5).target(Target.LEAST_LIKELY)));
        return all;
    }

    /** Verdicts that several tests look at. */
    private static final Map<Case, Verdict> KNOWN = new IdentityHashMap<>();

    private static Verdict judge(Case c) {
        return KNOWN.computeIfAbsent(c, k -> judge(k, 8, 1));
    }

    private static Verdict judge(Case c, int batch, long seed) {
        return Fixture.judge(NET, c.attack(), SAMPLES, batch, seed);
    }

    @Test
    void noAttackIsLeftOut() {
        assertThat(cases().map(Case::name).distinct()).containsExactlyInAnyOrderElementsOf(Attacks.names());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void staysInBallAndDomain(Case c) {
        staysInBallAndDomain(c, judge(c));
    }

    /** In single precision, which the reference does not know, rounding pushes outwards. */
    @ParameterizedTest
    @MethodSource("cases")
    void keepsItsPromisesInSinglePrecision(Case c) {
        Verdict v = Fixture.judge(NET, c.attack(), SAMPLES, 8, 1, Device.cpu());
        staysInBallAndDomain(c, v);
        assertThat(v.robustAccuracy()).isLessThan(v.cleanAccuracy());
        Verdict again = Fixture.judge(NET, c.attack(), SAMPLES, 8, 1, Device.cpu());
        assertThat(again.adversarial()).isEqualTo(v.adversarial());
        assertThat(again.predicted()).isEqualTo(v.predicted());
        assertThat(again.gradients()).isEqualTo(v.gradients());
    }

    private static void staysInBallAndDomain(Case c, Verdict v) {
        float[] x = SAMPLES.x().floats();
        float[] a = v.adversarial().floats();
        int d = SAMPLES.length();
        for (int i = 0; i < N; i++) {
            double norm = 0;
            for (int j = i * d; j < (i + 1) * d; j++) {
                assertThat(a[j]).isBetween(0f, 1f);
                double delta = Math.abs((double) a[j] - x[j]);
                norm = switch (c.attack().norm()) {
                    case LINF -> Math.max(norm, delta);
                    case L2 -> norm + delta * delta;
                    case L1 -> norm + delta;
                    case L0 -> norm + (delta != 0 ? 1 : 0);
                };
            }
            if (c.attack().norm() == Norm.L2) norm = Math.sqrt(norm);
            assertThat(norm).isLessThanOrEqualTo(v.epsilon() * (1 + 1e-6));
            assertThat(v.distance()[i]).isEqualTo(norm);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void findsSomething(Case c) {
        Verdict v = judge(c);
        assertThat(v.cleanAccuracy()).isBetween(0.5, 0.95);
        assertThat(IntStream.range(0, N).filter(v::isReached).count()).isPositive();
        assertThat(v.robustAccuracy()).isLessThan(v.cleanAccuracy());
        assertThat(v.totalGradients() + v.totalForwards()).isPositive();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void epsilonZeroGivesTheCleanBitsBack(Case c) {
        Verdict v = judge(c.epsilon(0), 8, 1);
        assertThat(v.adversarial()).isEqualTo(SAMPLES.x());
        assertThat(v.robustAccuracy()).isEqualTo(v.cleanAccuracy());
    }

    private static Stream<Case> with(String setting) {
        return cases().filter(c -> Attacks.settings(c.name, c.options).contains(setting));
    }

    static Stream<Case> restarting() {
        return with("restarts");
    }

    @ParameterizedTest
    @MethodSource("restarting")
    void moreRestartsNeverRaiseRobustAccuracy(Case c) {
        double before = 1;
        for (int n : new int[] {1, 2, 3}) {
            double now =
                    judge(new Case(c.name, c.options.with("restarts", n)), 8, 1).robustAccuracy();
            assertThat(now).as("%d restarts", n).isLessThanOrEqualTo(before);
            before = now;
        }
    }

    /**
     * Where a step is the same however many follow, and the best example of a sample is kept. Not so: Auto-PGD, Square and DDN
     * by their schedules, C&W by its search for a constant, the corner by its definition; transfer's steps are on another
     * model, and a universal perturbation is no sample's own.
     */
    private static final List<String> FIXED =
            List.of("bim", "pgd", "mim", "fab-t", "deepfool", "jsma", "spsa", "hopskipjump");

    static Stream<Case> ofAFixedSchedule() {
        return with("steps").filter(c -> FIXED.contains(c.name));
    }

    @ParameterizedTest
    @MethodSource("ofAFixedSchedule")
    void moreStepsNeverRaiseRobustAccuracy(Case c) {
        Options o = c.options;
        // the usual step would follow from their number
        if (Attacks.settings(c.name, o).contains("step"))
            o = o.with("step", c.attack().epsilon() / 4);
        double before = 1;
        for (int n : new int[] {1, 2, 3, 5, 8}) {
            Attack attack = new Case(c.name, o.with("steps", n)).attack();
            double now = Fixture.judge(NET, attack, SAMPLES, 8, 1, Device.cpu()).robustAccuracy();
            assertThat(now).as("%d steps", n).isLessThanOrEqualTo(before);
            before = now;
        }
    }

    @Test
    void thoseThatAreDoneLeaveTheBatchByHalves() {
        Set<Integer> sizes = new TreeSet<>();
        Model watched = x -> {
            sizes.add(x.shape().dim(0));
            return NET.apply(x);
        };
        Attack pgd =
                Attacks.of("bim", Options.of(Norm.LINF, 0.06).with("steps", 40).with("step", 0.0015));
        Fixture.judge(watched, pgd, SAMPLES, 16, 1);
        assertThat(sizes).contains(16, 8, 4);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void predictionsAreThoseOfTheExamplesHandedOut(Case c) {
        Verdict v = judge(c);
        int[] again;
        int[] rounded;
        float[] eightBit = v.adversarial().floats().clone();
        for (int i = 0; i < eightBit.length; i++) eightBit[i] = Math.round(eightBit[i] * 255) / 255f;
        try (Victim victim = new Victim(NET, Fixture.UNIT, Fixture.device(), 3)) {
            again = victim.predict(v.adversarial());
            rounded = victim.predict(HostArray.of(eightBit, v.adversarial().shape()));
        }
        assertThat(v.predicted()).isEqualTo(again);
        assertThat(v.rounded()).isEqualTo(rounded);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aSamplesResultDoesNotDependOnItsNeighbours(Case c) {
        if (c.name().equals("universal")) return; // one perturbation for all is made of all
        Verdict all = judge(c);
        int[] places = {17, 2, 5};
        Verdict few = Fixture.judge(NET, c.attack(), SAMPLES.select(places), 3, 1);
        assertThat(few.adversarial()).isEqualTo(Samples.rows(all.adversarial(), places));
        for (int i = 0; i < places.length; i++) {
            assertThat(few.gradients()[i]).isEqualTo(all.gradients()[places[i]]);
            assertThat(few.forwards()[i]).isEqualTo(all.forwards()[places[i]]);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void compactionChangesNothing(Case c) {
        if (!(c.attack() instanceof LaneAttack a)) return;
        Verdict with = judge(c, 16, 1);
        Verdict without = Fixture.judge(NET, a.withoutCompaction(), SAMPLES, 16, 1);
        assertThat(without.adversarial()).isEqualTo(with.adversarial());
        assertThat(without.gradients()).isEqualTo(with.gradients());
        assertThat(without.forwards()).isEqualTo(with.forwards());
    }

    /** On cpu too, where batches of other sizes take other tiles: those that are done leave a batch of 256 again and again. */
    @ParameterizedTest
    @CsvSource({"mlp, 1", "lenet, 2"})
    void compactionChangesNoBitInSinglePrecision(String name, double eps) {
        Device.setDefault(Device.cpu());
        Sequential net = Models.of(name, Shape.of(1, 28, 28), 10).init(Rng.seed(1));
        Samples samples = Fixture.samples(net, 220, 10, Shape.of(1, 28, 28));
        Pgd pgd = (Pgd) Attacks.of("pgd", Options.of(Norm.L2, eps).with("steps", 20));
        Verdict with = Fixture.judge(net, pgd, samples, 256, 1, Device.cpu());
        Verdict without = Fixture.judge(net, pgd.withoutCompaction(), samples, 256, 1, Device.cpu());
        assertThat(Arrays.stream(with.gradients()).distinct().count())
                .as("samples leave at different times")
                .isGreaterThan(2);
        assertThat(without.adversarial()).isEqualTo(with.adversarial());
        assertThat(without.gradients()).isEqualTo(with.gradients());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theSameSeedGivesTheSameBits(Case c) {
        assertThat(judge(c, 8, 1).adversarial()).isEqualTo(judge(c).adversarial());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theModelIsUntouchedAndOnlyEvaluated(Case c) {
        String before = WeightsHash.sha256(Weights.of(NET));
        int[] trained = {0};
        Model watched = new Model() {
            @Override
            public steepest.Tensor apply(steepest.Tensor x) {
                return NET.apply(x);
            }

            @Override
            public steepest.Tensor apply(steepest.Tensor x, steepest.Pass pass) {
                trained[0]++;
                return NET.apply(x, pass);
            }
        };
        Fixture.judge(watched, c.attack(), SAMPLES, 8, 1);
        assertThat(trained[0]).isZero();
        assertThat(WeightsHash.sha256(Weights.of(NET))).isEqualTo(before);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void whatIsMisclassifiedIsLeftAlone(Case c) {
        Verdict v = judge(c);
        for (int i = 0; i < N; i++) {
            if (v.clean()[i] == v.y()[i]) continue;
            assertThat(v.distance()[i]).isZero();
            assertThat(v.gradients()[i] + v.forwards()[i]).isZero();
        }
        assertThat(Arrays.stream(v.index()).min().getAsInt()).isEqualTo(100);
    }
}

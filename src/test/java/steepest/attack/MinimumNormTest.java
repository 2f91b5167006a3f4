package steepest.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import steepest.Device;
import steepest.HostArray;
import steepest.Shape;
import steepest.Tensor;
import steepest.nn.Sequential;

/** Attacks that seek the nearest example, where the nearest one is known. */
class MinimumNormTest {
    private static final double ALL = Double.POSITIVE_INFINITY;
    /** Class 0 wins by dot + BIAS: so little that no pixel need reach its bound. */
    private static final double BIAS = 1;

    private static Samples ofClassZero() {
        Samples s = LinearCase.samples(true);
        int[] places = IntStream.range(0, s.size())
                .filter(i -> LinearCase.dot(s.x().floats(), i) + BIAS > 0.05)
                .toArray();
        assertThat(places.length).isGreaterThan(1);
        return s.select(places);
    }

    /** The exact distance to the plane w·x + b = 0: by the dual norm. */
    private static double exact(Norm norm, float[] x, int i) {
        double dual = 0;
        for (float w : LinearCase.W) dual += norm == Norm.LINF ? Math.abs(w) : (double) w * w;
        return (LinearCase.dot(x, i) + BIAS) / (norm == Norm.LINF ? dual : Math.sqrt(dual));
    }

    @ParameterizedTest
    @ValueSource(strings = {"linf", "l2"})
    void deepFoolGoesTheExactDistanceOfAnAffineClassifier(String norm) {
        Samples s = ofClassZero();
        Attack attack = Attacks.of("deepfool", Options.of(Norm.of(norm), ALL).with("overshoot", 1e-3));
        Verdict v = Fixture.judge(LinearCase.model(BIAS), attack, s, 4, 0);
        assertThat(v.robustAccuracy()).isZero();
        for (int i = 0; i < s.size(); i++)
            assertThat(v.distance()[i]).isCloseTo(1.001 * exact(Norm.of(norm), s.x().floats(), i), within(1e-6));
        // one step for the one boundary, and a look at where it led
        assertThat(v.gradients()).containsOnly(2);
    }

    @Test
    void deepFoolTakesTheNearestOfSeveralBoundaries() {
        float[][] w = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 3, 0}};
        float[] b = {0.5f, 0, 0};
        Samples s = new Samples(
                HostArray.of(new float[] {0.4f, 0.3f, 0.15f, 0.5f}, Shape.of(1, 1, 2, 2)), new int[1], new int[1]);
        // gaps 0.6 to class 1 over √2, 0.45 to class 2 over √10
        Verdict v = Fixture.judge(
                Fixture.linear(w, b),
                Attacks.of("deepfool", Options.of(Norm.L2, ALL).with("overshoot", 1e-4)),
                s,
                1,
                0);
        assertThat(v.predicted()).containsExactly(2);
        assertThat(v.distance()[0]).isCloseTo(0.45 / Math.sqrt(10) * 1.0001, within(1e-6));
    }

    @Test
    void deepFoolMeasuresBoundariesByTheDualNorm() {
        // both classes lack 0.3: over |w|₁ = 4 and 2.5 the first is nearer in L∞, over |w|₂ = 2 and 2.5 the second in
        // L2
        float[][] w = {{0, 0, 0, 0}, {1, 1, 1, 1}, {2.5f, 0, 0, 0}};
        float[] b = {1.65f, 0, 0.35f};
        Samples s = new Samples(
                HostArray.of(new float[] {0.4f, 0.3f, 0.15f, 0.5f}, Shape.of(1, 1, 2, 2)), new int[1], new int[1]);
        for (Norm norm : new Norm[] {Norm.LINF, Norm.L2}) {
            Attack attack = Attacks.of("deepfool", Options.of(norm, ALL).with("overshoot", 1e-4));
            Verdict v = Fixture.judge(Fixture.linear(w, b), attack, s, 1, 0);
            assertThat(v.predicted()).containsExactly(norm == Norm.LINF ? 1 : 2);
            assertThat(v.distance()[0]).isCloseTo((norm == Norm.LINF ? 0.075 : 0.12) * 1.0001, within(1e-6));
        }
    }

    @ParameterizedTest
    @CsvSource({"fab-t,linf,0.01", "fab-t,l2,0.01", "cw,l2,0.03", "ddn,l2,0.03", "hopskipjump,l2,0.15"})
    void othersComeNearTheExactDistance(String name, String norm, double excess) {
        Samples s = ofClassZero();
        Options o = Options.of(Norm.of(norm), ALL);
        o = switch (name) {
            case "fab-t" -> o.with("steps", 20);
            case "cw" -> o.with("steps", 100).with("searches", 6).with("constant", 0.1);
            case "ddn" -> o.with("steps", 100).with("radius", 0.1);
            default -> o.with("steps", 12);
        };
        Verdict v = Fixture.judge(LinearCase.model(BIAS), Attacks.of(name, o), s, 4, 0);
        assertThat(v.robustAccuracy()).isZero();
        for (int i = 0; i < s.size(); i++) {
            double exact = exact(Norm.of(norm), s.x().floats(), i);
            assertThat(v.distance()[i]).isBetween(exact * (1 - 1e-5), exact * (1 + excess) + 1e-5);
        }
    }

    @Test
    void epsilonFiltersWhatIsFound() {
        Samples s = ofClassZero();
        double[] exact = IntStream.range(0, s.size())
                .mapToDouble(i -> exact(Norm.L2, s.x().floats(), i))
                .toArray();
        double between =
                (IntStream.range(0, s.size()).mapToDouble(i -> exact[i]).min().getAsDouble()
                                + IntStream.range(0, s.size())
                                        .mapToDouble(i -> exact[i])
                                        .max()
                                        .getAsDouble())
                        / 2;
        Verdict v =
                Fixture.judge(LinearCase.model(BIAS), Attacks.of("deepfool", Options.of(Norm.L2, between)), s, 4, 0);
        for (int i = 0; i < s.size(); i++) assertThat(v.isRobust(i)).isEqualTo(1.02 * exact[i] > between);
        assertThat(v.robustAccuracy()).isStrictlyBetween(0.0, 1.0);
    }

    @Test
    void jsmaChangesTheHeaviestPixelsFirst() {
        float[][] w = {{3, 1, 0, 0}, {-3, 0, 0.5f, 0}};
        Samples s = new Samples(
                HostArray.of(new float[] {0.8f, 0.5f, 0.5f, 0.5f}, Shape.of(1, 1, 2, 2)), new int[1], new int[1]);
        Verdict one = Fixture.judge(
                Fixture.linear(w, new float[] {1, 1}), Attacks.of("jsma", Options.of(Norm.L0, ALL)), s, 1, 0);
        // pixel 0 goes down, to 1.5 against 1.25; no other pixel moves one class up and the other down: given up
        assertThat(one.robustAccuracy()).isOne();
        assertThat(one.adversarial()).isEqualTo(s.x());
        assertThat(one.gradients()).containsExactly(4);
        Verdict two = Fixture.judge(
                Fixture.linear(w, new float[] {1, 1.3f}), Attacks.of("jsma", Options.of(Norm.L0, 1)), s, 1, 0);
        assertThat(two.adversarial().floats()).containsExactly(0, 0.5f, 0.5f, 0.5f);
        assertThat(two.distance()).containsExactly(1);
        assertThat(two.robustAccuracy()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"linf", "l2"})
    void theHyperplaneIsReachedByTheLeastMoveWithinTheBox(String name) {
        Device.setDefault(Fixture.device());
        Norm norm = Norm.of(name);
        int n = 20;
        int d = 8;
        float[] x = Fixture.uniform(1, n * d);
        float[] w = Fixture.uniform(2, n * d);
        float[] rise = Fixture.uniform(3, n);
        for (int i = 0; i < w.length; i++) w[i] = 2 * w[i] - 1;
        for (int i = 0; i < n; i++) rise[i] = 4 * rise[i] - 2;
        float[] move = Hyperplane.reach(
                        norm,
                        Tensor.of(HostArray.of(x, Shape.of(n, d))),
                        Tensor.of(HostArray.of(w, Shape.of(n, d))),
                        Tensor.of(rise),
                        0,
                        1)
                .toFloats();
        for (int i = 0; i < n; i++) {
            double risen = 0;
            double most = 0;
            double multiplier = 0;
            for (int j = i * d; j < (i + 1) * d; j++) {
                assertThat(x[j] + move[j]).isBetween(-1e-6f, 1 + 1e-6f);
                risen += (double) w[j] * move[j];
                double v = Math.signum(rise[i]) * w[j];
                most += v > 0 ? v * (1 - x[j]) : -v * x[j];
                double share = norm == Norm.LINF ? 1 : Math.abs(w[j]);
                multiplier = Math.max(multiplier, Math.abs(move[j]) / share);
            }
            assertThat(risen).isCloseTo(Math.signum(rise[i]) * Math.min(Math.abs(rise[i]), most), within(1e-5));
            // optimal by Karush, Kuhn and Tucker: every pixel moves by the multiplier's share, or as far as it can
            for (int j = i * d; j < (i + 1) * d && Math.abs(rise[i]) < most - 1e-3; j++) {
                double v = Math.signum(rise[i]) * w[j];
                double room = v > 0 ? 1 - x[j] : x[j];
                double share = norm == Norm.LINF ? 1 : Math.abs(w[j]);
                assertThat((double) Math.abs(move[j])).isCloseTo(Math.min(room, multiplier * share), within(1e-5));
            }
        }
    }

    @Test
    void theEnsembleIsTheWorstOfItsParts() {
        Sequential net = Fixture.net(5);
        Samples samples = Fixture.samples(net, 48, 5);
        Options o = Options.of(Norm.LINF, 0.05).with("steps", 6).with("targets", 2);
        Ensemble auto = (Ensemble) Attacks.of("auto", o.with("queries", 30));
        Verdict whole = Fixture.judge(net, auto, samples, 16, 9);
        WorstCase parts = new WorstCase(auto.parts().stream()
                .map(a -> Fixture.judge(net, a, samples, 16, 9))
                .toList());
        assertThat(whole.robustAccuracy()).isEqualTo(parts.robustAccuracy());
        for (int i = 0; i < samples.size(); i++) assertThat(whole.isRobust(i)).isEqualTo(parts.isRobust(i));
        for (Verdict v : parts.verdicts()) assertThat(whole.robustAccuracy()).isLessThanOrEqualTo(v.robustAccuracy());
        assertThat(auto.parts()).extracting(Attack::name).containsExactly("apgd-ce", "apgd-t", "fab-t", "square");
    }
}

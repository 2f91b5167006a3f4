package steepest.certify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static steepest.nn.Layers.conv2d;
import static steepest.nn.Layers.dense;
import static steepest.nn.Layers.flatten;
import static steepest.nn.Layers.maxPool2d;
import static steepest.nn.Layers.relu;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import steepest.Device;
import steepest.HostArray;
import steepest.Program;
import steepest.Rng;
import steepest.Shape;
import steepest.SteepestException;
import steepest.attack.Attack;
import steepest.attack.Attacks;
import steepest.attack.Judge;
import steepest.attack.Norm;
import steepest.attack.Options;
import steepest.attack.Verdict;
import steepest.data.Dataset;
import steepest.nn.Losses;
import steepest.nn.Sequential;
import steepest.optim.Adam;

/** On a network that has learnt to tell bright halves of small pictures apart. */
class CertifierTest {
    private static final Dataset.Domain UNIT = Dataset.Domain.UNIT;
    private static final int TESTS = 44;
    private static Device device;
    private static Sequential net;
    private static Dataset data;

    @BeforeAll
    static void train() {
        device = Device.of("cpu");
        net = Sequential.of(
                        conv2d(1, 4, 3).padding(1),
                        relu(),
                        maxPool2d(2),
                        flatten(),
                        dense(36, 12),
                        relu(),
                        dense(12, 4))
                .init(Rng.seed(1));
        Dataset train = halves(1, 256);
        data = halves(2, TESTS);
        Adam adam = new Adam(net.params(), 5e-3);
        try (Program step = Program.of((x, y, pass) -> adam.minimize(Losses.crossEntropy(net.apply(x, pass), y), pass))
                .on(device)) {
            for (int epoch = 0; epoch < 12; epoch++)
                for (Dataset.Batch b : train.shuffled(1, epoch).batches(16)) step.run(b.x(), b.y());
        }
    }

    /** Noise, with the upper, lower, left or right half a little brighter; each ninth label is another's. */
    private static Dataset halves(long seed, int n) {
        Random random = new Random(seed);
        float[] x = new float[n * 36];
        int[] y = new int[n];
        for (int i = 0; i < n; i++) {
            int k = random.nextInt(4);
            for (int p = 0; p < 36; p++) {
                int along = k < 2 ? p / 6 : p % 6;
                boolean bright = along < 3 == (k % 2 == 0);
                x[i * 36 + p] = (bright ? 0.45f : 0.15f) + 0.5f * random.nextFloat();
            }
            y[i] = i % 9 == 8 ? (k + 1) % 4 : k;
        }
        return Dataset.ofFloats(
                "halves", HostArray.of(x, Shape.of(n, 1, 6, 6)), y, List.of("up", "down", "left", "right"));
    }

    private static Certificate certify(Method method, int batch, double epsilon) {
        try (Certifier c = new Certifier(net, UNIT, device, method, batch)) {
            return c.certify(data, epsilon);
        }
    }

    private static Verdict attack(double epsilon) {
        Attack pgd = Attacks.of("pgd", Options.of(Norm.LINF, epsilon).with("steps", 20));
        try (Judge judge = new Judge(net, UNIT, device, TESTS)) {
            return judge.judge(pgd, data, 3);
        }
    }

    @ParameterizedTest
    @EnumSource(Method.class)
    void certifiedIsAtMostRobustIsAtMostClean(Method method) {
        double before = 1;
        for (double eps : new double[] {0, 0.01, 0.03, 0.1}) {
            Certificate c = certify(method, 16, eps);
            Verdict v = attack(eps);
            c.check(v);
            assertThat(c.cleanAccuracy()).isEqualTo(v.cleanAccuracy()).isBetween(0.8, 0.95);
            assertThat(c.certifiedAccuracy())
                    .isLessThanOrEqualTo(v.robustAccuracy())
                    .isLessThanOrEqualTo(before);
            assertThat(v.robustAccuracy()).isLessThanOrEqualTo(c.cleanAccuracy());
            assertThat(c.interval().low()).isLessThanOrEqualTo(c.certifiedAccuracy());
            assertThat(c.index()).isEqualTo(IntStream.range(0, TESTS).toArray());
            if (eps == 0) assertThat(c.certifiedAccuracy()).isEqualTo(c.cleanAccuracy());
            before = c.certifiedAccuracy();
        }
        // something is proved, and not everything can be
        assertThat(certify(method, 16, 0.01).certifiedAccuracy()).isBetween(0.5, 0.95);
        assertThat(before).isLessThan(0.5);
    }

    /** Even without the shortcut for a ball that is a point, but for samples that rounding could decide. */
    @ParameterizedTest
    @EnumSource(Method.class)
    void theMarginsOfPointsAreThoseOfThePrediction(Method method) {
        Certificate c = certify(method, 16, 0);
        for (int i = 0; i < TESTS; i++)
            if (Math.abs(c.margin()[i]) > 1e-2) assertThat(c.margin()[i] > 0).isEqualTo(c.predicted()[i] == c.y()[i]);
        assertThat(IntStream.range(0, TESTS).filter(i -> c.margin()[i] > 0)).hasSizeGreaterThan(TESTS / 2);
    }

    @ParameterizedTest
    @EnumSource(Method.class)
    void batchesDoNotMatter(Method method) {
        Certificate a = certify(method, 7, 0.02);
        Certificate b = certify(method, 100, 0.02);
        assertThat(a.predicted()).isEqualTo(b.predicted());
        for (int i = 0; i < TESTS; i++)
            assertThat(a.margin()[i]).isCloseTo(b.margin()[i], org.assertj.core.api.Assertions.within(1e-4f));
        assertThat(certify(method, 7, 0.02).margin()).isEqualTo(a.margin()); // bit for bit
    }

    @Test
    void closerMethodsProveMore() {
        assertThat(certify(Method.CROWN, 7, 0.02).certifiedAccuracy())
                .isGreaterThanOrEqualTo(certify(Method.CROWN_IBP, 7, 0.02).certifiedAccuracy());
        assertThat(certify(Method.CROWN_IBP, 7, 0.02).certifiedAccuracy())
                .isGreaterThanOrEqualTo(certify(Method.IBP, 7, 0.02).certifiedAccuracy());
    }

    @Test
    void anExampleForACertifiedSampleIsADefect() {
        Verdict v = attack(0.1);
        Certificate honest = certify(Method.CROWN, 16, 0.1);
        assertThatCode(() -> honest.check(v)).doesNotThrowAnyException();
        float[] sure = new float[TESTS];
        Arrays.fill(sure, 1);
        Certificate wrong = new Certificate(Method.CROWN, 0.1, honest.y(), honest.predicted(), sure, honest.index(), 1);
        assertThatThrownBy(() -> wrong.check(v))
                .isInstanceOf(SteepestException.class)
                .hasMessageMatching(
                        "defect: sample \\d+ is certified at eps 0.1 \\(crown, margin at least 1.0\\), yet pgd"
                                + " found an example that is classified as \\d instead of \\d; .*");
        assertThatThrownBy(() -> certify(Method.IBP, 16, 0.05).check(v))
                .hasMessageContaining("within linf 0.05, got 44 samples within linf 0.1");
    }

    @Test
    void whatMakesNoSenseIsRefused() {
        for (double eps : new double[] {-0.1, Double.NaN, Double.POSITIVE_INFINITY})
            assertThatThrownBy(() -> certify(Method.IBP, 16, eps))
                    .hasMessage("epsilon: expected a finite number of at least 0, got " + eps);
        assertThatThrownBy(() -> certify(Method.IBP, 0, 0.1)).hasMessage("batch: expected at least 1, got 0");
        Dataset.Domain other = new Dataset.Domain(-1, 1);
        try (Certifier c = new Certifier(net, other, device, Method.IBP)) {
            assertThatThrownBy(() -> c.certify(data, 0.1))
                    .hasMessage("certify: expected samples in [-1.0, 1.0], got [0.0, 1.0]");
        }
    }
}

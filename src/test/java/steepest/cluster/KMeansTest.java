package steepest.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import steepest.Device;
import steepest.HostArray;
import steepest.Philox;
import steepest.Rng;
import steepest.Shape;
import steepest.SteepestException;

class KMeansTest {
    private static HostArray random(int n, int d, long seed, double at) {
        int[] bits = new int[n * d];
        Philox.bits(new Rng.Key(seed, 0), 0, 0, bits.length, bits, 0);
        float[] x = new float[bits.length];
        for (int i = 0; i < x.length; i++) x[i] = (float) (at + Philox.uniform(bits[i]));
        return HostArray.of(x, Shape.of(n, d));
    }

    /** Three well separated groups around (0, 0), (10, 0) and (0, 10), one point of each in turn. */
    private static HostArray groups(int n, double at) {
        HostArray x = random(n, 2, 5, at);
        for (int i = 0; i < n; i++) if (i % 3 > 0) x.set(2 * i + i % 3 - 1, x.get(2 * i + i % 3 - 1) + 10);
        return x;
    }

    /** The inertia of the best of all assignments, by trying each. */
    private static double optimum(HostArray x, int clusters) {
        int n = x.shape().dim(0);
        int[] labels = new int[n];
        double best = Double.POSITIVE_INFINITY;
        for (int code = 0; code < Math.pow(clusters, n); code++) {
            for (int i = 0, rest = code; i < n; i++, rest /= clusters) labels[i] = rest % clusters;
            best = Math.min(best, inertia(x, labels, clusters));
        }
        return best;
    }

    private static double inertia(HostArray x, int[] labels, int clusters) {
        int d = x.shape().dim(1);
        double[] sum = new double[clusters * d];
        int[] count = new int[clusters];
        for (int i = 0; i < labels.length; i++) {
            count[labels[i]]++;
            for (int j = 0; j < d; j++) sum[labels[i] * d + j] += x.get(i * d + j);
        }
        double inertia = 0;
        for (int i = 0; i < labels.length; i++)
            for (int j = 0; j < d; j++)
                inertia += Math.pow(x.get(i * d + j) - sum[labels[i] * d + j] / count[labels[i]], 2);
        return inertia;
    }

    @ParameterizedTest
    @CsvSource({"8,2,2,1", "8,3,2,2", "7,3,1,3", "9,2,3,4", "6,4,2,5", "5,5,2,6", "4,1,2,7"})
    void withRestartsFindsTheOptimumOfTinySets(int n, int clusters, int d, long seed) {
        HostArray x = random(n, d, seed, -0.5);
        KMeans.Result r = KMeans.of(clusters).restarts(20).fit(x, Device.ref());
        double best = optimum(x, clusters);
        assertThat(r.inertia()).isCloseTo(best, within(1e-5 * (1 + best)));
        assertThat(inertia(x, r.labels(), clusters)).isCloseTo(best, within(1e-5 * (1 + best)));
        assertThat(r.converged()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ref", "cpu"})
    void findsGroupsFarFromZeroToo(String device) {
        for (double at : new double[] {0, 4096}) {
            HostArray x = groups(60, at);
            KMeans.Result r = KMeans.of(3).seed(1).fit(x, Device.of(device));
            for (int i = 0; i < 60; i++) assertThat(r.labels()[i]).isEqualTo(r.labels()[i % 3]);
            assertThat(Arrays.stream(r.labels()).distinct().count()).isEqualTo(3);
            double mean = IntStream.range(0, 20).mapToDouble(i -> x.get(6 * i)).sum() / 20;
            assertThat(r.centroids().get(2 * r.labels()[0])).isCloseTo(mean, within(1e-3));
        }
    }

    /**
     * Six points on three places, eight on five: how often each start is drawn, in its order, and what k-means++ says. The
     * third and the fourth are drawn in one round, so the fourth by distances that know nothing of the third.
     */
    @ParameterizedTest
    @CsvSource({"2,0 0 0 1 1 3", "4,0 0 0 2 2 3 7 8"})
    void startsAreDrawnByTheirSquaredDistances(int clusters, String at) {
        int[] place = Arrays.stream(at.split(" ")).mapToInt(Integer::parseInt).toArray();
        float[] x = new float[place.length];
        for (int i = 0; i < x.length; i++) x[i] = place[i];
        int runs = 3000;
        Map<List<Integer>, Integer> seen = new HashMap<>();
        for (int[] start :
                KMeans.of(clusters).restarts(runs).starts(HostArray.of(x, Shape.of(x.length, 1)), Device.of("cpu")))
            for (int k = 1; k <= clusters; k++)
                seen.merge(Arrays.stream(start).limit(k).mapToObj(i -> place[i]).toList(), 1, Integer::sum);
        Map<List<Integer>, Double> expected = new HashMap<>();
        expect(place, clusters, List.of(), 1, expected);
        assertThat(expected).containsAllEntriesOf(Map.of(List.of(0), 3.0 / x.length));
        assertThat(expected.keySet()).containsAll(seen.keySet());
        double surprise = 0;
        for (var e : expected.entrySet()) {
            double mean = runs * e.getValue();
            double deviation = Math.sqrt(mean * (1 - e.getValue()));
            assertThat((double) seen.getOrDefault(e.getKey(), 0))
                    .as("%s", e.getKey())
                    .isCloseTo(mean, within(4 * deviation + 1));
            if (e.getKey().size() == clusters) surprise += Math.pow(seen.getOrDefault(e.getKey(), 0) - mean, 2) / mean;
        }
        // chi-squared: its mean is the number of starts, its variance twice that
        long starts =
                expected.keySet().stream().filter(s -> s.size() == clusters).count();
        assertThat(surprise).isLessThan(starts + 4 * Math.sqrt(2.0 * starts));
    }

    /** The probabilities of what {@code before} may be continued to. */
    private static void expect(
            int[] place, int clusters, List<Integer> before, double p, Map<List<Integer>, Double> all) {
        double[] weight = Arrays.stream(place)
                .mapToDouble(a -> before.stream()
                        .mapToDouble(b -> (double) (a - b) * (a - b))
                        .min()
                        .orElse(1))
                .toArray();
        double sum = Arrays.stream(weight).sum();
        for (int next : Arrays.stream(place).distinct().toArray()) {
            double own = 0;
            for (int i = 0; i < place.length; i++) if (place[i] == next) own += weight[i] / sum;
            if (own == 0) continue;
            List<Integer> start = new ArrayList<>(before);
            start.add(next);
            all.put(start, p * own);
            if (start.size() < clusters) expect(place, clusters, start, p * own, all);
        }
    }

    @Test
    void miniBatchesFindTheGroups() {
        HostArray x = groups(90, 0);
        KMeans.Result r = KMeans.of(3).miniBatch(16).iterations(20).seed(3).fit(x, Device.ref());
        KMeans.Result full = KMeans.of(3).seed(3).fit(x, Device.ref());
        assertThat(Arrays.stream(r.labels()).distinct().count()).isEqualTo(3);
        assertThat(r.inertia()).isBetween(full.inertia() * 0.9999, full.inertia() * 1.05);
    }

    @Test
    void theSameSettingsGiveTheSameBitsAndAnotherSeedAnotherStart() {
        HostArray x = random(50, 3, 8, 0);
        for (KMeans k : new KMeans[] {KMeans.of(7), KMeans.of(7).miniBatch(9).iterations(3)}) {
            KMeans.Result a = k.fit(x, Device.ref());
            KMeans.Result b = k.fit(x, Device.ref());
            assertThat(b.centroids()).isEqualTo(a.centroids());
            assertThat(b.labels()).isEqualTo(a.labels());
            assertThat(b.inertia()).isEqualTo(a.inertia());
            assertThat(k.seed(1).fit(x, Device.ref()).centroids()).isNotEqualTo(a.centroids());
        }
    }

    @Test
    void moreIterationsAreNeverWorse() {
        HostArray x = random(200, 2, 9, 0);
        double before = Double.POSITIVE_INFINITY;
        for (int i = 1; i < 12; i++) {
            double now =
                    KMeans.of(8).iterations(i).tolerance(0).fit(x, Device.ref()).inertia();
            assertThat(now).isLessThanOrEqualTo(before * (1 + 1e-6));
            before = now;
        }
    }

    /** Three points in cluster 0, one alone in cluster 1; clusters 2 and 3 are empty. */
    @Test
    void anEmptyClusterTakesTheFarthestPointThatIsNotAlone() {
        float[] x = {0, 4, 5, 20};
        KMeans.Sums s = new KMeans.Sums(
                new int[] {0, 0, 0, 1}, new float[] {9, 1, 9, 25}, new double[] {9, 20, 0, 0}, new double[] {3, 1, 0, 0
                });
        assertThat(s.fillEmpty(x, 1)).containsExactly(2, 3);
        assertThat(s.labels()).containsExactly(2, 0, 3, 1);
        assertThat(s.sums()).containsExactly(4, 20, 0, 5);
        assertThat(s.counts()).containsExactly(1, 1, 1, 1);
        float[] c = new float[4];
        for (int k = 0; k < 4; k++) s.mean(k, 1, c);
        assertThat(c).containsExactly(4, 20, 0, 5);
    }

    @Test
    void pointsThatLieOnTheirCentroidsFillNoCluster() {
        KMeans.Sums s = new KMeans.Sums(new int[] {0, 0}, new float[2], new double[] {6, 0}, new double[] {2, 0});
        assertThat(s.fillEmpty(new float[] {3, 3}, 1)).isEmpty();
        assertThat(s.counts()).containsExactly(2, 0);
    }

    @Test
    void asManyClustersAsDifferentPoints() {
        HostArray x = HostArray.of(new float[] {0, 0, 0, 0, 0, 0, 0, 5, 5, 5, 6}, Shape.of(11, 1));
        for (int seed = 0; seed < 8; seed++) {
            assertThat(KMeans.of(3).seed(seed).fit(x, Device.ref()).inertia()).isCloseTo(0, within(1e-6));
            KMeans.Result batches = KMeans.of(3).seed(seed).miniBatch(4).fit(x, Device.ref());
            assertThat(Arrays.stream(batches.labels()).distinct().count()).isEqualTo(3);
        }
    }

    @Test
    void equalPointsConvergeAtOnce() {
        HostArray x = HostArray.of(new float[] {2, 2, 2, 2}, Shape.of(4, 1));
        KMeans.Result r = KMeans.of(3).fit(x, Device.ref());
        assertThat(r.inertia()).isZero();
        assertThat(r.iterations()).isEqualTo(1);
        assertThat(r.centroids().floats()).containsOnly(2);
    }

    @Test
    void assignsOtherPoints() {
        KMeans.Result r = KMeans.of(3).seed(1).fit(groups(60, 0), Device.ref());
        int[] labels = r.assign(HostArray.of(new float[] {9, 1, 1, 12, -3, -3}, Shape.of(3, 2)), Device.ref());
        assertThat(labels).containsExactly(r.labels()[1], r.labels()[2], r.labels()[0]);
    }

    @Test
    void refusals() {
        HostArray x = random(3, 2, 0, 0);
        assertThatThrownBy(() -> KMeans.of(4).fit(x, Device.ref()))
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining("4 clusters need as many points, got 3");
        assertThatThrownBy(() -> KMeans.of(0)).hasMessageContaining("at least 1, got 0");
        assertThatThrownBy(() -> KMeans.of(2).miniBatch(0)).hasMessageContaining("at least 1 point, got 0");
        assertThatThrownBy(() -> KMeans.of(2).tolerance(Double.NaN)).hasMessageContaining("got NaN");
        assertThatThrownBy(() -> KMeans.of(1).fit(HostArray.of(new int[2], Shape.of(2, 1)), Device.ref()))
                .hasMessageContaining("takes points f32[N,D], got i32[2,1]");
        x.set(3, Double.NaN);
        assertThatThrownBy(() -> KMeans.of(1).fit(x, Device.ref())).hasMessageContaining("point 1 is not finite");
    }
}

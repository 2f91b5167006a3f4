package steepest.robust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import steepest.Device;
import steepest.HostArray;
import steepest.Pass;
import steepest.Rng;
import steepest.Shape;
import steepest.Tensor;
import steepest.cluster.KMeans;
import steepest.data.Dataset;
import steepest.nn.Losses;
import steepest.nn.Model;
import steepest.nn.Sequential;
import steepest.robust.ClustReSettings.Assignment;
import steepest.robust.ClustReSettings.Choice;
import steepest.robust.ClustReSettings.Variant;

class ClustReTest {
    private static final Device CPU = Device.of("cpu");
    private static final Dataset.Domain UNIT = Dataset.Domain.UNIT;

    private static ClustReSettings settings(Variant variant, int clusters) {
        return ClustReSettings.of(variant, clusters, 1, UNIT);
    }

    private static ClustReSettings with(
            ClustReSettings s, Features features, Assignment assignment, Choice choice, int each, boolean perClass) {
        return with(s, features, assignment, choice, each, perClass, 0);
    }

    private static ClustReSettings with(
            ClustReSettings s,
            Features features,
            Assignment assignment,
            Choice choice,
            int each,
            boolean perClass,
            int recluster) {
        return new ClustReSettings(
                s.variant(),
                s.clusters(),
                features,
                assignment,
                choice,
                each,
                perClass,
                recluster,
                s.epsilon(),
                s.step(),
                s.steps(),
                s.restarts(),
                s.iterations(),
                s.miniBatch(),
                s.seed(),
                s.domain());
    }

    /** Two logits, of which the first falls with the square of every pixel's distance to 0.4. */
    private static final Model BOWL = x -> {
        Tensor z = x.flatten(1).sub(0.4).square().sumKeep(1).neg();
        return Tensor.concat(1, z, z.mul(0));
    };

    @Test
    void theCornerIsTheLastGradientsSign() {
        // from 0.45 uphill is away from 0.4; from 0.4 there is no gradient, and sign(0) is 0
        Tensor x = Tensor.of(new float[][] {{0.45f, 0.35f, 0.4f}});
        Tensor y = Tensor.of(new int[] {0});
        for (int steps : new int[] {0, 3}) {
            Tensor delta = Perturber.corner(0.15, 0.01, steps).apply(BOWL, x, y);
            assertThat(delta.toFloats()).containsExactly(0.15f, -0.15f, 0f);
        }
    }

    @Test
    void theCornerTakesOneGradientMoreThanSteps() {
        // the class's logit rises with |pixel − 0.5|: the first step crosses 0.5, where the gradient turns round
        Model ridge = x -> {
            Tensor z = x.flatten(1).sub(0.5).square().sumKeep(1);
            return Tensor.concat(1, z, z.mul(0));
        };
        Tensor x = Tensor.of(new float[][] {{0.52f}});
        Tensor y = Tensor.of(new int[] {0});
        assertThat(Perturber.corner(0.15, 0.03, 0).apply(ridge, x, y).toFloats())
                .containsExactly(-0.15f);
        assertThat(Perturber.corner(0.15, 0.03, 1).apply(ridge, x, y).toFloats())
                .containsExactly(0.15f);
        assertThat(Perturber.corner(0.15, 0.03, 2).apply(ridge, x, y).toFloats())
                .containsExactly(-0.15f);
    }

    @Test
    void theCornersIteratesStayInTheBallButNotInTheDomain() {
        // the gradient turns round beyond 1.05, which an iterate only sees outside the domain
        Model beyond = x -> {
            Tensor z = x.flatten(1).sub(1.05).square().sumKeep(1);
            return Tensor.concat(1, z, z.mul(0));
        };
        Tensor x = Tensor.of(new float[][] {{0.99f}});
        Tensor y = Tensor.of(new int[] {0});
        assertThat(Perturber.corner(0.15, 0.1, 1).apply(beyond, x, y).toFloats())
                .containsExactly(-0.15f);
        assertThat(Perturber.corner(0.02, 0.1, 1).apply(beyond, x, y).toFloats())
                .as("a ball that ends before")
                .containsExactly(0.02f);
    }

    @Test
    void theOriginalsNumbersAreHalfInUnitsOfTheDomain() {
        ClustReSettings s = settings(Variant.PUBLISHED, 1000);
        assertThat(s.epsilon()).isEqualTo(0.15);
        assertThat(s.step()).isEqualTo(0.01);
        assertThat(s.steps()).isEqualTo(7);
        assertThat(s.restarts()).isEqualTo(3);
        assertThat(s.notes()).containsEntry("eps_on_minus_one_to_one", 0.3);
    }

    @Test
    void originalDataAreBytes() {
        Dataset data = RobustTrainingTest.Fixture.data();
        HostArray f = Share.features(settings(Variant.PUBLISHED, 2), null, data, CPU, new Effort());
        float[] x = data.image(5).floats();
        for (int j = 0; j < x.length; j++)
            assertThat(f.floats()[5 * x.length + j]).isEqualTo(255 * x[j], within(1e-4f));
    }

    /** FGSM's are one gradient's sign, PGD's another's where a kink was crossed; inputs are samples and perturbation. */
    @Test
    void featuresAreWhatTheyAreCalled() {
        Dataset data = RobustTrainingTest.Fixture.data();
        Sequential net = RobustTrainingTest.Fixture.net();
        Dataset.Batch all = data.batches(96).get(0);
        Tensor gradient =
                Losses.crossEntropyEach(net.apply(all.x()), all.y()).sum().grad(all.x());
        Tensor corner = gradient.sign().mul(0.15);
        ClustReSettings published = settings(Variant.PUBLISHED, 5);
        assertFeatures(published, net, data, Features.FGSM_PERTURB, corner);
        assertFeatures(published, net, data, Features.FGSM_INPUT, all.x().add(corner));
        ClustReSettings share = settings(Variant.SHARE, 5);
        Tensor within = all.x().add(corner).clamp(0, 1).sub(all.x());
        assertFeatures(share, net, data, Features.FGSM_PERTURB, within);
        assertFeatures(share, net, data, Features.FGSM_INPUT, all.x().add(within));
        Tensor hidden = Sequential.of(net.layers().subList(0, 3)).apply(all.x()); // dropout drops nothing here
        assertFeatures(share, net, data, Features.PENULTIMATE, hidden);
        for (ClustReSettings s : List.of(published, share)) {
            float[] fgsm = features(s, net, data, Features.FGSM_PERTURB).floats();
            HostArray pgd = features(s, net, data, Features.PGD_PERTURB);
            assertThat(pgd.floats()).isNotEqualTo(fgsm);
            assertFeatures(s, net, data, Features.PGD_INPUT, all.x().add(Tensor.of(pgd)));
        }
        // seven steps of 0.01 reach no further; the original's last sign is taken ε far
        for (float d : features(share, net, data, Features.PGD_PERTURB).floats())
            assertThat(Math.abs(d)).isLessThan(0.0701f);
        for (float d : features(published, net, data, Features.PGD_PERTURB).floats())
            if (d != 0) assertThat(Math.abs(d)).isEqualTo(0.15f);
    }

    private static HostArray features(ClustReSettings s, Sequential net, Dataset data, Features features) {
        ClustReSettings own = with(s, features, s.assignment(), s.choice(), s.each(), s.perClass());
        return Share.features(own, net, data, CPU, new Effort());
    }

    private static void assertFeatures(
            ClustReSettings s, Sequential net, Dataset data, Features features, Tensor expected) {
        assertThat(features(s, net, data, features).floats())
                .as("%s %s", s.variant(), features)
                .containsExactly(expected.toFloats(), within(1e-6f));
    }

    /** The network has dropout: what is minimised shows whether it drops. */
    @Test
    void theOriginalTrainsAsItEvaluates() {
        Dataset data = RobustTrainingTest.Fixture.data();
        Sequential net = RobustTrainingTest.Fixture.net();
        Dataset.Batch b = data.batches(96).get(0);
        float[] evaluated = net.apply(b.x()).toFloats();
        float[] trained = net.apply(b.x(), new Pass(Rng.seed(4))).toFloats();
        assertThat(trained).isNotEqualTo(evaluated);
        for (Variant variant : List.of(Variant.PUBLISHED, Variant.SHARE))
            try (Share share = new Share(settings(variant, 5), net, data, 96, 3, CPU)) {
                var outcome = share.objective().apply(net, b.x(), b.y(), new Pass(Rng.seed(4)));
                float[] expected = variant == Variant.PUBLISHED ? evaluated : trained;
                assertThat(outcome.logits().toFloats()).containsExactly(expected, within(1e-6f));
                assertThat(outcome.loss().item())
                        .isCloseTo(
                                Losses.crossEntropy(Tensor.of(outcome.logits().toHost()), b.y())
                                        .item(),
                                within(1e-6));
            }
    }

    /** Before epochs 3 and 5, by the network as it is then. */
    @Test
    void samplesAreClusteredAgainEverySoManyEpochs() {
        Dataset data = RobustTrainingTest.Fixture.data();
        Sequential net = RobustTrainingTest.Fixture.net();
        ClustReSettings once =
                with(settings(Variant.SHARE, 5), Features.PENULTIMATE, Assignment.KMEANS, Choice.NEAREST, 1, false);
        ClustReSettings again = with(once, once.features(), once.assignment(), once.choice(), 1, false, 2);
        try (Share share = new Share(again, net, data, 96, 3, CPU);
                Share never = new Share(once, net, data, 96, 3, CPU)) {
            int[] clusterings = {1, 1, 2, 2, 3};
            for (int epoch = 1; epoch <= 5; epoch++) {
                var weights = net.params().get(0);
                weights.set(weights.read().mul(-1).add(0.01 * epoch));
                float[] now = pixels(share.epoch(epoch));
                assertThat(share.effort().forwards()).isEqualTo(96L * clusterings[epoch - 1]);
                float[] before = pixels(never.epoch(epoch));
                try (Share fresh = new Share(once, net, data, 96, 3, CPU)) {
                    if (epoch % 2 == 1 && epoch > 1)
                        assertThat(now).isEqualTo(pixels(fresh.epoch(epoch))).isNotEqualTo(before);
                    if (epoch < 3) assertThat(now).isEqualTo(before);
                }
            }
        }
    }

    private static float[] pixels(Iterable<Dataset.Batch> epoch) {
        return epoch.iterator().next().x().toFloats();
    }

    @Test
    void asPublishedSamplesComeInOrderWithTheirRepresentativesPerturbationUnclamped() {
        Dataset data = RobustTrainingTest.Fixture.data();
        Sequential net = RobustTrainingTest.Fixture.net();
        ClustReSettings s = settings(Variant.PUBLISHED, 6);
        float[] own;
        try (Perturber attack = new Perturber(net, CPU, s.perturbation(false))) {
            own = attack.of(data).floats();
        }
        Groups groups = Groups.clustered(Share.features(s, net, data, CPU, new Effort()), s.kmeans(), null, CPU);
        List<int[]> nearest = groups.least(groups.distance(), 1);
        int at = 0;
        try (Share share = new Share(s, net, data, 40, 3, CPU)) {
            assertThat(share.representatives()).isEqualTo(6);
            for (Dataset.Batch b : share.epoch(1)) {
                float[] x = b.x().toFloats();
                for (int i = 0; i < b.size(); i++, at++) {
                    assertThat(b.index()[i]).as("in order").isEqualTo(at);
                    int r = nearest.get(groups.label()[at])[0];
                    float[] clean = data.image(at).floats();
                    for (int j = 0; j < 16; j++) assertThat(x[i * 16 + j]).isEqualTo(clean[j] + own[r * 16 + j]);
                }
            }
            assertThat(at).isEqualTo(data.size());
            assertThat(share.effort().gradients()).isEqualTo(6 * 8);
        }
    }

    @ParameterizedTest
    @EnumSource(Features.class)
    void correctedSamplesStayInDomainAndBallAndAreRepeatable(Features features) {
        Dataset data = RobustTrainingTest.Fixture.data();
        Sequential net = RobustTrainingTest.Fixture.net();
        ClustReSettings s = with(settings(Variant.SHARE, 5), features, Assignment.KMEANS, Choice.RANDOM, 2, true);
        List<float[]> runs = new ArrayList<>();
        for (int r = 0; r < 2; r++) {
            try (Share share = new Share(s, net, data, 96, 3, CPU)) {
                for (Dataset.Batch b : share.epoch(2)) {
                    float[] x = b.x().toFloats();
                    runs.add(x);
                    for (int i = 0; i < b.size(); i++) {
                        float[] clean = data.image(b.index()[i]).floats();
                        for (int j = 0; j < 16; j++) {
                            assertThat(x[i * 16 + j]).isBetween(0f, 1f);
                            assertThat(Math.abs(x[i * 16 + j] - clean[j])).isLessThan(0.15f * (1 + 1e-5f));
                        }
                    }
                    assertThat(b.index())
                            .isEqualTo(data.shuffled(3, 2).batch(seq(96)).index());
                }
            }
        }
        assertThat(runs.get(0)).isEqualTo(runs.get(1));
    }

    private static int[] seq(int n) {
        int[] all = new int[n];
        Arrays.setAll(all, i -> i);
        return all;
    }

    /** Where every sample has a cluster of its own, each gets the perturbation that was made for it. */
    @Test
    void withAClusterForEachSampleItIsAdversarialTraining() {
        Dataset data = RobustTrainingTest.Fixture.data().limit(12);
        Sequential net = RobustTrainingTest.Fixture.net();
        ClustReSettings s = settings(Variant.SHARE, 12);
        float[] expected = Select.adversarial(s, net, data, CPU).floats();
        try (Share share = new Share(s, net, data, 12, 3, CPU)) {
            for (Dataset.Batch b : share.epoch(1)) {
                float[] x = b.x().toFloats();
                for (int i = 0; i < 12; i++)
                    for (int j = 0; j < 16; j++)
                        assertThat(x[i * 16 + j]).isEqualTo(expected[b.index()[i] * 16 + j], within(1e-6f));
            }
        }
    }

    @Test
    void clustersAreFoundAndRandomGroupsAreEven() {
        HostArray points = HostArray.of(new float[] {0, 10, 0.2f, 10.4f, 0.1f, 10.1f}, Shape.of(6, 1));
        Groups clusters = Groups.clustered(points, KMeans.of(2).seed(4), null, CPU);
        assertThat(clusters.label()[0]).isEqualTo(clusters.label()[2]).isEqualTo(clusters.label()[4]);
        assertThat(clusters.label()[1])
                .isEqualTo(clusters.label()[3])
                .isEqualTo(clusters.label()[5])
                .isNotEqualTo(clusters.label()[0]);
        List<int[]> nearest = clusters.least(clusters.distance(), 1);
        assertThat(nearest.get(clusters.label()[0])).as("nearest 0.1").containsExactly(4);
        assertThat(nearest.get(clusters.label()[1])).as("nearest 10.1667").containsExactly(5);

        Groups random = Groups.random(points, 4, 1, CPU);
        assertThat(random.members()).extracting(m -> m.length).containsExactlyInAnyOrder(2, 2, 1, 1);
        assertThat(Groups.random(points, 4, 1, CPU).label()).isEqualTo(random.label());
        assertThatThrownBy(() -> Groups.random(points, 7, 1, CPU))
                .hasMessageContaining("7 groups need as many samples");
    }

    @Test
    void clustersOfOneClassAreSharedOutBySize() {
        assertThat(Groups.shares(new int[] {0, 0, 0, 0, 0, 0, 1, 1, 2, 2}, 5)).containsExactly(3, 1, 1);
        assertThat(Groups.shares(new int[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 2}, 2)).containsExactly(1, 0, 1);
        assertThatThrownBy(() -> Groups.shares(new int[] {0, 1, 2}, 2)).hasMessageContaining("at least 3, got 2");
        Dataset data = RobustTrainingTest.Fixture.data();
        int[] classes = Share.classes(data);
        HostArray features = Share.features(settings(Variant.SHARE, 7), null, data, CPU, new Effort());
        Groups groups = Groups.clustered(features, KMeans.of(7), classes, CPU);
        for (int[] members : groups.members())
            assertThat(Arrays.stream(members).map(i -> classes[i]).distinct().count())
                    .isEqualTo(1);
    }

    @Test
    void selectKeepsWhatItIsToldBesideTheSamples() {
        Dataset data = RobustTrainingTest.Fixture.data();
        Sequential net = RobustTrainingTest.Fixture.net();
        ClustReSettings s = settings(Variant.SELECT, 5);
        HostArray adversarial = Select.adversarial(s, net, data, CPU);
        for (Features f : List.of(Features.PGD_INPUT, Features.PGD_PERTURB, Features.PENULTIMATE))
            for (Choice c : Choice.values()) {
                int[] chosen = Select.chosen(
                        with(s, f, Assignment.KMEANS, c, 3, false), net, data, adversarial, CPU, new Effort());
                assertThat(chosen).hasSizeBetween(5, 15).doesNotHaveDuplicates().isSorted();
            }
        assertThat(Select.chosen(
                        with(s, s.features(), Assignment.ALL, s.choice(), 1, false),
                        net,
                        data,
                        adversarial,
                        CPU,
                        new Effort()))
                .hasSize(96);
        ClustReSettings random = with(s, s.features(), Assignment.RANDOM, s.choice(), 4, false);
        int[] chosen = Select.chosen(random, net, data, adversarial, CPU, new Effort());
        assertThat(chosen).hasSize(20).doesNotHaveDuplicates();
        Dataset selected = Select.selected(random, net, data, CPU, new Effort());
        assertThat(selected.size()).isEqualTo(116);
        assertThat(selected.image(7).floats()).isEqualTo(data.image(7).floats());
        assertThat(selected.label(100)).isEqualTo(data.label(chosen[4]));
        assertThat(selected.image(100).floats())
                .isEqualTo(Arrays.copyOfRange(adversarial.floats(), chosen[4] * 16, chosen[4] * 16 + 16));
    }

    /** Of each cluster of examples: those nearest the centroid, or of the least difference of the two largest logits. */
    @Test
    void selectKeepsTheNearestToCentroidOrBoundary() {
        Dataset data = RobustTrainingTest.Fixture.data();
        Sequential net = RobustTrainingTest.Fixture.net();
        ClustReSettings s = settings(Variant.SELECT, 5);
        HostArray adversarial = Select.adversarial(s, net, data, CPU);
        Groups groups = Groups.clustered(adversarial, s.kmeans(), null, CPU);
        float[] z = net.apply(Tensor.of(adversarial)).toFloats();
        float[] margin = new float[96];
        for (int i = 0; i < 96; i++) {
            float[] three = Arrays.copyOfRange(z, 3 * i, 3 * i + 3);
            Arrays.sort(three);
            margin[i] = three[2] - three[1];
        }
        for (Choice choice : List.of(Choice.NEAREST, Choice.BOUNDARY)) {
            int[] chosen = Select.chosen(
                    with(s, Features.PGD_INPUT, Assignment.KMEANS, choice, 2, false),
                    net,
                    data,
                    adversarial,
                    CPU,
                    new Effort());
            float[] weight = choice == Choice.NEAREST ? groups.distance() : margin;
            for (int[] members : groups.members()) {
                float[] sorted = new float[members.length];
                for (int i = 0; i < members.length; i++) sorted[i] = weight[members[i]];
                Arrays.sort(sorted);
                float most = sorted[Math.min(2, members.length) - 1];
                assertThat(Arrays.stream(members).filter(i -> Arrays.binarySearch(chosen, i) >= 0))
                        .as("%s", choice)
                        .hasSize(Math.min(2, members.length))
                        .allMatch(i -> weight[i] <= most + 1e-5f);
            }
        }
    }

    /** By hand, for 96 samples and attacks of so many steps: what is spent before and between the training steps. */
    @ParameterizedTest
    @EnumSource(Features.class)
    void whatIsSpentBesideTrainingIsCounted(Features features) {
        Dataset data = RobustTrainingTest.Fixture.data();
        Sequential net = RobustTrainingTest.Fixture.net();
        for (Variant variant : List.of(Variant.PUBLISHED, Variant.SHARE)) {
            if (variant == Variant.PUBLISHED && features == Features.PENULTIMATE) continue; // the original knows none
            ClustReSettings s = with(settings(variant, 4), features, Assignment.KMEANS, Choice.NEAREST, 1, false);
            int pgd = variant == Variant.PUBLISHED ? s.steps() + 1 : s.steps();
            int each = switch (features) {
                case ORIGINAL_DATA, PENULTIMATE -> 0;
                case FGSM_PERTURB, FGSM_INPUT -> 1;
                case PGD_PERTURB, PGD_INPUT -> pgd;
            };
            try (Share share = new Share(s, net, data, 32, 3, CPU)) {
                assertThat(share.effort().gradients()).isEqualTo(96 * each);
                assertThat(share.effort().forwards()).isEqualTo(features == Features.PENULTIMATE ? 96 : 0);
                share.epoch(1);
                assertThat(share.effort().gradients()).isEqualTo(96 * each + 4 * pgd);
            }
        }
        if (!List.of(Features.PGD_INPUT, Features.PGD_PERTURB, Features.PENULTIMATE)
                .contains(features)) return;
        ClustReSettings s = with(settings(Variant.SELECT, 4), features, Assignment.KMEANS, Choice.BOUNDARY, 1, false);
        Effort effort = new Effort();
        Select.selected(s, net, data, CPU, effort);
        assertThat(effort.gradients()).isEqualTo(96 * s.steps() * (features == Features.PGD_PERTURB ? 2 : 1));
        assertThat(effort.forwards()).isEqualTo(96 * (features == Features.PENULTIMATE ? 2 : 1));
    }

    @Test
    void whatIsWrongIsSaid() {
        ClustReSettings p = settings(Variant.PUBLISHED, 3);
        assertThatThrownBy(() -> settings(Variant.SHARE, 0)).hasMessageContaining("clusters");
        assertThatThrownBy(() -> with(p, p.features(), Assignment.ALL, p.choice(), 1, false))
                .hasMessageContaining("kmeans or random");
        assertThatThrownBy(() -> with(p, p.features(), p.assignment(), p.choice(), 1, true))
                .hasMessageContaining("all classes together");
        assertThatThrownBy(() -> Features.of("colour")).hasMessageContaining("there are original_data");
    }
}

package steepest.robust;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import steepest.SteepestException;
import steepest.attack.Norm;
import steepest.cluster.KMeans;
import steepest.data.Dataset;

/**
 * What cluster-based retraining is made from.
 *
 * @param variant how what the clusters have in common is used
 * @param clusters how many, k
 * @param features what samples are clustered by
 * @param assignment how samples come into groups
 * @param choice which members of a group stand for it
 * @param each how many of them; a group with less members gives all it has
 * @param perClass whether a cluster has samples of one class only
 * @param recluster SHARE, corrected: cluster again every so many epochs, with the network as it is then; 0: once
 * @param epsilon in the domain's units
 * @param step how far a step of PGD goes
 * @param steps how many it makes
 * @param restarts of k-means
 * @param iterations of k-means at most
 * @param miniBatch points in a mini-batch of k-means; 0 for Lloyd's method
 */
public record ClustReSettings(
        Variant variant,
        int clusters,
        Features features,
        Assignment assignment,
        Choice choice,
        int each,
        boolean perClass,
        int recluster,
        double epsilon,
        double step,
        int steps,
        int restarts,
        int iterations,
        int miniBatch,
        long seed,
        Dataset.Domain domain) {
    /** The three ways. */
    public enum Variant {
        /** Samples are trained with the perturbation of their cluster's representative, as the original does. */
        PUBLISHED("clustre-published", "perturbations shared within clusters, as the original does"),
        /** The same without its slips: PGD's own perturbation, inputs in the domain, another order in each epoch. */
        SHARE("clustre", "the same in the domain, shuffled, with PGD's own perturbation"),
        /** Samples are trained beside the adversarial examples that stand for the clusters. */
        SELECT("clustre-select", "samples beside the adversarial examples that stand for clusters");

        private final String label;
        private final String text;

        Variant(String label, String text) {
            this.label = label;
            this.text = text;
        }

        /** A line about it. */
        public String text() {
            return text;
        }

        @Override
        public String toString() {
            return label;
        }
    }

    /** How samples come into groups. */
    public enum Assignment {
        KMEANS,
        /** At random: what clusters must be better than. */
        RANDOM,
        /** SELECT only: no groups, everything is kept. */
        ALL;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Which members stand for a group. */
    public enum Choice {
        NEAREST,
        RANDOM,
        /** SELECT only: those whose adversarial examples lie nearest the boundary, by the difference of the two largest logits. */
        BOUNDARY;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public ClustReSettings {
        if (clusters < 1 || each < 1)
            throw SteepestException.of(
                    "%s: clusters and representatives must be at least 1, got %d and %d", variant, clusters, each);
        if (recluster < 0) throw SteepestException.of("%s: recluster must be at least 0, got %d", variant, recluster);
        if (variant != Variant.SELECT && assignment == Assignment.ALL)
            throw SteepestException.of("%s: assignment must be kmeans or random, got all", variant);
        if (variant != Variant.SELECT && choice == Choice.BOUNDARY)
            throw SteepestException.of("%s: representatives must be nearest or random, got boundary", variant);
        if (variant == Variant.SELECT
                && !List.of(Features.PGD_INPUT, Features.PGD_PERTURB, Features.PENULTIMATE)
                        .contains(features))
            throw SteepestException.of(
                    "%s: features must be pgd_input, pgd_perturb or penultimate, got %s", variant, features);
        if (variant == Variant.PUBLISHED && features == Features.PENULTIMATE)
            throw SteepestException.of("%s: the original knows no penultimate features", variant);
        if (variant == Variant.PUBLISHED && (perClass || recluster > 0 || each > 1 || choice != Choice.NEAREST))
            throw SteepestException.of(
                    "%s: the original clusters all classes together, once, and takes the one nearest sample", variant);
        if (variant == Variant.SELECT && recluster > 0)
            throw SteepestException.of("%s: examples are selected once, got recluster %d", variant, recluster);
        if (perClass && assignment != Assignment.KMEANS)
            throw SteepestException.of("%s: clusters of one class each need kmeans, got %s", variant, assignment);
        // what remains is refused by those who need it
        new InnerAttack(Norm.LINF, epsilon, step, steps, InnerAttack.Start.SAMPLE, domain);
        new KMeans(clusters, iterations, 1e-4, restarts, miniBatch, seed);
    }

    /**
     * As the original: k-means of three restarts, 7 steps of 0.02 within 0.3 where the domain is [−1, 1], which is 0.01
     * within 0.15 on [0, 1]. SHARE and SELECT have the same but for their variant; SELECT clusters {@code pgd_input} and
     * keeps one of each.
     */
    public static ClustReSettings of(Variant variant, int clusters, long seed, Dataset.Domain domain) {
        double unit = ((double) domain.high() - domain.low()) / 2;
        return new ClustReSettings(
                variant,
                clusters,
                variant == Variant.SELECT ? Features.PGD_INPUT : Features.ORIGINAL_DATA,
                Assignment.KMEANS,
                Choice.NEAREST,
                1,
                false,
                0,
                0.3 * unit,
                0.02 * unit,
                7,
                3,
                100,
                0,
                seed,
                domain);
    }

    KMeans kmeans() {
        return new KMeans(clusters, iterations, 1e-4, restarts, miniBatch, seed);
    }

    InnerAttack attack() {
        return new InnerAttack(Norm.LINF, epsilon, step, steps, InnerAttack.Start.SAMPLE, domain);
    }

    /** FGSM or PGD of the variant. */
    Perturber.Body perturbation(boolean fgsm) {
        if (variant == Variant.PUBLISHED) return Perturber.corner(epsilon, step, fgsm ? 0 : steps);
        if (!fgsm) return Perturber.accumulated(attack());
        return Perturber.accumulated(
                new InnerAttack(Norm.LINF, epsilon, epsilon == 0 ? 1 : epsilon, 1, InnerAttack.Start.SAMPLE, domain));
    }

    /** Gradients of a sample that {@link #perturbation} takes. */
    int gradients(boolean fgsm) {
        if (variant == Variant.PUBLISHED) return fgsm ? 1 : steps + 1;
        if (epsilon == 0) return 0;
        return fgsm ? 1 : steps;
    }

    /** All of it, for {@code config.json}. */
    public Map<String, Object> notes() {
        double range = (double) domain.high() - domain.low();
        Map<String, Object> notes = new LinkedHashMap<>();
        notes.put("method", variant.toString());
        notes.put("clusters", clusters);
        notes.put("features", features.toString());
        notes.put("assignment", assignment.toString());
        notes.put("choice", choice.toString());
        notes.put("each", each);
        notes.put("per_class", perClass);
        notes.put("recluster", recluster);
        notes.put("norm", "linf");
        notes.put("eps", epsilon);
        notes.put("eps_255", epsilon * 255 / range);
        notes.put("eps_on_minus_one_to_one", epsilon * 2 / range);
        notes.put("step", step);
        notes.put("steps", steps);
        notes.put("kmeans_restarts", restarts);
        notes.put("kmeans_iterations", iterations);
        notes.put("kmeans_mini_batch", miniBatch);
        notes.put("cluster_seed", seed);
        return notes;
    }
}

package steepest.robust;

import java.util.Arrays;
import java.util.List;
import steepest.Device;
import steepest.HostArray;
import steepest.Tensor;
import steepest.data.Dataset;
import steepest.nn.Losses;
import steepest.nn.Sequential;
import steepest.train.Feed;
import steepest.train.Objective;

/**
 * ClustRe, SHARE: samples are clustered; at the beginning of each epoch the clusters' representatives are attacked with the
 * network as it is then; each sample is trained with the perturbation of its cluster's representative. See {@link
 * ClustReSettings.Variant} for what the original and the corrected variant differ in.
 */
public final class Share implements Feed, AutoCloseable {
    private final ClustReSettings settings;
    private final Sequential model;
    private final Dataset data;
    private final int batch;
    private final long seed;
    private final Device device;
    private final Perturber attack;
    private final Effort effort = new Effort();
    private int[] representatives; // places in the data
    private int[] perturbation; // for each sample's number the row of its perturbation

    /**
     * Clusters the samples with the network as it is.
     *
     * @param data in the order of its files, whole or limited
     * @param seed of the order in the epochs, as {@link Feed#shuffled}; the original has none
     */
    public Share(ClustReSettings settings, Sequential model, Dataset data, int batch, long seed, Device device) {
        this.settings = settings;
        this.model = model;
        this.data = data;
        this.batch = batch;
        this.seed = seed;
        this.device = device;
        effort.clustering(() -> group(0));
        this.attack = new Perturber(model, device, settings.perturbation(false));
    }

    /** What to minimise: the original stays in evaluation mode. */
    public Objective objective() {
        if (settings.variant() != ClustReSettings.Variant.PUBLISHED) return Objective.natural();
        return (net, x, y, pass) -> {
            Tensor logits = net.apply(x);
            return new Objective.Outcome(Losses.crossEntropy(logits, y), logits);
        };
    }

    /** What was spent so far beside the training steps. */
    public Effort effort() {
        return effort;
    }

    /** How many representatives are attacked in each epoch. */
    public int representatives() {
        return representatives.length;
    }

    private Groups group(int epoch) {
        HostArray features = features(settings, model, data, device, effort);
        int[] classes = settings.perClass() ? classes(data) : null;
        Groups groups = settings.assignment() == ClustReSettings.Assignment.KMEANS
                ? Groups.clustered(features, settings.kmeans(), classes, device)
                : Groups.random(features, settings.clusters(), settings.seed(), device);
        float[] weight = groups.distance();
        if (settings.choice() == ClustReSettings.Choice.RANDOM) {
            int[] order = Groups.shuffled(data.size(), settings.seed() + 1 + epoch);
            for (int i = 0; i < order.length; i++) weight[order[i]] = i;
        }
        List<int[]> chosen = groups.least(weight, settings.each());
        List<int[]> members = groups.members();
        int[] number = numbers(data);
        representatives = chosen.stream().flatMapToInt(Arrays::stream).toArray();
        perturbation = new int[Arrays.stream(number).max().orElse(0) + 1];
        int first = 0;
        for (int g = 0; g < groups.count(); g++) {
            int[] own = members.get(g);
            int rows = chosen.get(g).length;
            // several representatives are taken in turn
            for (int i = 0; i < own.length; i++) perturbation[number[own[i]]] = first + i % rows;
            first += rows;
        }
        return groups;
    }

    /** F32 {@code [N, …]}. */
    static HostArray features(ClustReSettings s, Sequential model, Dataset data, Device device, Effort effort) {
        switch (s.features()) {
            case ORIGINAL_DATA -> {}
            case PENULTIMATE -> effort.forwards(data.size());
            case FGSM_PERTURB, FGSM_INPUT -> effort.gradients(data.size(), s.gradients(true));
            case PGD_PERTURB, PGD_INPUT -> effort.gradients(data.size(), s.gradients(false));
        }
        Perturber.Body body = switch (s.features()) {
            case ORIGINAL_DATA -> {
                double range = (double) s.domain().high() - s.domain().low();
                yield (f, x, y) -> x.sub(s.domain().low()).mul(255 / range);
            }
            case FGSM_PERTURB -> s.perturbation(true);
            case FGSM_INPUT -> (f, x, y) -> x.add(s.perturbation(true).apply(f, x, y));
            case PGD_PERTURB -> s.perturbation(false);
            case PGD_INPUT -> (f, x, y) -> x.add(s.perturbation(false).apply(f, x, y));
            case PENULTIMATE -> (f, x, y) -> Perturber.penultimate(model, x);
        };
        try (Perturber features = new Perturber(model, device, body)) {
            return features.of(data);
        }
    }

    static int[] classes(Dataset data) {
        int[] classes = new int[data.size()];
        Arrays.setAll(classes, data::label);
        return classes;
    }

    /** The samples' numbers, as batches give them. */
    private static int[] numbers(Dataset data) {
        int[] numbers = new int[data.size()];
        int at = 0;
        for (Dataset.Batch b : data.batches(1024)) {
            System.arraycopy(b.index(), 0, numbers, at, b.size());
            at += b.size();
        }
        return numbers;
    }

    @Override
    public long steps() {
        return data.batches(batch).size();
    }

    @Override
    public Iterable<Dataset.Batch> epoch(int epoch) {
        boolean published = settings.variant() == ClustReSettings.Variant.PUBLISHED;
        if (settings.recluster() > 0 && epoch > 1 && (epoch - 1) % settings.recluster() == 0)
            effort.clustering(() -> group(epoch));
        float[] deltas =
                effort.attack(() -> attack.of(data.select(representatives)).floats());
        effort.gradients(representatives.length, settings.gradients(false));
        List<Dataset.Batch> clean =
                published ? data.batches(batch) : data.shuffled(seed, epoch).batches(batch);
        return Feed.batches(clean.size(), i -> perturbed(clean.get(i), deltas, !published));
    }

    private Dataset.Batch perturbed(Dataset.Batch b, float[] deltas, boolean clamped) {
        HostArray x = b.x().toHost().copy();
        float[] pixels = x.floats();
        int n = pixels.length / b.size();
        float low = settings.domain().low();
        float high = settings.domain().high();
        for (int i = 0; i < b.size(); i++) {
            int row = perturbation[b.index()[i]] * n;
            for (int j = 0; j < n; j++) {
                float moved = pixels[i * n + j] + deltas[row + j];
                pixels[i * n + j] = clamped ? Math.max(low, Math.min(high, moved)) : moved;
            }
        }
        return new Dataset.Batch(Tensor.of(x), b.y(), b.labels(), b.index());
    }

    @Override
    public void close() {
        attack.close();
    }
}

package steepest.robust;

import java.util.Arrays;
import java.util.stream.IntStream;
import steepest.Device;
import steepest.HostArray;
import steepest.Tensor;
import steepest.data.Dataset;
import steepest.nn.Sequential;

/**
 * ClustRe, SELECT: everything is attacked, the adversarial examples are clustered, some of each cluster are kept, and the
 * network is retrained on the samples beside them.
 */
public final class Select {
    private Select() {}

    /**
     * The samples, with the selected adversarial examples behind them, each of its sample's class.
     *
     * @param model as it is when the examples are made
     * @param effort takes what attack and clustering take
     */
    static Dataset selected(ClustReSettings settings, Sequential model, Dataset data, Device device, Effort effort) {
        HostArray adversarial = effort.attack(() -> adversarial(settings, model, data, device));
        effort.gradients(data.size(), settings.gradients(false));
        int[] chosen = effort.clustering(() -> chosen(settings, model, data, adversarial, device, effort));
        Dataset examples = Dataset.ofFloats(data.name(), adversarial, Share.classes(data), data.classNames());
        return data.plus(examples.select(chosen));
    }

    /** The examples of all samples, F32 {@code [N, C, H, W]}, in the domain to the last bit. */
    static HostArray adversarial(ClustReSettings s, Sequential model, Dataset data, Device device) {
        Perturber.Body body = (f, x, y) -> x.add(s.perturbation(false).apply(f, x, y))
                .clamp(s.domain().low(), s.domain().high());
        try (Perturber attack = new Perturber(model, device, body)) {
            return attack.of(data);
        }
    }

    /** The places of the samples whose examples are kept, in order. */
    static int[] chosen(
            ClustReSettings s, Sequential model, Dataset data, HostArray adversarial, Device device, Effort effort) {
        int n = data.size();
        int[] shuffled = Groups.shuffled(n, s.seed() + 1);
        return switch (s.assignment()) {
            case ALL -> IntStream.range(0, n).toArray();
            case RANDOM ->
                Arrays.stream(shuffled)
                        .limit(Math.min(n, (long) s.clusters() * s.each()))
                        .sorted()
                        .toArray();
            case KMEANS -> {
                int[] classes = Share.classes(data);
                Dataset examples = Dataset.ofFloats(data.name(), adversarial, classes, data.classNames());
                HostArray features = features(s, model, data, examples, device, effort);
                Groups groups = Groups.clustered(features, s.kmeans(), s.perClass() ? classes : null, device);
                float[] weight = switch (s.choice()) {
                    case NEAREST -> groups.distance();
                    case BOUNDARY -> margins(model, examples, device, effort);
                    case RANDOM -> {
                        float[] rank = new float[n];
                        for (int i = 0; i < n; i++) rank[shuffled[i]] = i;
                        yield rank;
                    }
                };
                yield groups.least(weight, s.each()).stream()
                        .flatMapToInt(Arrays::stream)
                        .sorted()
                        .toArray();
            }
        };
    }

    private static HostArray features(
            ClustReSettings s, Sequential model, Dataset data, Dataset examples, Device device, Effort effort) {
        if (s.features() == Features.PGD_PERTURB) return Share.features(s, model, data, device, effort);
        if (s.features() == Features.PENULTIMATE) effort.forwards(data.size());
        Perturber.Body body = s.features() == Features.PENULTIMATE
                ? (f, x, y) -> Perturber.penultimate(model, x)
                : (f, x, y) -> x.mul(1);
        try (Perturber features = new Perturber(model, device, body)) {
            return features.of(examples);
        }
    }

    /** By how much the largest logit exceeds the next. */
    private static float[] margins(Sequential model, Dataset examples, Device device, Effort effort) {
        effort.forwards(examples.size());
        Perturber.Body body = (f, x, y) -> {
            Tensor largest = f.apply(x).topk(1, 2).values();
            return largest.select(1, 0).sub(largest.select(1, 1));
        };
        try (Perturber margins = new Perturber(model, device, body)) {
            return margins.of(examples).floats();
        }
    }
}

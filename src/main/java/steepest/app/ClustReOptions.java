package steepest.app;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import steepest.Device;
import steepest.data.Dataset;
import steepest.nn.Sequential;
import steepest.robust.ClustReSettings;
import steepest.robust.ClustReSettings.Assignment;
import steepest.robust.ClustReSettings.Choice;
import steepest.robust.ClustReSettings.Variant;
import steepest.robust.Features;
import steepest.robust.Select;
import steepest.robust.Share;
import steepest.train.Feed;
import steepest.train.Objective;
import steepest.train.TrainConfig;

/** How clusters are made and used by the methods whose names begin with clustre. */
final class ClustReOptions {
    private static final List<String> OWN = List.of(
            "--clusters",
            "--features",
            "--assign",
            "--choice",
            "--keep",
            "--per-class",
            "--recluster",
            "--kmeans-restarts",
            "--kmeans-iterations",
            "--kmeans-batch");

    @Option(names = "--clusters", paramLabel = "K", description = "clustre: how many clusters (default: 1000).")
    private Integer clusters;

    @Option(
            names = "--features",
            paramLabel = "NAME",
            description = "clustre: what is clustered: original_data (default), fgsm_perturb, fgsm_input, pgd_perturb,"
                    + " pgd_input (default of clustre-select) or penultimate.")
    private String features;

    @Option(
            names = "--assign",
            paramLabel = "HOW",
            description = "clustre: kmeans (default) or, to compare, random; clustre-select also all.")
    private String assign;

    @Option(
            names = "--choice",
            paramLabel = "HOW",
            description =
                    "clustre: who stands for a cluster: nearest (to its centroid; default) or random; clustre-select"
                            + " also boundary.")
    private String choice;

    @Option(names = "--keep", paramLabel = "M", description = "clustre: how many stand for a cluster (default: 1).")
    private Integer each;

    @Option(names = "--per-class", description = "clustre: clusters of one class each.")
    private boolean perClass;

    @Option(
            names = "--recluster",
            paramLabel = "N",
            description = "clustre: cluster again every N epochs (default: 0, only once).")
    private Integer recluster;

    @Option(names = "--kmeans-restarts", paramLabel = "N", description = "clustre: runs of k-means (default: 3).")
    private Integer restarts;

    @Option(
            names = "--kmeans-iterations",
            paramLabel = "N",
            description = "clustre: iterations of k-means at most (default: 100).")
    private Integer iterations;

    @Option(
            names = "--kmeans-batch",
            paramLabel = "N",
            description = "clustre: points in a mini-batch of k-means (default: all at once).")
    private Integer miniBatch;

    private ClustReSettings settings;

    static List<String> names() {
        return Arrays.stream(Variant.values()).map(Variant::toString).toList();
    }

    /** @throws ParameterException if one of these options was given where it has no meaning */
    static void refuse(CommandSpec spec, String method) {
        for (String option : OWN)
            if (given(spec, option))
                throw new ParameterException(
                        spec.commandLine(), "robust training " + method + " has no use for " + option);
    }

    private static boolean given(CommandSpec spec, String option) {
        return spec.commandLine().getParseResult().hasMatchedOption(option);
    }

    /**
     * Reads the options; null stands for what was not given.
     *
     * @return the configuration, as the original has it where nothing else was asked for
     * @throws steepest.SteepestException if a value has no meaning
     */
    TrainConfig check(CommandSpec spec, String name, TrainConfig config, Double epsilon, Double step, Integer steps) {
        Variant variant = Arrays.stream(Variant.values())
                .filter(v -> v.toString().equals(name))
                .findFirst()
                .orElseThrow();
        if (epsilon == null && variant != Variant.PUBLISHED)
            throw new ParameterException(
                    spec.commandLine(), "robust training " + name + ": expected --eps, such as 0.15");
        if (assign != null)
            Names.check(
                    spec,
                    "assignment",
                    assign,
                    Arrays.stream(Assignment.values()).map(Assignment::toString).toList());
        if (choice != null)
            Names.check(
                    spec,
                    "choice",
                    choice,
                    Arrays.stream(Choice.values()).map(Choice::toString).toList());
        if (features != null)
            Names.check(
                    spec,
                    "features",
                    features,
                    Arrays.stream(Features.values()).map(Features::toString).toList());
        var usual = ClustReSettings.of(variant, clusters == null ? 1000 : clusters, config.seed(), Dataset.Domain.UNIT);
        double eps = epsilon == null ? usual.epsilon() : epsilon;
        int count = steps == null ? usual.steps() : steps;
        // the original's 7 steps reach half as far as the ball; other budgets get steps in proportion
        double usualStep = eps == 0 ? 1 : usual.step() * eps / usual.epsilon();
        settings = new ClustReSettings(
                variant,
                usual.clusters(),
                features == null ? usual.features() : Features.of(features),
                assign == null ? usual.assignment() : Assignment.valueOf(assign.toUpperCase(Locale.ROOT)),
                choice == null ? usual.choice() : Choice.valueOf(choice.toUpperCase(Locale.ROOT)),
                each == null ? usual.each() : each,
                perClass,
                recluster == null ? 0 : recluster,
                eps,
                step == null ? usualStep : step,
                count,
                restarts == null ? usual.restarts() : restarts,
                iterations == null ? usual.iterations() : iterations,
                miniBatch == null ? 0 : miniBatch,
                config.seed(),
                usual.domain());
        if (variant != Variant.PUBLISHED) return config;
        if (!given(spec, "--epochs")) config = config.withEpochs(10);
        if (!given(spec, "--batch")) config = config.withBatch(128);
        if (!given(spec, "--lr")) config = config.withLr(1e-3);
        if (!given(spec, "--schedule")) config = config.withSchedule("constant");
        return config;
    }

    /** Clusters, and tells so. */
    RobustOptions.Method method(TrainConfig config, Dataset train, Sequential model, PrintWriter out) {
        Device device = config.devices().get(0);
        out.printf(
                Locale.ROOT,
                "robust training %s: %d clusters of %s by %s; linf, eps %s, which is %s on [-1, 1]; %d steps of %s%n",
                settings.variant(),
                settings.clusters(),
                settings.features(),
                settings.assignment(),
                Quantities.shown(settings.epsilon(), settings.domain()),
                Quantities.brief(2 * settings.epsilon()),
                settings.steps(),
                Quantities.brief(settings.step()));
        out.flush();
        long start = System.nanoTime();
        Map<String, Object> notes = settings.notes();
        if (settings.variant() == Variant.SELECT) {
            Dataset all = Select.selected(settings, model, train, device);
            int selected = all.size() - train.size();
            notes.put("selected", selected);
            tell(out, start, selected + " adversarial examples beside " + train.size() + " samples");
            Feed feed = Feed.shuffled(all, config.batch(), config.seed());
            return new RobustOptions.Method(Objective.natural(), feed, notes, () -> {});
        }
        Share share = new Share(settings, model, train, config.batch(), config.seed(), device);
        notes.put("representatives", share.representatives());
        tell(out, start, share.representatives() + " representatives of " + train.size() + " samples");
        return new RobustOptions.Method(share.objective(), share, notes, share::close);
    }

    private static void tell(PrintWriter out, long start, String what) {
        out.printf(Locale.ROOT, "%s, found in %.1f s%n", what, (System.nanoTime() - start) * 1e-9);
        out.flush();
    }
}

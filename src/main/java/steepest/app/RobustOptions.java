package steepest.app;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import steepest.SteepestException;
import steepest.data.Dataset;
import steepest.nn.Sequential;
import steepest.robust.Recipe;
import steepest.robust.RobustSettings;
import steepest.train.TrainConfig;
import steepest.train.Trained;

/** How {@code train} hardens a network against adversarial examples. */
final class RobustOptions {
    @Option(
            names = "--robust",
            paramLabel = "METHOD",
            defaultValue = "none",
            completionCandidates = MethodNames.class,
            description = "Train on adversarial examples: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private String name;

    @Option(
            names = "--eps",
            paramLabel = "E",
            description = "How far an example may lie from its sample, in the units of the inputs, [0, 1]; 8/255 may be"
                    + " written so.")
    private String epsilon;

    @Mixin
    private StepOptions how;

    @Option(names = "--beta", paramLabel = "B", description = "Weight of stability: trades (default: 6), mart (5).")
    private Double beta;

    @Option(names = "--smoothing", paramLabel = "S", description = "Of the labels, for label-smoothing (default: 0.1).")
    private Double smoothing;

    @Option(
            names = "--replays",
            paramLabel = "M",
            description = "How often free sees a batch in a row (default: 5); --epochs are divided by it, rounded up.")
    private Integer replays;

    @Option(
            names = "--early-stop",
            description =
                    "pgd: leave an example where it is once it is classified wrongly, without which small networks may"
                            + " not begin to learn at a large eps.")
    private boolean earlyStop;

    @Option(
            names = "--kappa",
            paramLabel = "K",
            description = "ibp: weight of the natural loss at the end, beside that of the worst case within bounds"
                    + " (default: 0.5).")
    private Double kappa;

    @Option(
            names = "--warmup",
            paramLabel = "P",
            description = "ibp: the part of the training, in [0, 1], that is natural (default: 0.05).")
    private Double warmup;

    @Option(
            names = "--ramp",
            paramLabel = "P",
            description =
                    "ibp: the part of the training in which eps grows from 0 and kappa falls from 1 (default: 0.5).")
    private Double ramp;

    @Option(
            names = "--examples",
            paramLabel = "FILE",
            description = "fixed-set: what is trained on beside the samples, as attack --split train --save writes it."
                    + " Examples of the test samples must not be trained on.")
    private Path examples;

    @Mixin
    private ClustReOptions clustre;

    private Recipe recipe;

    /**
     * Reads the options.
     *
     * @return the configuration, with as many epochs as the method makes of them
     * @throws ParameterException if something is wrong, missing or has no meaning for the method
     */
    TrainConfig check(CommandSpec spec, TrainConfig config, Trained start) {
        Names.check(spec, "robust training", name, Recipe.names());
        ParseResult parsed = spec.commandLine().getParseResult();
        Map<String, String> given = new LinkedHashMap<>();
        for (String key : Recipe.keys()) {
            String option = "--" + key;
            if (!parsed.hasMatchedOption(option)) continue;
            if (!Recipe.takes(name).contains(key)) throw wrong(spec, " has no use for " + option);
            given.put(key, parsed.matchedOptionValue(option, (Object) "").toString());
        }
        if (Recipe.needsTrained(name) && start == null)
            throw wrong(spec, ": expected --from RUN_DIR, a naturally trained network");
        if (Recipe.needsEpsilon(name) && !given.containsKey("eps")) throw wrong(spec, ": expected --eps, such as 0.3");
        try {
            recipe = Recipe.of(name, given, config.seed());
            Set<String> set = Stream.of("epochs", "batch", "lr", "schedule")
                    .filter(key -> parsed.hasMatchedOption("--" + key))
                    .collect(Collectors.toSet());
            return recipe.adapt(config, set);
        } catch (SteepestException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private ParameterException wrong(CommandSpec spec, String what) {
        return new ParameterException(spec.commandLine(), "robust training " + name + what);
    }

    /** The method, told in a line or two. */
    Recipe.Prepared method(TrainConfig config, Dataset train, Sequential model, PrintWriter out) {
        Dataset limited = config.limit() == null ? train : train.limit(config.limit());
        if (!name.equals("none")) out.println(recipe.clustering() == null ? told(config) : told());
        out.flush();
        long start = System.nanoTime();
        var prepared = recipe.prepare(config, limited, model, config.devices().get(0));
        if (recipe.clustering() == null && recipe.fixed() == null) return prepared;
        Map<String, Object> notes = prepared.notes();
        Object beside = notes.getOrDefault("selected", notes.get("added"));
        out.printf(
                Locale.ROOT,
                "%s %d samples, found in %.1f s%n",
                beside != null
                        ? beside + " adversarial examples beside"
                        : notes.get("representatives") + " representatives of",
                limited.size(),
                (System.nanoTime() - start) * 1e-9);
        out.flush();
        return prepared;
    }

    private String told() {
        var s = recipe.clustering();
        String groups = switch (s.assignment()) {
            case KMEANS -> Quantities.count(s.clusters(), "cluster") + " of " + s.features() + " by kmeans";
            case RANDOM -> Quantities.count(s.clusters(), "group") + " at random";
            case ALL -> "all examples";
        };
        return String.format(
                Locale.ROOT,
                "robust training %s: %s; linf, eps %s, which is %s on [-1, 1]; %d steps of %s",
                s.variant(),
                groups,
                Quantities.shown(s.epsilon(), s.domain()),
                Quantities.brief(2 * s.epsilon()),
                s.steps(),
                Quantities.brief(s.step()));
    }

    private String told(TrainConfig config) {
        var i = recipe.intervals();
        if (i != null)
            return String.format(
                    Locale.ROOT,
                    "robust training ibp: linf, eps %s and kappa %s at the end, after %s of the training natural and %s on the"
                            + " way",
                    Quantities.shown(i.epsilon(), i.domain()),
                    Quantities.brief(i.kappa()),
                    Quantities.brief(i.warmup()),
                    Quantities.brief(i.ramp()));
        if (recipe.fixed() != null)
            return "robust training fixed-set: samples beside the examples of "
                    + recipe.fixed().file();
        RobustSettings s = recipe.robust();
        StringBuilder line = new StringBuilder("robust training " + name);
        if (RobustSettings.isAdversarial(name))
            line.append(String.format(
                    Locale.ROOT,
                    ": %s, eps %s, %s of %s",
                    s.norm(),
                    Quantities.shown(s.epsilon(), s.domain()),
                    Quantities.count(s.steps(), "step"),
                    Quantities.brief(s.step())));
        if (name.equals("free"))
            line.append(String.format(Locale.ROOT, ", %d passes of %d replays", config.epochs(), s.replays()));
        if (List.of("trades", "mart").contains(name)) line.append(", beta ").append(s.beta());
        if (s.earlyStop()) line.append(", early stop");
        if (name.equals("label-smoothing")) line.append(": ").append(s.smoothing());
        return line.toString();
    }

    private static final class MethodNames extends ArrayList<String> {
        private static final long serialVersionUID = 1;

        MethodNames() {
            super(Recipe.names());
        }
    }
}

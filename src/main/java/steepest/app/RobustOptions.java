package steepest.app;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import steepest.SteepestException;
import steepest.attack.Norm;
import steepest.data.Dataset;
import steepest.nn.Sequential;
import steepest.robust.RobustSettings;
import steepest.robust.RobustTraining;
import steepest.train.Feed;
import steepest.train.Objective;
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

    @Option(
            names = "--norm",
            paramLabel = "NORM",
            defaultValue = "linf",
            description = "What --eps is measured in: linf or l2 (default: ${DEFAULT-VALUE}).")
    private String norm;

    @Option(
            names = "--step",
            paramLabel = "A",
            description = "How far a step of the attack goes (default: eps for one step, 1.25 eps for fgsm-rs, else 2.5"
                    + " eps / steps).")
    private String step;

    @Option(
            names = "--steps",
            paramLabel = "N",
            description = "Steps of the attack of pgd, trades and mart (default: 10).")
    private Integer steps;

    @Option(names = "--beta", paramLabel = "B", description = "Weight of stability: trades (default: 6), mart (5).")
    private Double beta;

    @Option(names = "--smoothing", paramLabel = "S", description = "Of the labels, for label-smoothing (default: 0.1).")
    private Double smoothing;

    @Option(
            names = "--replays",
            paramLabel = "M",
            description = "How often free sees a batch in a row (default: 5); --epochs are divided by it, rounded up.")
    private Integer replays;

    @Mixin
    private ClustReOptions clustre;

    private RobustSettings settings; // null for clustre

    /** What a trainer is to be given, and how to free it. */
    record Method(Objective objective, Feed feed, Map<String, Object> notes, Runnable closing)
            implements AutoCloseable {
        @Override
        public void close() {
            closing.run();
        }
    }

    /**
     * Reads the options.
     *
     * @return the configuration, with as many epochs as the method makes of them
     * @throws ParameterException if something is wrong, missing or has no meaning for the method
     */
    TrainConfig check(CommandSpec spec, TrainConfig config, Trained start) {
        Names.check(spec, "robust training", name, new MethodNames());
        boolean clusters = isClustRe();
        boolean adversarial = clusters || RobustSettings.isAdversarial(name);
        refuse(spec, "--eps", epsilon != null && !adversarial);
        refuse(spec, "--step", step != null && !adversarial);
        refuse(spec, "--norm", !norm.equals("linf") && (clusters || !adversarial));
        refuse(spec, "--steps", steps != null && !clusters && !RobustSettings.hasSteps(name));
        refuse(spec, "--beta", beta != null && !List.of("trades", "mart").contains(name));
        refuse(spec, "--smoothing", smoothing != null && !name.equals("label-smoothing"));
        refuse(spec, "--replays", replays != null && !name.equals("free"));
        if (clusters) return checkClustRe(spec, config, start);
        ClustReOptions.refuse(spec, name);
        if (adversarial && epsilon == null)
            throw new ParameterException(
                    spec.commandLine(), "robust training " + name + ": expected --eps, such as 0.3");
        try {
            double eps = adversarial ? Quantities.epsilon(spec, "eps", epsilon) : 0;
            settings = RobustSettings.of(name, eps, Dataset.Domain.UNIT).withNorm(Norm.of(norm));
            if (steps != null) settings = settings.withSteps(steps);
            if (step != null) settings = settings.withStep(Quantities.epsilon(spec, "step", step));
            if (beta != null) settings = settings.withBeta(beta);
            if (smoothing != null) settings = settings.withSmoothing(smoothing);
            if (replays != null) settings = settings.withReplays(replays);
            RobustTraining.of(settings);
        } catch (SteepestException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
        if (!name.equals("free")) return config;
        return config.withEpochs((config.epochs() + settings.replays() - 1) / settings.replays());
    }

    private boolean isClustRe() {
        return ClustReOptions.names().contains(name);
    }

    private TrainConfig checkClustRe(CommandSpec spec, TrainConfig config, Trained start) {
        if (start == null)
            throw new ParameterException(
                    spec.commandLine(),
                    "robust training " + name + ": expected --from RUN_DIR, a naturally trained network");
        try {
            Double eps = epsilon == null ? null : Double.valueOf(Quantities.epsilon(spec, "eps", epsilon));
            Double length = step == null ? null : Double.valueOf(Quantities.epsilon(spec, "step", step));
            return clustre.check(spec, name, config, eps, length, steps);
        } catch (SteepestException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private void refuse(CommandSpec spec, String option, boolean given) {
        if (given)
            throw new ParameterException(spec.commandLine(), "robust training " + name + " has no use for " + option);
    }

    /** The method, told in a line. */
    Method method(TrainConfig config, Dataset train, Sequential model, PrintWriter out) {
        Dataset limited = config.limit() == null ? train : train.limit(config.limit());
        if (isClustRe()) return clustre.method(config, limited, model, out);
        Feed feed = Feed.shuffled(limited, config.batch(), config.seed());
        if (name.equals("none")) return new Method(Objective.natural(), feed, Map.of(), () -> {});
        if (name.equals("free")) feed = Feed.replayed(feed, settings.replays());
        tell(out, config);
        return new Method(RobustTraining.of(settings), feed, settings.notes(), () -> {});
    }

    private void tell(PrintWriter out, TrainConfig config) {
        StringBuilder line = new StringBuilder("robust training " + name);
        if (RobustSettings.isAdversarial(name))
            line.append(String.format(
                    Locale.ROOT,
                    ": %s, eps %s, %d step%s of %s",
                    norm,
                    Quantities.shown(settings.epsilon(), settings.domain()),
                    settings.steps(),
                    settings.steps() == 1 ? "" : "s",
                    Quantities.brief(settings.step())));
        if (name.equals("free"))
            line.append(String.format(Locale.ROOT, ", %d passes of %d replays", config.epochs(), settings.replays()));
        if (List.of("trades", "mart").contains(name)) line.append(", beta ").append(settings.beta());
        if (name.equals("label-smoothing")) line.append(": ").append(settings.smoothing());
        out.println(line);
    }

    private static final class MethodNames extends ArrayList<String> {
        private static final long serialVersionUID = 1;

        MethodNames() {
            super(RobustTraining.names());
            addAll(ClustReOptions.names());
        }
    }
}

package steepest.robust;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import steepest.Device;
import steepest.Program;
import steepest.SteepestException;
import steepest.Step;
import steepest.attack.Budget;
import steepest.attack.Norm;
import steepest.data.Dataset;
import steepest.nn.Model;
import steepest.nn.Sequential;
import steepest.robust.ClustReSettings.Assignment;
import steepest.robust.ClustReSettings.Choice;
import steepest.robust.ClustReSettings.Variant;
import steepest.train.Feed;
import steepest.train.Objective;
import steepest.train.TrainConfig;

/**
 * A way to train by its name and its settings as people write them, on a command line or in an experiment's file: the
 * methods of {@link RobustTraining}, {@link IbpTraining}, {@link FixedSet} and the variants of ClustRe. What a method has no
 * use for is refused, and so is what changes nothing beside the other settings.
 */
public final class Recipe {
    private static final List<String> CLUSTERING = List.of(
            "eps",
            "step",
            "steps",
            "clusters",
            "features",
            "assign",
            "choice",
            "keep",
            "per-class",
            "recluster",
            "kmeans-restarts",
            "kmeans-iterations",
            "kmeans-batch");

    // one of the four, the others null
    private final RobustSettings settings;
    private final IbpTraining intervals;
    private final FixedSet fixed;
    private final ClustReSettings clustering;

    private Recipe(RobustSettings settings, IbpTraining intervals, FixedSet fixed, ClustReSettings clustering) {
        this.settings = settings;
        this.intervals = intervals;
        this.fixed = fixed;
        this.clustering = clustering;
    }

    /**
     * What a trainer is to be given.
     *
     * @param notes the settings and what came of them
     * @param effort what was spent so far outside the training steps
     * @param closing frees what the feed holds
     */
    public record Prepared(Objective objective, Feed feed, Map<String, Object> notes, Effort effort, Runnable closing)
            implements AutoCloseable {
        @Override
        public void close() {
            closing.run();
        }
    }

    /**
     * One of the methods.
     *
     * @param takes the names of its settings
     */
    public record Description(String name, String text, List<String> takes) {
        private Description(String name, String text) {
            this(name, text, Recipe.takes(name));
        }
    }

    /** The names of all methods, in the order they are shown. */
    public static List<String> names() {
        List<String> all = new ArrayList<>(RobustTraining.names());
        all.add(IbpTraining.NAME);
        all.add(FixedSet.NAME);
        for (Variant v : Variant.values()) all.add(v.toString());
        return all;
    }

    /** The methods with a line about each. */
    public static List<Description> list() {
        List<Description> all = new ArrayList<>();
        RobustTraining.list().forEach(d -> all.add(new Description(d.name(), d.text())));
        all.add(new Description(IbpTraining.NAME, "the worst case within interval bounds (Gowal et al., 2018)"));
        all.add(new Description(FixedSet.NAME, "samples beside adversarial examples of a file"));
        for (Variant v : Variant.values()) all.add(new Description(v.toString(), v.text()));
        return all;
    }

    /** The names of all settings that some method takes. */
    public static Set<String> keys() {
        Set<String> all = new java.util.LinkedHashSet<>();
        for (String name : names()) all.addAll(takes(name));
        return all;
    }

    /** The names of the settings that a method takes. */
    public static List<String> takes(String name) {
        if (variant(name) != null) return CLUSTERING;
        if (name.equals(IbpTraining.NAME)) return List.of("eps", "kappa", "warmup", "ramp");
        if (name.equals(FixedSet.NAME)) return List.of("examples");
        if (name.equals("label-smoothing")) return List.of("smoothing");
        if (!RobustSettings.isAdversarial(name)) return List.of();
        List<String> keys = new ArrayList<>(List.of("eps", "norm", "step"));
        if (RobustSettings.hasSteps(name)) keys.add("steps");
        if (List.of("trades", "mart").contains(name)) keys.add("beta");
        if (name.equals("free")) keys.add("replays");
        if (name.equals("pgd")) keys.add("early-stop");
        return keys;
    }

    /** Whether a method has no ε of its own. */
    public static boolean needsEpsilon(String name) {
        Variant v = variant(name);
        return v == null ? takes(name).contains("eps") : v != Variant.PUBLISHED;
    }

    /** Whether a method goes on with a network that is trained already. */
    public static boolean needsTrained(String name) {
        return variant(name) != null;
    }

    /**
     * Which of the settings that are given change nothing beside the others: what k-means is told where it has no part, and
     * what SELECT is told of groups that it does not make.
     */
    public static List<String> idle(String name, Map<String, String> given) {
        String assign = given.getOrDefault("assign", "kmeans");
        if (variant(name) == null || assign.equals("kmeans")) return List.of();
        List<String> groups = new ArrayList<>();
        if (variant(name) == Variant.SELECT) groups.addAll(List.of("features", "choice"));
        if (assign.equals("all")) groups.addAll(List.of("clusters", "keep"));
        return given.keySet().stream()
                .filter(key -> key.startsWith("kmeans-") || groups.contains(key))
                .toList();
    }

    private static Variant variant(String name) {
        return Arrays.stream(Variant.values())
                .filter(v -> v.toString().equals(name))
                .findFirst()
                .orElse(null);
    }

    /**
     * Reads settings.
     *
     * @param given texts by the names of {@link #takes}
     * @param seed of whatever the method does at random outside the training steps
     * @throws SteepestException that begins with the setting's name where one is wrong
     */
    public static Recipe of(String name, Map<String, String> given, long seed) {
        if (!names().contains(name))
            throw SteepestException.of("unknown robust training %s; there are %s", name, String.join(", ", names()));
        for (String key : given.keySet())
            if (!takes(name).contains(key))
                throw SteepestException.of(
                        "%s: robust training %s has no use for it%s",
                        key, name, takes(name).isEmpty() ? "" : "; it takes " + String.join(", ", takes(name)));
        if (needsEpsilon(name) && !given.containsKey("eps"))
            throw SteepestException.of("robust training %s: expected eps, such as 0.3", name);
        Reader in = new Reader(given);
        if (name.equals(IbpTraining.NAME)) return new Recipe(null, intervals(in), null, null);
        if (name.equals(FixedSet.NAME)) return new Recipe(null, null, fixed(given), null);
        if (variant(name) == null) return new Recipe(robust(name, in), null, null, null);
        ClustReSettings clustering = clustering(variant(name), in, seed);
        for (String key : idle(name, given))
            throw SteepestException.of(
                    "%s: robust training %s has no use for it with assign %s", key, name, clustering.assignment());
        return new Recipe(null, null, null, clustering);
    }

    private static FixedSet fixed(Map<String, String> given) {
        if (!given.containsKey("examples"))
            throw SteepestException.of(
                    "robust training %s: expected examples, an npz file that attack has saved", FixedSet.NAME);
        return FixedSet.of(Path.of(given.get("examples")));
    }

    private static IbpTraining intervals(Reader in) {
        IbpTraining usual = IbpTraining.of(in.epsilon(0, Norm.LINF), Dataset.Domain.UNIT);
        return new IbpTraining(
                usual.epsilon(),
                in.number("kappa", usual.kappa()),
                in.number("warmup", usual.warmup()),
                in.number("ramp", usual.ramp()),
                usual.domain());
    }

    private static RobustSettings robust(String name, Reader in) {
        Norm norm = in.of("norm", Norm.LINF, Norm::of);
        RobustSettings s = RobustSettings.of(name, in.epsilon(0, norm), Dataset.Domain.UNIT);
        s = s.withNorm(norm);
        if (in.has("steps")) s = s.withSteps(in.count("steps", 0));
        if (in.has("step")) s = s.withStep(in.quantity("step", 0));
        s = s.withBeta(in.number("beta", s.beta()))
                .withSmoothing(in.number("smoothing", s.smoothing()))
                .withReplays(in.count("replays", s.replays()))
                .withEarlyStop(in.one("early-stop", false, List.of(false, true)));
        RobustTraining.of(s); // refuses what it cannot use
        return s;
    }

    private static ClustReSettings clustering(Variant variant, Reader in, long seed) {
        var usual = ClustReSettings.of(variant, in.count("clusters", 1000), seed, Dataset.Domain.UNIT);
        double eps = in.epsilon(usual.epsilon(), Norm.LINF);
        // the original's 7 steps reach half as far as the ball; other budgets get steps in proportion
        double usualStep = eps == 0 ? 1 : usual.step() * eps / usual.epsilon();
        return new ClustReSettings(
                variant,
                usual.clusters(),
                in.one("features", usual.features(), List.of(Features.values())),
                in.one("assign", usual.assignment(), List.of(Assignment.values())),
                in.one("choice", usual.choice(), List.of(Choice.values())),
                in.count("keep", usual.each()),
                in.one("per-class", false, List.of(false, true)),
                in.count("recluster", 0),
                eps,
                in.quantity("step", usualStep),
                in.count("steps", usual.steps()),
                in.count("kmeans-restarts", usual.restarts()),
                in.count("kmeans-iterations", usual.iterations()),
                in.count("kmeans-batch", 0),
                seed,
                usual.domain());
    }

    /** Texts read as what they stand for. */
    private record Reader(Map<String, String> given) {
        boolean has(String key) {
            return given.containsKey(key);
        }

        <T> T of(String key, T otherwise, Function<String, T> parse) {
            return has(key) ? parse.apply(given.get(key)) : otherwise;
        }

        double epsilon(double otherwise, Norm norm) {
            return Budget.within("eps", quantity("eps", otherwise), norm, Dataset.Domain.UNIT);
        }

        double quantity(String key, double otherwise) {
            return of(key, otherwise, text -> Budget.quantity(key, text));
        }

        double number(String key, double otherwise) {
            try {
                return of(key, otherwise, Double::parseDouble);
            } catch (NumberFormatException e) {
                throw SteepestException.of("%s: expected a number, got '%s'", key, given.get(key));
            }
        }

        int count(String key, int otherwise) {
            try {
                return of(key, otherwise, Integer::parseInt);
            } catch (NumberFormatException e) {
                throw SteepestException.of("%s: expected a whole number, got '%s'", key, given.get(key));
            }
        }

        <T> T one(String key, T otherwise, List<T> all) {
            String known = String.join(", ", all.stream().map(Object::toString).toList());
            return of(
                    key,
                    otherwise,
                    text -> all.stream()
                            .filter(v -> v.toString().equals(text))
                            .findFirst()
                            .orElseThrow(
                                    () -> SteepestException.of("%s: expected one of %s, got '%s'", key, known, text)));
        }
    }

    public String name() {
        if (intervals != null) return IbpTraining.NAME;
        if (fixed != null) return FixedSet.NAME;
        return clustering == null ? settings.method() : clustering.variant().toString();
    }

    /** Null for all but training on interval bounds. */
    public IbpTraining intervals() {
        return intervals;
    }

    /** Null for all but retraining on a fixed set. */
    public FixedSet fixed() {
        return fixed;
    }

    /** Null for ClustRe, training on interval bounds and retraining on a fixed set. */
    public RobustSettings robust() {
        return settings;
    }

    /** Null for all but ClustRe. */
    public ClustReSettings clustering() {
        return clustering;
    }

    /** All settings, for {@code config.json}; empty for natural training. */
    public Map<String, Object> notes() {
        if (clustering != null) return clustering.notes();
        if (intervals != null) return intervals.notes();
        if (fixed != null) return fixed.notes();
        return name().equals("none") ? Map.of() : settings.notes();
    }

    /**
     * The configuration as the method has it: free training makes as many passes as its replays leave, and the original
     * ClustRe has its own figures for what nobody gave.
     *
     * @param given the names of what was given: {@code epochs}, {@code batch}, {@code lr}, {@code schedule}
     */
    public TrainConfig adapt(TrainConfig config, Set<String> given) {
        if (name().equals("free"))
            return config.withEpochs((config.epochs() + settings.replays() - 1) / settings.replays());
        if (clustering == null || clustering.variant() != Variant.PUBLISHED) return config;
        if (!given.contains("epochs")) config = config.withEpochs(10);
        if (!given.contains("batch")) config = config.withBatch(128);
        if (!given.contains("lr")) config = config.withLr(1e-3);
        if (!given.contains("schedule")) config = config.withSchedule("constant");
        return config;
    }

    /**
     * Gradients that a sample costs in a training step, the ones by the weights among them. Bounds count as two: a centre and
     * a radius go through the network.
     */
    public int gradientsPerSample() {
        if (clustering != null || fixed != null) return 1;
        if (intervals != null) return 3;
        // without ε TRADES is natural training, whereas MART's two passes differ by their dropout
        boolean two = name().equals("mart") || name().equals("trades") && settings.epsilon() > 0;
        return settings.innerGradients() + (two ? 2 : 1);
    }

    /** Evaluations, no gradient taken of them, that a sample costs in a training step. */
    public int forwardsPerSample() {
        return name().equals("trades") && settings.epsilon() > 0 ? 1 : 0;
    }

    /**
     * The attack that is part of each training step, by itself: from x {@code [B, …]} and y {@code [B]} to the examples. So its
     * share in a step can be timed. Null where a step has none, or its gradient is the training's own, as in free training.
     */
    public Program attack(Model model, Device device) {
        RobustTraining.Examples examples = settings == null ? null : RobustTraining.examples(settings);
        if (examples == null || settings.epsilon() == 0) return null;
        return Program.of(2, (in, pass) -> Step.of(examples.of(model, in.get(0), in.get(1), pass.rng())))
                .on(device);
    }

    /**
     * Makes what the trainer is to be given; ClustRe clusters here.
     *
     * @param train the samples, limited as the configuration says
     * @param model as training begins
     */
    public Prepared prepare(TrainConfig config, Dataset train, Sequential model, Device device) {
        Feed shuffled = Feed.shuffled(train, config.batch(), config.seed());
        Map<String, Object> notes = new LinkedHashMap<>(notes());
        if (intervals != null) {
            Objective objective = intervals.objective(model, config.epochs() * shuffled.steps());
            return new Prepared(objective, shuffled, notes, new Effort(), () -> {});
        }
        if (fixed != null) {
            Dataset examples = fixed.examples(train);
            notes.put("added", examples.size());
            Feed feed = Feed.shuffled(train.plus(examples), config.batch(), config.seed());
            return new Prepared(Objective.natural(), feed, notes, new Effort(), () -> {});
        }
        if (clustering == null) {
            Feed feed = name().equals("free") ? Feed.replayed(shuffled, settings.replays()) : shuffled;
            return new Prepared(RobustTraining.of(settings), feed, notes, new Effort(), () -> {});
        }
        if (clustering.variant() == Variant.SELECT) {
            Effort effort = new Effort();
            Dataset all = Select.selected(clustering, model, train, device, effort);
            notes.put("selected", all.size() - train.size());
            Feed feed = Feed.shuffled(all, config.batch(), config.seed());
            return new Prepared(Objective.natural(), feed, notes, effort, () -> {});
        }
        Share share = new Share(clustering, model, train, config.batch(), config.seed(), device);
        notes.put("representatives", share.representatives());
        return new Prepared(share.objective(), share, notes, share.effort(), share::close);
    }
}

package steepest.app;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import steepest.Device;
import steepest.SteepestException;
import steepest.attack.Attack;
import steepest.attack.Attacks;
import steepest.attack.Budget;
import steepest.attack.Judge;
import steepest.attack.Norm;
import steepest.attack.Options;
import steepest.attack.Target;
import steepest.attack.Verdict;
import steepest.attack.WorstCase;
import steepest.data.Dataset;
import steepest.data.Split;
import steepest.io.Npz;
import steepest.train.Trained;

/** {@code attack}: adversarial examples for a trained network, and what it is worth under them. */
@Command(
        name = "attack",
        description = "Attack a trained network with adversarial examples and measure its robust accuracy.",
        footer = {
            "",
            "ε is in the units of the network's inputs, [0, 1]; 8/255 may be written so. Beside the network go"
                    + " adversarial.png and, for several ε, robustness.png. --save keeps x, x_adv, y, pred and index of the"
                    + " largest ε (several attacks: each sample's worst case).",
            "",
            "Examples:",
            "  ./steepest attack runs/mnist-lenet mnist --attack pgd --eps 0.3 --steps 40 --restarts 3",
            "  ./steepest attack runs/mnist-lenet mnist --attack fgsm,pgd --eps 0.1,0.2,0.3 --limit 500",
            "  ./steepest attack runs/mnist-lenet mnist --eps 0.3 --split train --save adv.npz"
        })
final class AttackCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Mixin
    private TestOptions tested;

    @Option(
            names = "--attack",
            paramLabel = "NAME",
            split = ",",
            defaultValue = "pgd",
            completionCandidates = AttackNames.class,
            description = "One or several of ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private List<String> attacks;

    @Option(
            names = "--split",
            paramLabel = "SPLIT",
            defaultValue = "test",
            description = "Whose samples: test (default) or train, for examples that are to be trained on; those of the"
                    + " test samples must not be.")
    private String split;

    @Option(
            names = "--eps",
            paramLabel = "E",
            split = ",",
            required = true,
            description =
                    "How far an example may lie from its sample: one or several; inf where the nearest is sought.")
    private List<String> epsilons;

    @Mixin
    private StepOptions how;

    @Option(names = "--restarts", paramLabel = "N", description = "How many times from the beginning.")
    private Integer restarts;

    @Option(
            names = "--set",
            paramLabel = "NAME=NUMBER",
            description = "Another setting of an attack, such as momentum=1.")
    private Map<String, Double> given = new LinkedHashMap<>();

    /** The numbers that hold for each attack at each ε. */
    private final Map<String, Map<String, Double>> settings = new LinkedHashMap<>();

    @Option(
            names = "--targeted",
            arity = "0..1",
            paramLabel = "GOAL",
            fallbackValue = "random",
            defaultValue = "none",
            description = "The class to be taken for: random (if nothing is said), next or least-likely.")
    private String target;

    @Option(names = "--surrogate", paramLabel = "MODEL", description = "The network that transfer makes examples for.")
    private Path surrogate;

    @Option(
            names = "--batch",
            paramLabel = "B",
            defaultValue = "256",
            description = "Samples attacked side by side (default: ${DEFAULT-VALUE}).")
    private int batch;

    @Option(
            names = "--seed",
            paramLabel = "S",
            defaultValue = "0",
            description = "Of all random choices (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--save", paramLabel = "FILE", description = "Keep the examples in an npz file.")
    private Path save;

    @Option(
            names = "--pictures",
            paramLabel = "DIR",
            description = "Where the pictures go (default: the network's directory).")
    private Path pictures;

    @Override
    public void run() {
        check();
        double[] eps = epsilons(spec, epsilons);
        // all attacks are made before any runs: what is wrong with the last is said at once
        List<List<Attack>> plan = new ArrayList<>();
        Trained other = surrogate == null ? null : Trained.load(surrogate);
        try {
            for (double e : eps) plan.add(attacks(e, other));
        } catch (SteepestException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
        var subject = tested.open(spec, Split.valueOf(split.toUpperCase(Locale.ROOT)));
        Trained trained = subject.trained();
        checkWidth(spec, eps, Norm.of(how.norm), trained.domain());
        Dataset test = subject.test();
        Device on = subject.device();
        PrintWriter err = spec.commandLine().getErr();
        if (other != null) other.check(test);
        AttackReport report = new AttackReport(
                spec.commandLine().getOut(), trained.domain(), Target.of(target), attacks.size() > 1, this::settings);
        report.head(trained, tested.directory, tested.dataset, split, test.size(), on.info(), seed);
        WorstCase last = null;
        try (Judge judge = new Judge(trained.model(), trained.domain(), on, batch)) {
            for (List<Attack> some : plan) {
                List<Verdict> verdicts = new ArrayList<>();
                for (Attack attack : some) {
                    Verdict verdict;
                    try (Watch watch = new Watch(err)) {
                        verdict = judge.listener(watch).judge(attack, test, seed);
                    }
                    report.line(verdict);
                    verdicts.add(verdict);
                }
                last = new WorstCase(verdicts);
                report.worst(last);
            }
        }
        Path beside = pictures != null ? pictures : tested.home();
        report.pictures(beside, trained.name() + " on " + tested.dataset, last, test.classNames());
        if (save != null) Npz.write(save, AttackReport.examples(last));
        Map<String, Object> fields = tested.fields("attack", subject);
        fields.put("split", split);
        fields.put("seed", seed);
        fields.put("batch", batch);
        fields.put("target", target);
        report.fields(fields, last);
        if (save != null) fields.put("saved", save.toString());
        Common.result(spec, fields);
    }

    private void check() {
        tested.check(spec);
        for (String name : attacks) Names.check(spec, "attack", name, Attacks.names());
        if (new LinkedHashSet<>(attacks).size() < attacks.size())
            throw wrong("attack: expected each attack once, got " + String.join(",", attacks));
        Names.check(
                spec,
                "norm",
                how.norm,
                Arrays.stream(Norm.values()).map(Norm::toString).toList());
        Names.check(
                spec,
                "goal of --targeted",
                target,
                Arrays.stream(Target.values()).map(Target::toString).toList());
        Names.check(spec, "split", split, List.of("test", "train"));
        if (batch < 1) throw wrong("batch: expected at least 1, got " + batch);
        if (surrogate != null && !attacks.contains("transfer"))
            throw wrong("surrogate: expected the attack transfer beside it, got " + String.join(",", attacks));
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    /** None wider than the domain. */
    static void checkWidth(CommandSpec spec, double[] eps, Norm norm, Dataset.Domain domain) {
        try {
            for (double e : eps) Budget.within("eps", e, norm, domain);
        } catch (SteepestException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    /** Rising, each once. */
    static double[] epsilons(CommandSpec spec, List<String> epsilons) {
        double[] eps = epsilons.stream()
                .mapToDouble(text -> Quantities.epsilon(spec, "eps", text))
                .sorted()
                .distinct()
                .toArray();
        if (eps.length < epsilons.size())
            throw new ParameterException(
                    spec.commandLine(), "eps: expected different numbers, got " + String.join(",", epsilons));
        return eps;
    }

    private List<Attack> attacks(double epsilon, Trained other) {
        Map<String, Double> numbers = new LinkedHashMap<>(given);
        if (how.step != null) numbers.put("step", Quantities.epsilon(spec, "step", how.step));
        if (how.steps != null) numbers.put("steps", how.steps.doubleValue());
        if (restarts != null) numbers.put("restarts", restarts.doubleValue());
        Options plain = Options.of(Norm.of(how.norm), epsilon).target(Target.of(target));
        Set<String> unused = new LinkedHashSet<>(numbers.keySet());
        Set<String> known = new LinkedHashSet<>();
        List<Attack> made = new ArrayList<>();
        for (String name : attacks) {
            Options options = name.equals("transfer") && other != null ? plain.surrogate(other.model()) : plain;
            // of several attacks each takes what it knows; FGSM beside PGD has no steps
            Set<String> takes = Attacks.settings(name, options);
            known.addAll(takes);
            for (Map.Entry<String, Double> n : numbers.entrySet()) {
                if (!takes.contains(n.getKey()) || n.getKey().equals("step") && isShort(takes)) continue;
                options = options.with(n.getKey(), n.getValue());
                unused.remove(n.getKey());
            }
            made.add(Attacks.of(name, options));
            settings.put(name + " " + epsilon, Attacks.numbers(name, options));
        }
        if (!unused.isEmpty())
            throw SteepestException.of(
                    "attack %s takes no %s%s",
                    String.join(",", attacks),
                    String.join(" and no ", unused),
                    known.isEmpty() ? "" : "; it takes " + String.join(", ", new java.util.TreeSet<>(known)));
        return made;
    }

    private Map<String, Double> settings(Verdict v) {
        return settings.get(v.attack() + " " + v.epsilon());
    }

    /** Whether an attack of one step stands beside others, whose smaller steps are not meant for it. */
    private boolean isShort(Set<String> takes) {
        return attacks.size() > 1 && !takes.contains("steps");
    }

    /** A bar for an attack, or whatever goes from sample to sample, that takes its time. */
    static final class Watch implements Judge.Listener, AutoCloseable {
        private final PrintWriter err;
        private Bar bar;

        Watch(PrintWriter err) {
            this.err = err;
        }

        @Override
        public void attacked(String attack, int done, int total) {
            if (bar == null) bar = new Bar(err, attack, total, " samples", 1);
            bar.to(done);
        }

        @Override
        public void close() {
            if (bar != null) bar.close();
        }
    }

    static final class AttackNames extends ArrayList<String> {
        private static final long serialVersionUID = 1;

        AttackNames() {
            super(Attacks.names());
        }
    }
}

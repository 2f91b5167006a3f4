package steepest.app;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
import steepest.attack.Judge;
import steepest.attack.Norm;
import steepest.attack.Options;
import steepest.attack.Verdict;
import steepest.certify.Certificate;
import steepest.certify.Certifier;
import steepest.certify.Method;
import steepest.data.Dataset;
import steepest.train.Trained;
import steepest.viz.RobustnessPlot;

/** {@code certify}: what no attack can do to a trained network, and beside it what one does. */
@Command(
        name = "certify",
        description = "Prove for which samples no perturbation of at most eps changes a trained network's prediction.",
        footer = {
            "",
            "Perturbations are measured in linf, in the units of the network's inputs, [0, 1]; 8/255 may be written so. What"
                    + " the network is truly worth lies between the certified accuracy and what the attack leaves, measured on"
                    + " the same samples; an example for a certified sample is a defect and ends the command. Over several"
                    + " eps both are drawn in certified.png beside the network.",
            "",
            "Examples:",
            "  ./steepest train mnist --model fast-cnn --robust ibp --eps 0.1 --epochs 20",
            "  ./steepest certify runs/mnist-fast-cnn mnist --method ibp --eps 0.05,0.1",
            "  ./steepest certify runs/mnist-lenet mnist --eps 2/255 --limit 100"
        })
final class CertifyCommand implements Runnable {
    private static final String ROW = "%-18s %8s %10s  %-17s %10s  %-17s %9s %9s%n";

    @Spec
    private CommandSpec spec;

    @Mixin
    private TestOptions tested;

    @Option(
            names = "--method",
            paramLabel = "NAME",
            defaultValue = "crown",
            completionCandidates = MethodNames.class,
            description =
                    "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}). ibp is fast and does well on networks that"
                            + " were trained with it; crown is the closest, and takes about as many gradients for a sample as"
                            + " the network has rectifiers; crown-ibp lies between.")
    private String method;

    @Option(
            names = "--eps",
            paramLabel = "E",
            split = ",",
            required = true,
            description = "How far an input may lie from its sample: one or several.")
    private List<String> epsilons;

    @Option(
            names = "--attack",
            paramLabel = "NAME",
            defaultValue = "pgd",
            completionCandidates = AttackCommand.AttackNames.class,
            description = "What to compare with: one of ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private String attack;

    @Option(names = "--steps", paramLabel = "N", description = "How many steps the attack makes (default: its own).")
    private Integer steps;

    @Option(names = "--restarts", paramLabel = "N", description = "How many times the attack begins anew (default: 1).")
    private Integer restarts;

    @Option(
            names = "--batch",
            paramLabel = "B",
            description = "Samples certified side by side (default: 16 for crown, else 256).")
    private Integer batch;

    @Option(
            names = "--seed",
            paramLabel = "S",
            defaultValue = "0",
            description = "Of the attack's random choices (default: ${DEFAULT-VALUE}).")
    private long seed;

    private final List<Map<String, Object>> results = new ArrayList<>();

    @Override
    public void run() {
        check();
        double[] eps = AttackCommand.epsilons(spec, epsilons);
        List<Attack> attacks = attacks(eps);
        Method by = Method.of(method);
        var subject = tested.open(spec);
        Trained trained = subject.trained();
        AttackCommand.checkWidth(spec, eps, Norm.LINF, trained.domain());
        Dataset test = subject.test();
        Device on = subject.device();
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        double[] certified = new double[eps.length];
        double[] robust = new double[eps.length];
        try (Certifier certifier =
                        new Certifier(trained.model(), trained.domain(), on, by, batch == null ? by.batch() : batch);
                Judge judge = new Judge(trained.model(), trained.domain(), on)) {
            head(subject);
            for (int i = 0; i < eps.length; i++) {
                Certificate c;
                try (var watch = new AttackCommand.Watch(err)) {
                    c = certifier
                            .listener((done, total) -> watch.attacked(method, done, total))
                            .certify(test, eps[i]);
                }
                Verdict v;
                try (var watch = new AttackCommand.Watch(err)) {
                    v = judge.listener(watch).judge(attacks.get(i), test, seed);
                }
                c.check(v);
                line(c, v, trained.domain());
                certified[i] = c.certifiedAccuracy();
                robust[i] = v.robustAccuracy();
            }
        }
        if (eps.length > 1) {
            Path png = tested.home().resolve("certified.png");
            RobustnessPlot.write(
                    png,
                    trained.name() + " on " + tested.dataset,
                    "eps, linf",
                    eps,
                    List.of(
                            new RobustnessPlot.Line("robust, " + attack, robust),
                            new RobustnessPlot.Line("certified, " + method, certified)));
            out.printf("%ncurves over eps in %s%n", png);
        }
        Map<String, Object> fields = tested.fields("certify", subject);
        fields.put("seed", seed);
        fields.putAll(results.get(results.size() - 1)); // of the largest eps
        fields.put("results", results);
        Common.result(spec, fields);
    }

    private void check() {
        tested.check(spec);
        Names.check(spec, "method", method, Method.names());
        Names.check(spec, "attack", attack, Attacks.names());
        if (batch != null && batch < 1) throw wrong("batch: expected at least 1, got " + batch);
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private List<Attack> attacks(double[] eps) {
        List<Attack> all = new ArrayList<>();
        for (double e : eps) {
            if (Double.isInfinite(e)) throw wrong("eps: expected finite numbers, got inf");
            Options options = Options.of(Norm.LINF, e);
            if (steps != null) options = options.with("steps", steps);
            if (restarts != null) options = options.with("restarts", restarts);
            try {
                all.add(Attacks.of(attack, options));
            } catch (SteepestException wrong) {
                throw new ParameterException(spec.commandLine(), wrong.getMessage(), wrong);
            }
        }
        return all;
    }

    private void head(TestOptions.Subject subject) {
        PrintWriter out = spec.commandLine().getOut();
        out.printf(
                Locale.ROOT,
                "%s of %s on %,d test samples of %s, linf; certified by %s, robust under %s, on %s%n%n",
                subject.trained().name(),
                tested.directory,
                subject.test().size(),
                tested.dataset,
                method,
                attack,
                subject.device().info().id());
        out.printf(ROW, "eps", "clean", "certified", "95 % interval", "robust", "95 % interval", method, attack);
        out.flush();
    }

    private void line(Certificate c, Verdict v, Dataset.Domain domain) {
        PrintWriter out = spec.commandLine().getOut();
        out.printf(
                ROW,
                Quantities.shown(c.epsilon(), domain),
                AttackReport.percent(c.cleanAccuracy()),
                AttackReport.percent(c.certifiedAccuracy()),
                AttackReport.percent(c.interval()),
                AttackReport.percent(v.robustAccuracy()),
                AttackReport.percent(v.interval()),
                String.format(Locale.ROOT, "%.1f s", c.seconds()),
                String.format(Locale.ROOT, "%.1f s", v.seconds()));
        out.flush();
        Map<String, Object> f = new LinkedHashMap<>();
        f.put("method", method);
        f.put("norm", Norm.LINF.toString());
        f.put("eps", c.epsilon());
        f.put("eps_255", Quantities.bytes(c.epsilon(), domain));
        f.put("samples", c.samples());
        f.put("clean_accuracy", c.cleanAccuracy());
        f.put("certified_accuracy", c.certifiedAccuracy());
        f.put("certified_interval", AttackReport.interval(c.interval()));
        f.put("attack", attack);
        f.put("robust_accuracy", v.robustAccuracy());
        f.put("interval", AttackReport.interval(v.interval()));
        f.put("seconds", c.seconds());
        f.put("attack_seconds", v.seconds());
        results.add(f);
    }

    private static final class MethodNames extends ArrayList<String> {
        private static final long serialVersionUID = 1;

        MethodNames() {
            super(Method.names());
        }
    }
}

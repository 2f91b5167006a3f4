package steepest.app;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import steepest.DeviceInfo;
import steepest.HostArray;
import steepest.Shape;
import steepest.attack.Interval;
import steepest.attack.Norm;
import steepest.attack.Target;
import steepest.attack.Verdict;
import steepest.attack.WorstCase;
import steepest.data.Dataset;
import steepest.train.Trained;
import steepest.viz.AdversarialPlot;
import steepest.viz.RobustnessPlot;

/** Tells what attacks left of a model: a table, pictures and fields for JSON. */
final class AttackReport {
    private static final int COLUMNS = 10;
    private static final String ROW = "%-14s %-5s %-18s %8s %8s  %-17s %8s %11s %12s %12s %8s%n";

    private final PrintWriter out;
    private final Dataset.Domain domain;
    private final Target target;
    private final boolean several;
    private final Function<Verdict, Map<String, Double>> settings;
    private final List<Map<String, Object>> results = new ArrayList<>();
    private final List<Map<String, Object>> worst = new ArrayList<>();
    private final Map<String, List<Double>> curves = new LinkedHashMap<>();
    private final List<Double> epsilons = new ArrayList<>();

    /**
     * @param several whether there is more than one attack for each ε
     * @param settings the numbers that hold for an attack
     */
    AttackReport(
            PrintWriter out,
            Dataset.Domain domain,
            Target target,
            boolean several,
            Function<Verdict, Map<String, Double>> settings) {
        this.out = out;
        this.domain = domain;
        this.target = target;
        this.several = several;
        this.settings = settings;
    }

    /** A targeted attack that fails may have found another class: its accuracy is another thing. */
    private String name(Verdict v) {
        return target.isTargeted() ? v.attack() + " to " + target : v.attack();
    }

    void head(
            Trained trained, Path directory, String dataset, String split, int samples, DeviceInfo device, long seed) {
        out.printf(
                Locale.ROOT,
                "%s of %s on %,d %s samples of %s in [%s, %s], seed %d, on %s%n%n",
                trained.name(),
                directory,
                samples,
                split.equals("train") ? "training" : split,
                dataset,
                Quantities.brief(domain.low()),
                Quantities.brief(domain.high()),
                seed,
                device.id());
        out.printf(
                ROW,
                "attack",
                "norm",
                "eps",
                "clean",
                "robust",
                "95 % interval",
                "as 8-bit",
                "median norm",
                "gradients",
                "forwards",
                "time");
        out.flush();
    }

    void line(Verdict v) {
        String median = v.medianNorm().isPresent()
                ? String.format(Locale.ROOT, "%.4g", v.medianNorm().getAsDouble())
                : "-";
        row(
                name(v),
                v.norm(),
                v.epsilon(),
                v.cleanAccuracy(),
                v.robustAccuracy(),
                v.interval(),
                percent(v.roundedRobustAccuracy()),
                median,
                String.format(Locale.ROOT, "%,d", v.totalGradients()),
                String.format(Locale.ROOT, "%,d", v.totalForwards()),
                v.seconds());
        results.add(figures(v));
        curves.computeIfAbsent(name(v), name -> new ArrayList<>()).add(v.robustAccuracy());
    }

    /** After the attacks of one ε. */
    void worst(WorstCase w) {
        Verdict any = w.verdicts().get(0);
        epsilons.add(any.epsilon());
        Map<String, Object> fields = new LinkedHashMap<>();
        putEpsilon(fields, any.norm(), any.epsilon());
        fields.put("robust_accuracy", w.robustAccuracy());
        fields.put("interval", interval(w.interval()));
        worst.add(fields);
        if (!several) return;
        row(
                "worst case",
                any.norm(),
                any.epsilon(),
                any.cleanAccuracy(),
                w.robustAccuracy(),
                w.interval(),
                "",
                "",
                "",
                "",
                seconds(w));
        curves.computeIfAbsent("worst case", name -> new ArrayList<>()).add(w.robustAccuracy());
    }

    private void row(
            String attack,
            Norm norm,
            double epsilon,
            double clean,
            double robust,
            Interval interval,
            String rounded,
            String median,
            String gradients,
            String forwards,
            double seconds) {
        out.printf(
                ROW,
                attack,
                norm,
                shown(norm, epsilon),
                percent(clean),
                percent(robust),
                percent(interval),
                rounded,
                median,
                gradients,
                forwards,
                String.format(Locale.ROOT, "%.1f s", seconds));
        out.flush();
    }

    static String percent(double fraction) {
        return String.format(Locale.ROOT, "%.2f %%", 100 * fraction);
    }

    static String percent(Interval i) {
        return String.format(Locale.ROOT, "%.2f to %.2f %%", 100 * i.low(), 100 * i.high());
    }

    static double[] interval(Interval i) {
        return new double[] {i.low(), i.high()};
    }

    private static double seconds(WorstCase w) {
        return w.verdicts().stream().mapToDouble(Verdict::seconds).sum();
    }

    /** Without a bound both are null: JSON knows no infinity. A number of pixels, or a sum over them, has no 8-bit steps. */
    private void putEpsilon(Map<String, Object> fields, Norm norm, double epsilon) {
        boolean bounded = Double.isFinite(epsilon);
        fields.put("eps", bounded ? epsilon : null);
        fields.put("eps_255", bounded && isPerPixel(norm) ? Quantities.bytes(epsilon, domain) : null);
    }

    private static boolean isPerPixel(Norm norm) {
        return norm == Norm.LINF || norm == Norm.L2;
    }

    private String shown(Norm norm, double epsilon) {
        if (isPerPixel(norm)) return Quantities.shown(epsilon, domain);
        return Double.isInfinite(epsilon) ? "inf" : Quantities.brief(epsilon) + (norm == Norm.L0 ? " px" : "");
    }

    private Map<String, Object> figures(Verdict v) {
        Map<String, Object> f = new LinkedHashMap<>();
        f.put("attack", v.attack());
        f.put("norm", v.norm().toString());
        putEpsilon(f, v.norm(), v.epsilon());
        f.put("settings", settings.apply(v));
        f.put("samples", v.samples());
        f.put("clean_accuracy", v.cleanAccuracy());
        f.put("robust_accuracy", v.robustAccuracy());
        f.put("interval", interval(v.interval()));
        f.put("robust_accuracy_8bit", v.roundedRobustAccuracy());
        f.put("success_rate", v.successRate());
        f.put("median_norm", v.medianNorm().isPresent() ? v.medianNorm().getAsDouble() : null);
        f.put("gradients", v.totalGradients());
        f.put("forwards", v.totalForwards());
        f.put("seconds", v.seconds());
        return f;
    }

    /**
     * The figures of the largest ε: those of the attack, or of several the worst case, whose counts and time are the sums;
     * then all of them.
     */
    void fields(Map<String, Object> fields, WorstCase last) {
        List<Verdict> verdicts = last.verdicts();
        fields.putAll(figures(verdicts.get(0)));
        if (several) {
            fields.put("attack", verdicts.stream().map(Verdict::attack).collect(Collectors.joining(",")));
            fields.put("robust_accuracy", last.robustAccuracy());
            fields.put("interval", interval(last.interval()));
            for (String ofOne : List.of("settings", "robust_accuracy_8bit", "success_rate", "median_norm"))
                fields.remove(ofOne);
            fields.put(
                    "gradients",
                    verdicts.stream().mapToLong(Verdict::totalGradients).sum());
            fields.put(
                    "forwards",
                    verdicts.stream().mapToLong(Verdict::totalForwards).sum());
            fields.put("seconds", seconds(last));
        }
        fields.put("worst_case", worst);
        fields.put("results", results);
    }

    /** Examples of the largest ε, those first for which the attack succeeded; over several ε the curve. */
    void pictures(Path directory, String title, WorstCase last, List<String> classes) {
        Map<String, HostArray> all = examples(last);
        Norm norm = last.verdicts().get(0).norm();
        double epsilon = last.verdicts().get(0).epsilon();
        int[] clean = last.verdicts().get(0).clean();
        int[] y = all.get("y").ints();
        int[] predicted = all.get("pred").ints();
        int[] chosen = IntStream.range(0, y.length)
                .filter(i -> clean[i] == y[i])
                .boxed()
                .sorted(java.util.Comparator.comparing(i -> predicted[i] == y[i])) // stable: else in order
                .limit(COLUMNS)
                .mapToInt(i -> i)
                .toArray();
        if (chosen.length > 0) {
            List<AdversarialPlot.Example> examples = new ArrayList<>();
            for (int i : chosen) {
                HostArray x = sample(all.get("x"), i);
                HostArray adversarial = sample(all.get("x_adv"), i);
                double distance = norm.of(x.floats(), adversarial.floats(), 0, x.size());
                examples.add(new AdversarialPlot.Example(
                        x,
                        adversarial,
                        classes.get(y[i]),
                        classes.get(clean[i]),
                        classes.get(predicted[i]),
                        norm + " " + Quantities.brief(distance)));
            }
            String how = last.verdicts().stream().map(this::name).collect(Collectors.joining(", "));
            Path png = directory.resolve("adversarial.png");
            AdversarialPlot.write(
                    png,
                    title + ": " + how + ", " + norm + ", eps " + shown(norm, epsilon),
                    examples,
                    domain.low(),
                    domain.high());
            out.printf("%nexamples in %s%n", png);
        }
        if (epsilons.size() > 1 && Double.isFinite(epsilon)) {
            Path png = directory.resolve("robustness.png");
            RobustnessPlot.write(
                    png,
                    title,
                    "eps, " + norm,
                    epsilons.stream().mapToDouble(e -> e).toArray(),
                    curves.entrySet().stream()
                            .map(e -> new RobustnessPlot.Line(
                                    e.getKey(),
                                    e.getValue().stream().mapToDouble(a -> a).toArray()))
                            .toList());
            out.printf("robustness over eps in %s%n", png);
        }
        out.flush();
    }

    private static HostArray sample(HostArray all, int i) {
        Shape shape = all.shape().slice(1, 4);
        int n = (int) shape.size();
        return HostArray.of(java.util.Arrays.copyOfRange(all.floats(), i * n, (i + 1) * n), shape);
    }

    /** As {@link Verdict#arrays}, each sample from the first attack that it does not withstand, or else from the first. */
    static Map<String, HostArray> examples(WorstCase w) {
        List<Verdict> verdicts = w.verdicts();
        Verdict first = verdicts.get(0);
        HostArray adversarial = first.adversarial().copy();
        int[] predicted = first.predicted().clone();
        int n = adversarial.size() / first.samples();
        for (int i = 0; i < predicted.length; i++) {
            int at = i;
            Verdict v =
                    verdicts.stream().filter(o -> !o.isRobust(at)).findFirst().orElse(first);
            System.arraycopy(v.adversarial().floats(), i * n, adversarial.floats(), i * n, n);
            predicted[i] = v.predicted()[i];
        }
        Map<String, HostArray> arrays = new LinkedHashMap<>(first.arrays());
        arrays.put("x_adv", adversarial);
        arrays.put("pred", HostArray.of(predicted, Shape.of(predicted.length)));
        return arrays;
    }
}

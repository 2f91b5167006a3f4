package steepest.attack;

import static steepest.attack.Norm.L0;
import static steepest.attack.Norm.L1;
import static steepest.attack.Norm.L2;
import static steepest.attack.Norm.LINF;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import steepest.SteepestException;

/** The attacks by name. */
public final class Attacks {
    /**
     * One of the attacks.
     *
     * @param norms that it is made for
     * @param numbers it takes, with what holds if nothing is said; {@code step} is in units of ε
     */
    public record Description(String name, String text, List<Norm> norms, Map<String, Double> numbers) {}

    private record Entry(String text, Function<Options.Reader, Attack> maker) {}

    private static final Map<String, Entry> ALL = new LinkedHashMap<>();

    static {
        add("fgsm", "one step along the gradient (Goodfellow et al., 2015)", o -> pgd(o, 1, 1, false, 0, 0));
        add("fgsm-rs", "one step from a random point (Wong et al., 2020)", o -> pgd(o, 1, 1.25, true, 0, 0));
        add("bim", "steps from the sample (Kurakin et al., 2017)", o -> pgd(o, 10, 2.5, false, 0, 1));
        add("pgd", "steps from random points (Madry et al., 2018)", o -> pgd(o, 40, 2.5, true, 0, 2));
        add("pgd-corner", "the corner where PGD's last gradient points (ClustRe's original)", Attacks::corner);
        add("mim", "steps along averaged gradients (Dong et al., 2018)", o -> pgd(o, 10, 1, false, 1, 1));
        add("apgd-ce", "Auto-PGD on the cross-entropy (Croce and Hein, 2020)", o -> apgd(o, AttackLoss.CROSS_ENTROPY));
        add("apgd-dlr", "Auto-PGD on the logits' ratio (Croce and Hein, 2020)", o -> apgd(o, AttackLoss.DLR));
        add("apgd-t", "Auto-PGD towards the likeliest classes (Croce and Hein, 2020)", Attacks::apgdT);
        add(
                "square",
                "random squares, no gradients (Andriushchenko et al., 2020)",
                o -> new Square(
                        o.budget(LINF, L2), o.count("steps", 5000), o.count("restarts", 1), o.number("fraction", 0.8)));
        add(
                "fab-t",
                "nearest points of boundaries (Croce and Hein, 2020)",
                o -> new Fab(o.filter(false, LINF, L2), o.count("steps", 100), o.count("targets", 9)));
        add("auto", "apgd-ce, apgd-t, fab-t and square: the worst case (Croce and Hein, 2020)", Attacks::auto);
        add("cw", "nearest example by Adam (Carlini and Wagner, 2017)", Attacks::carliniWagner);
        add(
                "deepfool",
                "linearised boundaries (Moosavi-Dezfooli et al., 2016)",
                o -> new DeepFool(
                        o.filter(false, LINF, L2),
                        o.count("steps", 50),
                        o.number("overshoot", 0.02),
                        o.count("candidates", 9)));
        add(
                "ddn",
                "direction and norm by themselves (Rony et al., 2019)",
                o -> new Ddn(
                        o.filter(true, L2), o.count("steps", 100), o.number("gamma", 0.05), o.number("radius", 1)));
        add(
                "jsma",
                "pixel by pixel (Papernot et al., 2016); epsilon counts pixels",
                o -> new Jsma(o.filter(true, L0), o.count("steps", 100)));
        add("universal", "one perturbation for all that are attacked (Shafahi et al., 2020)", Attacks::universal);
        add("spsa", "estimated gradients (Uesato et al., 2018)", Attacks::spsa);
        add(
                "hopskipjump",
                "decisions only (Chen et al., 2020)",
                o -> new HopSkipJump(o.filter(false, LINF, L2), o.count("steps", 20), o.count("probes", 100)));
        add("transfer", "examples made for another model (Papernot et al., 2016)", Attacks::transfer);
    }

    private Attacks() {}

    private static void add(String name, String text, Function<Options.Reader, Attack> maker) {
        ALL.put(name, new Entry(text, maker));
    }

    /** The names, in the order they are shown. */
    public static List<String> names() {
        return List.copyOf(ALL.keySet());
    }

    /** The attacks with a line about each. */
    public static List<Description> list() {
        return ALL.entrySet().stream()
                .map(e -> describe(e.getKey(), e.getValue()))
                .toList();
    }

    private static Description describe(String name, Entry entry) {
        List<Norm> norms = new ArrayList<>();
        Map<String, Double> numbers = new LinkedHashMap<>();
        for (Norm norm : Norm.values()) {
            Options.Reader reader = new Options.Reader(name, Options.of(norm, 1).surrogate(x -> x));
            try {
                entry.maker.apply(reader);
            } catch (SteepestException e) {
                continue; // not made for that norm
            }
            norms.add(norm);
            reader.asked().forEach(numbers::putIfAbsent);
        }
        return new Description(name, entry.text, norms, numbers);
    }

    /**
     * The attack of that name.
     *
     * @throws SteepestException if there is none, listing those that there are; if it does not know an option or cannot
     *     work with its value
     */
    public static Attack of(String name, Options options) {
        Options.Reader reader = new Options.Reader(name, options);
        Attack attack = entry(name).maker.apply(reader);
        reader.close();
        return attack;
    }

    private static Entry entry(String name) {
        Entry entry = ALL.get(name);
        if (entry == null)
            throw SteepestException.of("unknown attack %s; there are %s", name, String.join(", ", names()));
        return entry;
    }

    /**
     * The names of the numbers that an attack takes, see {@link Options#with}; they may depend on the norm.
     *
     * @throws SteepestException as {@link #of} with these options
     */
    public static Set<String> settings(String name, Options options) {
        return defaults(name, options).keySet();
    }

    /**
     * The numbers that an attack takes where none are given, by their names.
     *
     * @throws SteepestException as {@link #of} with these options
     */
    public static Map<String, Double> defaults(String name, Options options) {
        Options.Reader reader = new Options.Reader(name, options.plain());
        entry(name).maker.apply(reader);
        return reader.asked();
    }

    /**
     * The numbers that hold for an attack of these options, given or not.
     *
     * @throws SteepestException as {@link #of}
     */
    public static Map<String, Double> numbers(String name, Options options) {
        Options.Reader reader = new Options.Reader(name, options);
        entry(name).maker.apply(reader);
        reader.close();
        return reader.held();
    }

    /**
     * @param reach how far all steps together go, in units of ε: 2.5 across the ball and to spare (Madry et al., 2018), 1
     *     to its rim (Dong et al., 2018)
     * @param freedom how much may be set: 0 the step, 1 the number of steps too, 2 restarts as well
     */
    private static Attack pgd(Options.Reader o, int steps, double reach, boolean random, double momentum, int freedom) {
        Budget budget = o.budget(LINF, L2, L1);
        int n = freedom > 0 ? o.count("steps", steps) : steps;
        double step = o.number("step", budget.epsilon() * (reach / n));
        if (budget.epsilon() == 0 && step == 0) step = 1; // nothing can move; any step will do
        int restarts = freedom > 1 ? o.count("restarts", 1) : 1;
        double decay = momentum > 0 ? o.number("momentum", momentum) : 0;
        double sparsity = budget.norm() == L1 ? o.number("sparsity", 0.01) : 0;
        return new Pgd(o.attack(), budget, new Pgd.Settings(step, n, restarts, random, decay, sparsity));
    }

    private static Attack corner(Options.Reader o) {
        Budget budget = o.untargeted(LINF);
        int steps = o.count("steps", 40);
        double step = o.number("step", budget.epsilon() == 0 ? 1 : 2.5 * budget.epsilon() / steps);
        return new Corner(budget, step, steps);
    }

    private static Attack apgd(Options.Reader o, AttackLoss loss) {
        return new Apgd(o.attack(), o.budget(LINF, L2), loss, o.count("steps", 100), o.count("restarts", 1), 0);
    }

    private static Attack apgdT(Options.Reader o) {
        Budget budget = o.untargeted(LINF, L2);
        int targets = o.count("targets", 9);
        return new Apgd(o.attack(), budget, AttackLoss.DLR, o.count("steps", 100), o.count("restarts", 1), targets);
    }

    /** The standard ensemble: 100 steps, 9 classes, 5000 queries. */
    private static Attack auto(Options.Reader o) {
        Budget b = o.untargeted(LINF, L2);
        int steps = o.count("steps", 100);
        int targets = o.count("targets", 9);
        int queries = o.count("queries", 5000);
        return new Ensemble(
                "auto",
                List.of(
                        new Apgd("apgd-ce", b, AttackLoss.CROSS_ENTROPY, steps, 1, 0),
                        new Apgd("apgd-t", b, AttackLoss.DLR, steps, 1, targets),
                        new Fab(b, steps, targets, true),
                        new Square(b, queries, 1, 0.8)));
    }

    private static Attack carliniWagner(Options.Reader o) {
        Budget budget = o.filter(true, L2);
        return new CarliniWagner(
                budget,
                new CarliniWagner.Settings(
                        o.count("steps", 1000),
                        o.count("searches", 9),
                        o.number("rate", 0.01),
                        o.number("constant", 1e-3),
                        o.number("confidence", 0)));
    }

    private static Attack universal(Options.Reader o) {
        Budget budget = o.untargeted(LINF, L2);
        double step = o.number("step", budget.epsilon() / 10);
        return new Universal(budget, o.count("steps", 10), budget.epsilon() == 0 && step == 0 ? 1 : step);
    }

    private static Attack spsa(Options.Reader o) {
        Budget budget = o.budget(LINF, L2);
        return new Spsa(
                budget, o.count("steps", 40), o.count("probes", 128), o.number("rate", 0.01), o.number("width", 0.01));
    }

    private static Attack transfer(Options.Reader o) {
        Budget budget = o.budget(LINF, L2, L1);
        int steps = o.count("steps", 10);
        double step = o.number("step", budget.epsilon() == 0 ? 1 : 2.5 * budget.epsilon() / steps);
        double momentum = o.number("momentum", 1);
        return new Transfer(o.surrogate(), budget, new Pgd.Settings(step, steps, 1, false, momentum, 0.01));
    }
}

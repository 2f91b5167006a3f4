package steepest.robust;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import steepest.DType;
import steepest.Pass;
import steepest.Rng;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.Variable;
import steepest.attack.Norm;
import steepest.data.Dataset;
import steepest.nn.Losses;
import steepest.nn.Model;
import steepest.train.Objective;

/**
 * Robust training by name: an {@link Objective} for a {@link steepest.train.Trainer}, with the attack in the same planned
 * step as the training.
 *
 * <ul>
 *   <li>{@code fgsm}: on examples of one step from the sample (Goodfellow et al., ICLR 2015).
 *   <li>{@code fgsm-rs}: one step of 1.25 ε from a random point (Wong et al., "Fast is better than free", ICLR 2020,
 *       algorithm 3).
 *   <li>{@code free}: each batch several times in a row, where one gradient serves both the weights and the perturbation,
 *       which is carried on to the next batch (Shafahi et al., "Adversarial training for free!", NeurIPS 2019, algorithm 1).
 *       To be fed by {@link steepest.train.Feed#replayed}.
 *   <li>{@code pgd}: several steps from a random point (Madry et al., ICLR 2018).
 *   <li>{@code trades}, {@code mart}: {@link RobustLosses}.
 *   <li>{@code label-smoothing}: no examples, but smoothed labels.
 * </ul>
 */
public final class RobustTraining {
    /** One of the methods. */
    public record Description(String name, String text) {}

    /** The attack in a training step: from x {@code [B, …]} and y {@code [B]} to examples, which no gradient passes. */
    @FunctionalInterface
    interface Examples {
        Tensor of(Model model, Tensor x, Tensor y, Rng rng);
    }

    private interface Maker extends Function<RobustSettings, Objective> {}

    private record Entry(String text, Maker maker) {}

    private static final Map<String, Entry> ALL = new LinkedHashMap<>();

    static {
        add("none", "natural training", s -> Objective.natural());
        add("fgsm", "one step from the sample (Goodfellow et al., 2015)", RobustTraining::onExamples);
        add("fgsm-rs", "one step from a random point (Wong et al., 2020)", RobustTraining::onExamples);
        add("free", "replays that share gradients (Shafahi et al., 2019)", RobustTraining::free);
        add("pgd", "several steps from a random point (Madry et al., 2018)", RobustTraining::onExamples);
        add("trades", "accuracy traded for stability (Zhang et al., 2019)", RobustTraining::trades);
        add("mart", "misclassified samples weigh more (Wang et al., 2020)", RobustTraining::mart);
        add("label-smoothing", "soft labels (Szegedy et al., 2016)", RobustTraining::smoothed);
    }

    private RobustTraining() {}

    private static void add(String name, String text, Maker maker) {
        ALL.put(name, new Entry(text, maker));
    }

    /** The names, in the order they are shown. */
    public static List<String> names() {
        return List.copyOf(ALL.keySet());
    }

    /** The methods with a line about each. */
    public static List<Description> list() {
        return ALL.entrySet().stream()
                .map(e -> new Description(e.getKey(), e.getValue().text))
                .toList();
    }

    /** @throws SteepestException if there is no method of that name */
    public static Objective of(RobustSettings settings) {
        Entry entry = ALL.get(settings.method());
        if (entry == null)
            throw SteepestException.of(
                    "unknown robust training %s; there are %s", settings.method(), String.join(", ", names()));
        return entry.maker.apply(settings);
    }

    /** The attack of a method; null where it has none apart from its training step. */
    static Examples examples(RobustSettings s) {
        return switch (s.method()) {
            case "fgsm" -> crossEntropy(s.attack(InnerAttack.Start.SAMPLE));
            case "fgsm-rs" -> crossEntropy(s.attack(InnerAttack.Start.BALL));
            case "pgd" ->
                s.earlyStop()
                        ? untilWrong(s.attack(InnerAttack.Start.UNIFORM))
                        : crossEntropy(s.attack(InnerAttack.Start.UNIFORM));
            case "mart" -> crossEntropy(s.attack(InnerAttack.Start.NEAR));
            case "trades" -> {
                InnerAttack attack = s.attack(InnerAttack.Start.NEAR);
                yield (model, x, y, rng) -> {
                    Tensor truth = model.apply(x).detach();
                    return attack.examples(model, x, rng, z -> RobustLosses.divergence(truth, z));
                };
            }
            default -> null;
        };
    }

    private static Examples crossEntropy(InnerAttack attack) {
        return (model, x, y, rng) -> attack.examples(model, x, rng, z -> Losses.crossEntropyEach(z, y));
    }

    /**
     * Examples that are classified wrongly are moved no further, as where "Fast is better than free" trains on PGD: a small
     * network that meets the worst of a large ball from its first step on may never begin to tell classes apart.
     */
    private static Examples untilWrong(InnerAttack attack) {
        return (model, x, y, rng) -> attack.examples(model, x, rng, z -> {
            Tensor right = z.argmax(1).eq(y).cast(DType.F32);
            return Losses.crossEntropyEach(z, y).mul(right);
        });
    }

    private static Objective onExamples(RobustSettings s) {
        Examples examples = examples(s);
        return (model, x, y, pass) -> {
            Tensor logits = model.apply(examples.of(model, x, y, pass.rng().fork(0)), pass);
            return new Objective.Outcome(Losses.crossEntropy(logits, y), logits);
        };
    }

    private static Objective trades(RobustSettings s) {
        Examples examples = examples(s);
        if (s.epsilon() == 0) return Objective.natural(); // the divergence is 0
        return (model, x, y, pass) -> {
            Tensor adversarial = examples.of(model, x, y, pass.rng().fork(0));
            Tensor clean = model.apply(x, pass);
            Tensor loss = RobustLosses.trades(clean, model.apply(adversarial, pass), y, s.beta());
            return new Objective.Outcome(loss, clean);
        };
    }

    private static Objective mart(RobustSettings s) {
        Examples examples = examples(s);
        return (model, x, y, pass) -> {
            Tensor adversarial = examples.of(model, x, y, pass.rng().fork(0));
            Tensor clean = model.apply(x, pass);
            Tensor attacked = model.apply(adversarial, pass);
            return new Objective.Outcome(RobustLosses.mart(clean, attacked, y, s.beta()), attacked);
        };
    }

    private static Objective smoothed(RobustSettings s) {
        return (model, x, y, pass) -> {
            Tensor logits = model.apply(x, pass);
            return new Objective.Outcome(Losses.crossEntropy(logits, y, s.smoothing()), logits);
        };
    }

    private static Objective free(RobustSettings s) {
        InnerAttack attack = s.attack(InnerAttack.Start.SAMPLE); // checks ε and norm
        if (attack.norm() != Norm.LINF)
            throw SteepestException.of("robust training free: norm must be linf, got %s", attack.norm());
        if (attack.epsilon() == 0) return Objective.natural();
        Variable[] carried = new Variable[1];
        return whole((model, x, y, pass) -> {
            // the first batch is a whole one: it tells how large the perturbation is
            if (carried[0] == null
                    || carried[0].spec().shape().dim(0) < x.shape().dim(0))
                carried[0] = Variable.zeros("free.perturbation", new Spec(DType.F32, x.shape()));
            Tensor whole = pass.read(carried[0]);
            int n = x.shape().dim(0);
            int all = whole.shape().dim(0);
            Tensor delta = whole.slice(0, 0, n);
            Dataset.Domain domain = attack.domain();
            Tensor logits = model.apply(x.add(delta).clamp(domain.low(), domain.high()), pass);
            Tensor loss = Losses.crossEntropy(logits, y);
            Tensor moved = delta.add(loss.grad(delta).sign().mul(attack.step()))
                    .clamp(-attack.epsilon(), attack.epsilon())
                    .detach();
            pass.update(carried[0], n == all ? moved : Tensor.concat(0, moved, whole.slice(0, n, all)));
            return new Objective.Outcome(loss, logits);
        });
    }

    /** An objective that keeps something for each place in the batch. */
    private static Objective whole(Objective objective) {
        return new Objective() {
            @Override
            public Outcome apply(Model model, Tensor x, Tensor y, Pass pass) {
                return objective.apply(model, x, y, pass);
            }

            @Override
            public boolean divides() {
                return false;
            }
        };
    }
}

package steepest.attack;

import java.util.ArrayList;
import java.util.List;
import steepest.DType;
import steepest.Rng;
import steepest.Shape;
import steepest.Spec;
import steepest.SteepestException;
import steepest.Tensor;

/**
 * The attacks that step along the gradient of the cross-entropy and come back into the ball.
 *
 * <ul>
 *   <li>FGSM: one step of ε from the sample (Goodfellow, Shlens and Szegedy, "Explaining and harnessing adversarial
 *       examples", ICLR 2015, section 4).
 *   <li>FGSM-RS: one step of 1.25 ε from a random point (Wong, Rice and Kolter, "Fast is better than free", ICLR 2020,
 *       algorithm 3).
 *   <li>BIM: several steps from the sample (Kurakin, Goodfellow and Bengio, "Adversarial examples in the physical world",
 *       2017, section 2.2).
 *   <li>PGD: several steps from random points (Madry et al., "Towards deep learning models resistant to adversarial
 *       attacks", ICLR 2018, section 2.1).
 *   <li>MIM: the steps follow an average of the gradients, each of unit L1 norm (Dong et al., "Boosting adversarial attacks
 *       with momentum", CVPR 2018, algorithm 1).
 * </ul>
 *
 * A step goes along {@link Norm#ascent}; for L1 along the signs of the largest entries that can still grow (Tramèr and
 * Boneh, "Adversarial training and robustness for multiple perturbations", NeurIPS 2019, section 2, SLIDE).
 */
public final class Pgd extends LaneAttack {
    /**
     * @param step how far a step goes, in the norm
     * @param steps how many
     * @param restarts how often from the beginning
     * @param random whether it begins at a random point of the ball, not at the sample
     * @param momentum how much of the earlier gradients is kept; 0: none, and they are not made unit
     * @param sparsity for L1, the fraction of elements that a step changes, at least one element
     */
    public record Settings(double step, int steps, int restarts, boolean random, double momentum, double sparsity) {
        public Settings {
            if (!(step > 0)) throw SteepestException.of("step: expected more than 0, got %s", step);
            if (steps < 1) throw SteepestException.of("steps: expected at least 1, got %d", steps);
            if (restarts < 1) throw SteepestException.of("restarts: expected at least 1, got %d", restarts);
            if (!(momentum >= 0)) throw SteepestException.of("momentum: expected at least 0, got %s", momentum);
            if (!(sparsity >= 0 && sparsity <= 1))
                throw SteepestException.of("sparsity: expected a fraction in [0, 1], got %s", sparsity);
            if (restarts > 1 && !random)
                throw SteepestException.of("restarts: expected 1 without a random start, got %d", restarts);
        }
    }

    private final String name;
    private final Settings settings;

    public Pgd(String name, Budget budget, Settings settings) {
        super(budget);
        if (budget.norm() == Norm.L0)
            throw SteepestException.of("attack %s: norm must be linf, l2 or l1, got l0", name);
        this.name = name;
        this.settings = settings;
    }

    @Override
    public String name() {
        return name;
    }

    /** Best example and its score, the point to look at next, the averaged gradient. */
    @Override
    List<Spec> state(Shape x) {
        Spec pixels = new Spec(DType.F32, x);
        Spec each = Spec.of(DType.F32, x.dim(0));
        return settings.momentum > 0 ? List.of(pixels, each, pixels, pixels) : List.of(pixels, each, pixels);
    }

    @Override
    List<Phase.Stage> stages(int classes, Shape sample) {
        Phase begin = new Phase(this::begin, 0, 0);
        Phase again = new Phase(this::again, 0, 0);
        Phase step = new Phase(this::step, 1, 0);
        Phase last = new Phase(this::last, 0, 1);
        List<Phase.Stage> stages = new ArrayList<>();
        stages.add(begin.times(1, 0));
        for (int r = 0; r < settings.restarts; r++) {
            stages.add(again.times(1, r));
            stages.add(step.times(settings.steps, r));
            stages.add(last.times(1, r));
        }
        return stages;
    }

    private Phase.Turn begin(Task task, List<Tensor> s, Rng rng) {
        return new Phase.Turn(task.nobody(), with(s, task.x(), Batched.full(Task.NOTHING, task.y()), task.x()));
    }

    private Phase.Turn again(Task task, List<Tensor> s, Rng rng) {
        Tensor at = settings.random ? task.start(rng) : task.x();
        return new Phase.Turn(task.nobody(), with(s, s.get(0), s.get(1), at));
    }

    /** The state with new values, the average begun anew. */
    private static List<Tensor> with(List<Tensor> s, Tensor best, Tensor score, Tensor at) {
        return s.size() == 3
                ? List.of(best, score, at)
                : List.of(best, score, at, s.get(3).mul(0));
    }

    private Phase.Turn step(Task task, List<Tensor> s, Rng rng) {
        Tensor at = s.get(2);
        Tensor logits = task.logits(at);
        Tensor loss = task.crossEntropy(logits);
        Tensor g = loss.sum().grad(at);
        Task.Best best = task.better(s.get(0), s.get(1), at, logits, loss, PATIENCE);
        List<Tensor> next = new ArrayList<>(List.of(best.x(), best.score()));
        if (settings.momentum > 0) {
            Tensor unit = Batched.scale(g, Norm.L1.of(g).maximum(Norm.TINY).reciprocal());
            g = s.get(3).mul(settings.momentum).add(unit);
        }
        next.add(task.project(at.add(direction(task, at, g).mul(settings.step))));
        if (settings.momentum > 0) next.add(g);
        return new Phase.Turn(best.done(), next);
    }

    private Tensor direction(Task task, Tensor at, Tensor g) {
        if (task.budget().norm() != Norm.L1) return task.budget().norm().ascent(g);
        Tensor free = Tensor.where(g.gt(0), at.lt(task.hi()), at.gt(task.lo()));
        Tensor able = Tensor.where(free, g, g.mul(0));
        int elements = (int) (g.size() / g.shape().dim(0));
        int count = Math.max(1, (int) Math.round(settings.sparsity * elements));
        if (count == 1) return Norm.L1.ascent(able);
        Tensor size = able.abs().flatten(1);
        Tensor least = size.topk(1, count).values().slice(1, count - 1, count);
        Tensor signs = Tensor.where(size.ge(least), able.flatten(1).sign(), size.mul(0));
        // with equal entries there may be more than were asked for
        return Batched.scale(signs, Norm.L1.of(signs).maximum(1).reciprocal()).reshape(g.shape());
    }

    private Phase.Turn last(Task task, List<Tensor> s, Rng rng) {
        Tensor at = s.get(2);
        Tensor logits = task.logits(at);
        Task.Best best = task.better(s.get(0), s.get(1), at, logits, task.crossEntropy(logits), 1);
        return new Phase.Turn(best.done(), with(s, best.x(), best.score(), at));
    }
}

package steepest.attack;

import java.util.List;
import steepest.DType;
import steepest.Rng;
import steepest.Tensor;
import steepest.nn.Losses;

/**
 * What the turns of an attack are given, as tensors of a batch of B samples.
 *
 * @param relentless whether to go on with samples that reach their goal
 * @param x the clean samples {@code [B, …]}
 * @param y their classes, I32 {@code [B]}
 * @param goal the classes they are to be taken for, I32 {@code [B]}; the true ones where any other class will do
 * @param rows their numbers, I32 {@code [B]}
 * @param lo the least that a pixel may be, of x's shape or broadcasting to it; exact bounds of the L∞ ball within the
 *     domain, otherwise the domain's
 * @param hi the most
 */
record Task(
        Victim victim,
        Budget budget,
        boolean relentless,
        Tensor x,
        Tensor y,
        Tensor goal,
        Tensor rows,
        Tensor lo,
        Tensor hi) {
    /** The score of an example that reaches the goal, and of one that misses both class and goal. */
    private static final double REACHED = 1e30;

    private static final double MISSED = 1e15;
    /** What every score starts from. */
    static final double NOTHING = -1e30;

    /** The number of tensors that differ from batch to batch. */
    static final int INPUTS = 6;

    static Task of(Victim victim, Budget budget, boolean relentless, List<Tensor> in) {
        return new Task(victim, budget, relentless, in.get(0), in.get(1), in.get(2), in.get(3), in.get(4), in.get(5));
    }

    Tensor logits(Tensor at) {
        return victim.logits(at);
    }

    /** The nearest allowed point, or near it: see {@link Norm#project}. */
    Tensor project(Tensor z) {
        return budget.norm() == Norm.LINF ? z.clamp(lo, hi) : budget.norm().project(x, z, budget.epsilon(), lo, hi);
    }

    /** Cut to the domain. */
    Tensor inDomain(Tensor z) {
        return z.clamp(victim.domain().low(), victim.domain().high());
    }

    /** A uniform point of the ball around x, cut to the domain. */
    Tensor start(Rng rng) {
        return project(x.add(budget.norm().noise(rng, x.shape(), rows, budget.epsilon())));
    }

    /** Whether logits {@code [B, K]} reach the goal, BOOL {@code [B]}; those with a NaN among them do not. */
    Tensor reached(Tensor logits) {
        return budget.target().isTargeted() ? logits.argmax(1).eq(goal).and(isDecision(logits)) : missed(logits);
    }

    /** Whether the class is another than the true one. */
    private Tensor missed(Tensor logits) {
        return logits.argmax(1).ne(y).and(isDecision(logits));
    }

    private static Tensor isDecision(Tensor logits) {
        return logits.max(1).ge(-Float.MAX_VALUE); // not if it is NaN, which the largest is where one of them is
    }

    /** The loss that the attack climbs, {@code [B]}: cross-entropy, from the true class or towards the goal. */
    Tensor crossEntropy(Tensor logits) {
        return budget.target().isTargeted()
                ? Losses.crossEntropyEach(logits, goal).neg()
                : Losses.crossEntropyEach(logits, y);
    }

    /** Best examples so far, their scores, and who is done. */
    record Best(Tensor x, Tensor score, Tensor done) {}

    /**
     * The better of two examples for each sample: one that reaches the goal, else one that misses the class, else the one of
     * higher loss; the older among equals, but the newer where both reach the goal.
     *
     * @param patience how many points on its way are to reach the goal before a sample is done. The first lies just
     *     across the boundary, where rounding to 8 bits brings it back; those that follow lie deeper.
     */
    Best better(Tensor best, Tensor score, Tensor at, Tensor logits, Tensor loss, int patience) {
        if (relentless) {
            Tensor higher = loss.gt(score);
            return new Best(Batched.choose(higher, at, best), Tensor.where(higher, loss, score), nobody());
        }
        Tensor reached = reached(logits);
        // what has been reached before counts up
        Tensor full =
                score.maximum(0).mul(score.ge(REACHED / 2).cast(DType.F32)).add(REACHED);
        Tensor now = Tensor.where(reached, full, Tensor.where(missed(logits), Batched.full(MISSED, y), loss));
        Tensor better = now.gt(score);
        Tensor after = Tensor.where(better, now, score);
        return new Best(Batched.choose(better, at, best), after, after.ge(REACHED * (patience - 0.5)));
    }

    /** Nearest adversarial examples so far, and how far they are; FAR where there is none. */
    record Nearest(Tensor x, Tensor distance) {}

    /** How far away an example is that has not been found. */
    static final double FAR = 1e30;

    /** The nearer of two examples for each sample, where the second reaches the goal, BOOL {@code [B]}. */
    Nearest nearer(Tensor best, Tensor distance, Tensor at, Tensor reached) {
        Tensor d = budget.norm().of(at.sub(x));
        Tensor better = reached.and(d.lt(distance));
        return new Nearest(Batched.choose(better, at, best), Tensor.where(better, d, distance));
    }

    /** The wrong class of that rank, I32 {@code [B]}, in the order in which the model finds them likely for the clean sample. */
    Tensor wrongClass(Tensor rank) {
        return AttackLoss.at(wrongClasses(logits(x)), rank);
    }

    /** The classes, the wrong ones first, likely ones before others, I32 {@code [B, K]}. */
    Tensor wrongClasses(Tensor logits) {
        return AttackLoss.others(logits, y).sort(1, true).indices();
    }

    /** No sample is done, BOOL {@code [B]}. */
    Tensor nobody() {
        return Tensor.zeros(new steepest.Spec(DType.BOOL, y.shape()));
    }
}

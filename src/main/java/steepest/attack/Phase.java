package steepest.attack;

import java.util.List;
import steepest.Rng;
import steepest.Tensor;

/**
 * One kind of turn of an attack.
 *
 * @param body the graph
 * @param gradients how often it differentiates the model
 * @param forwards how often it only evaluates it
 */
record Phase(Body body, int gradients, int forwards) {
    /** A turn: from the state, {@code [B, …]} each, to who is done now and the next state. Sample by sample. */
    @FunctionalInterface
    interface Body {
        Turn apply(Task task, List<Tensor> state, Rng rng);
    }

    /** @param done BOOL {@code [B]}: these leave after this turn, with the state that it gives them */
    record Turn(Tensor done, List<Tensor> state) {}

    /** Several turns one after the other; their random bits are those of runs {@code run}, {@code run} + 1, …. */
    record Stage(Phase phase, int turns, int run) {}

    /** As many turns of this phase; the {@code nth} time that they are taken. */
    Stage times(int turns, int nth) {
        return new Stage(this, turns, Math.multiplyExact(turns, nth));
    }
}

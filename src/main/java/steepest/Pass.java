package steepest;

import java.util.ArrayList;
import java.util.List;

/**
 * One training pass through a model. A model applied with a pass trains: dropout drops, by the pass's randomness, and
 * running statistics are collected as updates, which the optimizer's {@code minimize(loss, pass)} commits. A model
 * applied without one evaluates; there is no mode to forget.
 */
public final class Pass {
    private final Rng rng;
    private final List<Step.Update> updates = new ArrayList<>();

    public Pass(Rng rng) {
        this.rng = rng;
    }

    /** The pass's randomness. */
    public Rng rng() {
        return rng;
    }

    /** Asks for a state update (a running mean, say) when the pass is committed. */
    public void update(Variable variable, Tensor value) {
        updates.add(new Step.Update(variable, value));
    }

    /** The updates asked for so far. */
    public List<Step.Update> updates() {
        return List.copyOf(updates);
    }
}

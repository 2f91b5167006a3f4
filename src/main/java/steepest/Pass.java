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

    /** Asks for a state update (a running mean, say) when the pass is committed; a later one takes an earlier one's place. */
    public void update(Variable variable, Tensor value) {
        updates.removeIf(u -> u.variable() == variable);
        updates.add(new Step.Update(variable, value));
    }

    /**
     * What a variable will be after the updates so far. An update built on this rather than on {@link Variable#read} adds
     * to those before it, so a layer may be used several times in a pass.
     */
    public Tensor read(Variable variable) {
        return updates.stream()
                .filter(u -> u.variable() == variable)
                .findFirst()
                .map(Step.Update::value)
                .orElseGet(variable::read);
    }

    /** The updates asked for so far. */
    public List<Step.Update> updates() {
        return List.copyOf(updates);
    }
}

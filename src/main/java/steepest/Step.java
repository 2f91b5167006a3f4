package steepest;

import java.util.ArrayList;
import java.util.List;

/**
 * Results together with updates of variables: an effect as a value. Nothing changes until it runs; then all reads come
 * before all writes. Immutable.
 */
public final class Step implements Output {
    /** A variable and the value it gets. */
    public record Update(Variable variable, Tensor value) {
        public Update {
            if (!variable.spec().equals(value.spec()))
                throw SteepestException.of(
                        "update of %s: expected %s, got %s", variable.name(), variable.spec(), value.spec());
        }
    }

    private final List<Tensor> results;
    private final List<Update> updates;

    private Step(List<Tensor> results, List<Update> updates) {
        this.results = List.copyOf(results);
        this.updates = List.copyOf(updates);
        for (int i = 0; i < updates.size(); i++)
            for (int j = 0; j < i; j++)
                if (updates.get(i).variable() == updates.get(j).variable())
                    throw SteepestException.of(
                            "variable %s is updated twice in one step",
                            updates.get(i).variable().name());
    }

    /** A step that only computes. */
    public static Step of(Tensor... results) {
        return new Step(List.of(results), List.of());
    }

    /** This step, which also sets {@code variable} to {@code value}. */
    public Step update(Variable variable, Tensor value) {
        return update(List.of(new Update(variable, value)));
    }

    /** This step with more updates. */
    public Step update(List<Update> more) {
        List<Update> all = new ArrayList<>(updates);
        all.addAll(more);
        return new Step(results, all);
    }

    /** This step with other results, for instance the accuracy beside the loss. */
    public Step returning(Tensor... results) {
        return new Step(List.of(results), updates);
    }

    public List<Tensor> results() {
        return results;
    }

    public List<Update> updates() {
        return updates;
    }

    @Override
    public Step asStep() {
        return this;
    }

    /** Runs the step once, eagerly: evaluates results and new values, then sets the variables. Returns the results. */
    public List<Tensor> run() {
        List<Tensor> roots = new ArrayList<>(results);
        for (Update u : updates) roots.add(u.value());
        Engine.get().evaluate(roots);
        for (Update u : updates) u.variable().set(u.value());
        return results;
    }
}

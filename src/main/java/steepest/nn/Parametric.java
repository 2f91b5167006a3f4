package steepest.nn;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import steepest.Caller;
import steepest.HostArray;
import steepest.Rng;
import steepest.Shape;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.Variable;

/**
 * What layers with variables share: they declare these by name in their constructor, get them when they are initialised,
 * and know their place for messages.
 */
abstract class Parametric implements Layer {
    private record Declared(String name, Shape shape, Initializer initializer, boolean trained) {}

    private final List<Declared> declared = new ArrayList<>();
    private final Map<String, Variable> variables = new LinkedHashMap<>(); // empty until initialised
    private String place = "";

    /** Declares what an optimizer changes. */
    final void declareParam(String name, Shape shape, Initializer initializer) {
        declared.add(new Declared(name, shape, initializer, true));
    }

    /** Declares what training changes besides. */
    final void declareState(String name, Shape shape, Initializer initializer) {
        declared.add(new Declared(name, shape, initializer, false));
    }

    @Override
    public void place(String place) {
        if (variables.isEmpty()) this.place = place;
    }

    @Override
    public Layer init(Rng rng) {
        for (Declared d : declared) {
            HostArray values = d.initializer.draw(d.shape, rng);
            Variable v = variables.get(d.name);
            if (v != null) v.set(values);
            else variables.put(d.name, Variable.of(place.isEmpty() ? d.name : place + "." + d.name, values));
        }
        return this;
    }

    @Override
    public List<Variable> params() {
        return variables(true);
    }

    @Override
    public List<Variable> state() {
        return variables(false);
    }

    private List<Variable> variables(boolean trained) {
        return declared.stream()
                .filter(d -> d.trained == trained)
                .map(d -> variable(d.name))
                .toList();
    }

    @Override
    public long parameters() {
        return declared.stream()
                .filter(Declared::trained)
                .mapToLong(d -> d.shape.size())
                .sum();
    }

    /** @throws SteepestException before initialisation, with the user's line */
    final Variable variable(String name) {
        Variable v = variables.get(name);
        if (v == null)
            throw Caller.locate(
                    SteepestException.of("%s has no weights yet: call init(Rng.seed(n)) on the network first", this));
        return v;
    }

    /** The current value of a declared variable. */
    final Tensor read(String name) {
        return variable(name).read();
    }

    /** {@code layer 2, dense(784, 128)}: how messages name the layer. */
    @Override
    public String toString() {
        return place.isEmpty() ? name() : "layer " + place + ", " + name();
    }

    /** Checks a batch by the rule for samples. */
    final void check(Tensor x) {
        if (x.shape().rank() == 0) throw Caller.locate(misfit("[N,…]", x.shape()));
        try {
            output(x.shape().slice(1, x.shape().rank()));
        } catch (SteepestException e) {
            throw Caller.locate(e);
        }
    }

    final SteepestException misfit(String expected, Object got) {
        return SteepestException.of("%s: expected %s, got %s", this, expected, got);
    }
}

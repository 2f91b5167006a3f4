package steepest.nn;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import steepest.HostArray;
import steepest.SteepestException;
import steepest.Variable;

/** A model's variables, parameters and state, as arrays by name: what is saved, loaded and hashed. */
public final class Weights {
    private Weights() {}

    /** Copies of the current values, in name order. */
    public static Map<String, HostArray> of(Model model) {
        Map<String, HostArray> all = new TreeMap<>();
        for (Variable v : variables(model)) all.put(v.name(), v.toHost());
        return all;
    }

    /**
     * Sets all variables of a model, or none.
     *
     * @param source names the tensors' origin in errors, a file perhaps
     * @throws SteepestException if tensors are missing or unexpected, or differ in type or shape, naming them
     */
    public static void load(Model model, Map<String, HostArray> tensors, String source) {
        List<Variable> variables = variables(model);
        Set<String> missing = new TreeSet<>();
        Set<String> unexpected = new TreeSet<>(tensors.keySet());
        List<String> wrong = new ArrayList<>();
        for (Variable v : variables) {
            HostArray t = tensors.get(v.name());
            unexpected.remove(v.name());
            if (t == null) missing.add(v.name());
            else if (!t.spec().equals(v.spec()))
                wrong.add("%s is %s where %s is expected".formatted(v.name(), t.spec(), v.spec()));
        }
        List<String> faults = new ArrayList<>();
        if (!missing.isEmpty()) faults.add("missing " + String.join(", ", missing));
        if (!unexpected.isEmpty()) faults.add("unexpected " + String.join(", ", unexpected));
        faults.addAll(wrong);
        if (!faults.isEmpty())
            throw SteepestException.of("%s does not fit the model: %s", source, String.join("; ", faults));
        for (Variable v : variables) v.set(tensors.get(v.name()));
    }

    private static List<Variable> variables(Model model) {
        List<Variable> all = new ArrayList<>(model.params());
        all.addAll(model.state());
        return all;
    }
}

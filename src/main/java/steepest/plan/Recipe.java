package steepest.plan;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import steepest.Node;
import steepest.Step;
import steepest.Tensor;
import steepest.Variable;
import steepest.op.Leaf;
import steepest.op.Op;
import steepest.op.Random;

/**
 * A graph in canonical form: what is computed, without the values it is computed from. Two graphs of one recipe share a
 * plan. The leaves' values (arrays, variables, numbers, random keys) are listed beside it, in the recipe's order.
 */
record Recipe(Form form, List<Tensor> leaves) {

    /** Output {@code output} of entry {@code entry}. */
    record Ref(int entry, int output) {}

    /**
     * @param leaf the ordinal of a leaf that is bound at run time, else −1
     */
    record Entry(Op op, List<Ref> inputs, int leaf) {}

    /** A variable (by its leaf) and the value that it gets. */
    record Write(int leaf, Ref value) {}

    /** The part that plans are cached by. */
    record Form(List<Entry> entries, List<Ref> roots, List<Write> writes) {}

    static Recipe of(List<Tensor> roots, List<Step.Update> updates) {
        List<Tensor> ends = new ArrayList<>(roots);
        for (Step.Update u : updates) {
            ends.add(u.value());
            ends.add(u.variable().read());
        }
        Builder b = new Builder();
        for (Tensor t : unevaluatedFirst(ends)) b.add(t);
        List<Ref> rootRefs = roots.stream().map(b::ref).toList();
        Map<Variable, Integer> leafOf = new IdentityHashMap<>();
        for (Step.Update u : updates)
            leafOf.put(
                    u.variable(),
                    b.entries.get(b.ref(u.variable().read()).entry()).leaf());
        List<Write> writes = updates.stream()
                .map(u -> new Write(leafOf.get(u.variable()), b.ref(u.value())))
                .toList();
        return new Recipe(new Form(b.entries, rootRefs, writes), b.leaves);
    }

    /** Tensors in dependency order, not looking behind those that have a value. */
    private static List<Tensor> unevaluatedFirst(List<Tensor> ends) {
        List<Tensor> order = new ArrayList<>();
        Set<Node> open = new HashSet<>();
        Set<Object> done = new HashSet<>();
        Deque<Tensor> stack = new ArrayDeque<>();
        for (int i = ends.size() - 1; i >= 0; i--) stack.push(ends.get(i));
        while (!stack.isEmpty()) {
            Tensor t = stack.peek();
            Node n = t.node();
            if (isKnown(t)) {
                stack.pop();
                if (done.add(t)) order.add(t);
            } else if (done.contains(n)) {
                stack.pop();
            } else if (open.add(n)) {
                Tensor[] in = n.inputs();
                for (int i = in.length - 1; i >= 0; i--) stack.push(in[i]);
            } else {
                stack.pop();
                done.add(n);
                order.add(t);
            }
        }
        return order;
    }

    /** Whether a tensor's value is there already. A variable's current value is not: it lies in the variable. */
    static boolean isKnown(Tensor t) {
        return t.node().value(t.output()) != null && !(t.node().op() instanceof Leaf.Read);
    }

    private static final class Builder {
        final List<Entry> entries = new ArrayList<>();
        final List<Tensor> leaves = new ArrayList<>();
        final Map<Node, Integer> nodes = new HashMap<>();
        final Map<Tensor, Integer> known = new HashMap<>();

        Ref ref(Tensor t) {
            return isKnown(t) ? new Ref(known.get(t), 0) : new Ref(nodes.get(t.node()), t.output());
        }

        void add(Tensor t) {
            Node n = t.node();
            if (isKnown(t)) {
                known.put(t, entries.size());
                entries.add(new Entry(new Leaf.Constant(t.spec()), List.of(), leaf(t)));
                return;
            }
            nodes.put(n, entries.size());
            boolean bound = n.op() instanceof Leaf && !(n.op() instanceof Leaf.Literal) || n.op() instanceof Random;
            List<Ref> in = new ArrayList<>(n.inputs().length);
            for (Tensor x : n.inputs()) in.add(ref(x));
            entries.add(new Entry(n.op(), in, bound ? leaf(t) : -1));
        }

        private int leaf(Tensor t) {
            leaves.add(t);
            return leaves.size() - 1;
        }
    }
}

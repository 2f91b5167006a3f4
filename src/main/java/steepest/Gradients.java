package steepest;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import steepest.op.MatMul;
import steepest.op.Move;

/**
 * Reverse-mode differentiation: a walk from the outputs back to the targets which builds more graph. Backpropagation
 * (Rumelhart, Hinton and Williams, 1986) and nothing else: each node turns the gradients of its outputs into gradients
 * of its inputs; what arrives at a tensor from several sides is added.
 */
public final class Gradients {
    private Gradients() {}

    /**
     * Vector-Jacobian products of several outputs at once.
     *
     * @param outputs the tensors differentiated
     * @param seeds one gradient per output, of its shape; null for none
     * @param targets the tensors differentiated by
     * @return for each target its gradient, of its shape; null where no gradient reaches it
     */
    public static List<Tensor> vjp(List<Tensor> outputs, Tensor[] seeds, List<Tensor> targets) {
        List<Node> order = pathNodes(outputs, targets);
        Set<Node> onPath = new HashSet<>(order);
        Map<Tensor, List<Tensor>> arrived = new IdentityHashMap<>();
        Set<Tensor> ends = java.util.Collections.newSetFromMap(new IdentityHashMap<>());
        ends.addAll(targets);
        for (int i = 0; i < outputs.size(); i++) if (seeds[i] != null) arrive(arrived, outputs.get(i), seeds[i]);

        for (int k = order.size() - 1; k >= 0; k--) {
            Node node = order.get(k);
            Tensor[] g = new Tensor[node.outputCount()];
            boolean any = false;
            for (int o = 0; o < g.length; o++) {
                g[o] = sum(arrived, node.output(o));
                any |= g[o] != null;
            }
            if (!any) continue;
            for (int i = 0; i < node.inputs().length; i++) {
                Tensor x = node.input(i);
                if (!ends.contains(x) && !onPath.contains(x.node())) continue;
                Tensor gx = node.op().vjp(node, i, g);
                if (gx != null) arrive(arrived, x, gx);
            }
        }
        List<Tensor> result = new ArrayList<>();
        for (Tensor t : targets) result.add(sum(arrived, t));
        return result;
    }

    private static void arrive(Map<Tensor, List<Tensor>> arrived, Tensor x, Tensor gradient) {
        arrived.computeIfAbsent(x, k -> new ArrayList<>()).add(gradient);
    }

    /**
     * The sum of the gradients that have arrived at a tensor; null where none has. Products AᵀB among them, which a weight
     * gets from each of the time steps or samples that use it, become one with a longer inner axis: Aᵀ B + Cᵀ D = [A; C]ᵀ
     * [B; D], in the order of the uses.
     */
    private static Tensor sum(Map<Tensor, List<Tensor>> arrived, Tensor x) {
        List<Tensor> parts = arrived.get(x);
        if (parts == null) return null;
        List<Node> products = new ArrayList<>();
        for (Tensor p : parts) if (isTransposedProduct(p.node())) products.add(0, p.node());
        if (products.size() > 1) {
            parts.removeIf(p -> isTransposedProduct(p.node()));
            Tensor left = Tensor.concat(
                    0, products.stream().map(p -> p.input(0).node().input(0)).toList());
            Tensor right =
                    Tensor.concat(0, products.stream().map(p -> p.input(1)).toList());
            parts.add(left.t().matmul(right));
        }
        Tensor sum = parts.stream().reduce(Tensor::add).orElseThrow();
        arrived.put(x, List.of(sum));
        return sum;
    }

    /** Whether a node is AᵀB of two matrices. */
    private static boolean isTransposedProduct(Node n) {
        return n.op() instanceof MatMul
                && n.input(0).node().op() instanceof Move.Permute p
                && p.order().equals(List.of(1, 0));
    }

    /** The nodes that lie on a way from a target to an output, inputs before users. */
    private static List<Node> pathNodes(List<Tensor> outputs, List<Tensor> targets) {
        Set<Tensor> ends = java.util.Collections.newSetFromMap(new IdentityHashMap<>());
        ends.addAll(targets);
        Map<Node, Boolean> reaches = new HashMap<>();
        List<Node> order = new ArrayList<>();
        for (Node n : topological(outputs)) {
            boolean hit = false;
            for (Tensor in : n.inputs()) hit |= ends.contains(in) || reaches.get(in.node());
            reaches.put(n, hit);
            if (hit) order.add(n);
        }
        return order;
    }

    /** All nodes behind some tensors, inputs before users. Without recursion: histories can be long. */
    public static List<Node> topological(List<Tensor> roots) {
        List<Node> order = new ArrayList<>();
        Set<Node> done = new HashSet<>();
        Set<Node> open = new HashSet<>();
        Deque<Node> stack = new ArrayDeque<>();
        for (Tensor r : roots) stack.push(r.node());
        while (!stack.isEmpty()) {
            Node n = stack.peek();
            if (done.contains(n)) {
                stack.pop();
            } else if (open.add(n)) {
                Tensor[] in = n.inputs();
                for (int i = in.length - 1; i >= 0; i--) if (!done.contains(in[i].node())) stack.push(in[i].node());
            } else {
                stack.pop();
                done.add(n);
                order.add(n);
            }
        }
        return order;
    }

    /** Gradients of a scalar; zeros where none flows. */
    static List<Tensor> of(Tensor loss, List<Tensor> targets) {
        if (loss.size() != 1)
            throw Caller.locate(SteepestException.of(
                    "grad: a gradient is taken of a scalar, got %s; sum it first, or use Derivatives.vjp",
                    loss.spec()));
        if (!loss.dtype().isFloating())
            throw Caller.locate(SteepestException.of("grad: a gradient is taken of f32 or f64, got %s", loss.spec()));
        Tensor one = Tensor.literal(1, loss.dtype()).broadcastTo(loss.shape());
        List<Tensor> g = vjp(List.of(loss), new Tensor[] {one}, targets);
        List<Tensor> result = new ArrayList<>();
        for (int i = 0; i < g.size(); i++) {
            Tensor t = targets.get(i);
            if (!t.dtype().isFloating())
                throw Caller.locate(SteepestException.of("grad: cannot differentiate by %s", t.spec()));
            result.add(
                    g.get(i) != null ? g.get(i) : Tensor.literal(0, t.dtype()).broadcastTo(t.shape()));
        }
        return result;
    }
}

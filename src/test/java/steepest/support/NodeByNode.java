package steepest.support;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import steepest.DType;
import steepest.Gradients;
import steepest.HostArray;
import steepest.Node;
import steepest.Rng;
import steepest.Shape;
import steepest.Spec;
import steepest.Tensor;
import steepest.Variable;
import steepest.backend.BackendDevice;
import steepest.backend.Buffer;
import steepest.backend.Executable;
import steepest.backend.Kernel;
import steepest.backend.Kernel.Element;
import steepest.backend.Kernel.Instruction;
import steepest.backend.Kernel.LiteralValue;
import steepest.backend.Kernel.OpKernel;
import steepest.backend.Kernel.PointwiseKernel;
import steepest.backend.Kernel.Store;
import steepest.backend.Schedule;
import steepest.backend.View;
import steepest.op.Cast;
import steepest.op.Concat;
import steepest.op.Copy;
import steepest.op.Detach;
import steepest.op.Fused;
import steepest.op.Leaf;
import steepest.op.Move;
import steepest.op.Pad;
import steepest.op.Pointwise;
import steepest.op.Random;

/**
 * Runs a graph on a backend without the planner: one kernel for each op, nothing fused but what the device claims, no
 * memory used twice. Slow and simple, so that a kernel is tested by itself and the planner against something else.
 */
public final class NodeByNode implements AutoCloseable {
    /** Results start where a planner's would: 256 bytes apart, so kernels meet offsets. */
    private static final long ALIGNMENT = 64;

    private final BackendDevice device;
    private final boolean claim;
    private final List<Kernel> kernels = new ArrayList<>();
    private final List<DType> slots = new ArrayList<>();
    private final List<Long> lengths = new ArrayList<>();
    private final Map<Integer, HostArray> constants = new HashMap<>();
    private final Map<DType, Integer> slabs = new HashMap<>();
    private final List<Rng.Key> keys = new ArrayList<>();
    private final Map<Node, View[]> done = new IdentityHashMap<>();
    private final List<Integer> inputSlots = new ArrayList<>();
    private final List<View> results = new ArrayList<>();
    private final Executable executable;
    private final Buffer[] buffers;

    /**
     * @param inputs leaves given anew at each run
     * @param claim whether fused ops run on kernels of their own where the device has some; otherwise their meanings run
     */
    public NodeByNode(BackendDevice device, List<Tensor> inputs, List<Tensor> outputs, boolean claim) {
        this.device = device;
        this.claim = claim;
        for (Tensor t : inputs) {
            int slot = slot(t.dtype(), t.size());
            inputSlots.add(slot);
            done.put(t.node(), new View[] {View.of(slot, t.dtype(), t.shape(), 0)});
        }
        evaluate(outputs);
        // results in slots of their own, where a device can read them
        for (Tensor t : outputs) {
            View v = View.of(slot(t.dtype(), t.size()), t.dtype(), t.shape(), 0);
            copy(view(t), v);
            results.add(v);
        }
        executable = device.compile(new Schedule(List.copyOf(kernels), List.copyOf(slots)));
        buffers = new Buffer[slots.size()];
        for (int i = 0; i < buffers.length; i++) buffers[i] = device.allocate(slots.get(i), lengths.get(i));
        constants.forEach((slot, array) -> device.write(array, buffers[slot]));
    }

    public List<HostArray> run(List<HostArray> inputs, int run) {
        for (int i = 0; i < inputs.size(); i++) device.write(inputs.get(i), buffers[inputSlots.get(i)]);
        executable.run(buffers, new Executable.Arguments(new double[0], keys.toArray(Rng.Key[]::new), run));
        return results.stream()
                .map(v -> device.read(buffers[v.slot()], v.shape()))
                .toList();
    }

    @Override
    public void close() {
        executable.close();
        Arrays.stream(buffers).forEach(Buffer::free);
    }

    private void evaluate(List<Tensor> outputs) {
        for (Node n : Gradients.topological(outputs)) if (!done.containsKey(n)) done.put(n, evaluate(n));
    }

    private View[] evaluate(Node n) {
        Tensor out = n.output(0);
        if (n.op() instanceof Leaf leaf) return new View[] {leaf(leaf, n)};
        if (n.op() instanceof Copy || n.op() instanceof Detach) return new View[] {view(n.input(0))};
        if (n.op() instanceof Move m) return new View[] {move(m, view(n.input(0)), out.shape())};
        View[] views = new View[n.outputCount()];
        if (n.op() instanceof Fused f
                && !(claim
                        && device.claims(
                                f, n.inputList().stream().map(Tensor::spec).toList()))) {
            List<Tensor> meaning = f.meaning(n.inputList());
            evaluate(meaning);
            for (int i = 0; i < views.length; i++) views[i] = view(meaning.get(i));
            return views;
        }
        for (int i = 0; i < views.length; i++) views[i] = fresh(n.output(i).spec());
        if (n.op() instanceof Pointwise p) pointwise(new Instruction(p.f(), numbers(n), out.dtype()), n, views[0]);
        else if (n.op() instanceof Cast c) pointwise(new Instruction(null, List.of(0), c.to()), n, views[0]);
        else if (n.op() instanceof Pad p) pad(p, view(n.input(0)), views[0]);
        else if (n.op() instanceof Concat c) concat(c, n.inputList(), views[0]);
        else opKernel(n, views);
        return views;
    }

    private static List<Integer> numbers(Node n) {
        return java.util.stream.IntStream.range(0, n.inputs().length).boxed().toList();
    }

    private View leaf(Leaf leaf, Node n) {
        Spec spec = leaf.spec();
        HostArray value;
        if (leaf instanceof Leaf.Constant) value = (HostArray) n.payload();
        else if (leaf instanceof Leaf.Read)
            value = ((Variable.Version) n.payload()).variable().toHost();
        else if (leaf instanceof Leaf.Argument || leaf instanceof Leaf.Literal) {
            value = HostArray.zeros(spec);
            value.set(0, leaf instanceof Leaf.Literal l ? l.value() : (Double) n.payload());
        } else throw new IllegalArgumentException("an input that is not listed: " + leaf);
        int slot = slot(spec.dtype(), spec.shape().size());
        constants.put(slot, value);
        return View.of(slot, spec.dtype(), spec.shape(), 0);
    }

    private View move(Move m, View x, Shape to) {
        long[] s = x.strides();
        int rank = to.rank();
        long offset = x.offset();
        long[] strides = new long[rank];
        if (m instanceof Move.Reshape)
            return View.of(contiguous(x).slot(), x.dtype(), to, contiguous(x).offset());
        if (m instanceof Move.Permute p) Arrays.setAll(strides, i -> s[p.order().get(i)]);
        else if (m instanceof Move.Expand) Arrays.setAll(strides, i -> x.shape().dim(i) == to.dim(i) ? s[i] : 0);
        else if (m instanceof Move.Slice c) {
            for (int i = 0; i < rank; i++) offset += c.start().get(i) * s[i];
            Arrays.setAll(strides, i -> c.step().get(i) * s[i]);
        } else if (m instanceof Move.Flip f) {
            Arrays.setAll(strides, i -> f.axes().contains(i) ? -s[i] : s[i]);
            for (int a : f.axes()) offset += Math.max(0, to.dim(a) - 1) * s[a];
        }
        return new View(x.slot(), x.dtype(), to, offset, strides);
    }

    private void pointwise(Instruction i, Node n, View to) {
        List<Kernel.Load> loads = new ArrayList<>();
        for (Tensor t : n.inputs()) loads.add(new Element(view(t)));
        kernels.add(new PointwiseKernel(to.shape(), loads, List.of(i), List.of(new Store(to, loads.size()))));
    }

    private void pad(Pad p, View x, View to) {
        LiteralValue border = new LiteralValue(p.value(), x.dtype());
        kernels.add(new PointwiseKernel(to.shape(), List.of(border), List.of(), List.of(new Store(to, 0))));
        copy(x, move(p.inside(x.shape()), to, x.shape()));
    }

    private void concat(Concat c, List<Tensor> parts, View to) {
        long at = to.offset();
        for (Tensor t : parts) {
            copy(view(t), new View(to.slot(), to.dtype(), t.shape(), at, to.strides()));
            at += t.shape().dim(c.axis()) * to.strides()[c.axis()];
        }
    }

    private void opKernel(Node n, View[] outputs) {
        List<View> in = new ArrayList<>();
        for (int i = 0; i < n.inputs().length; i++) {
            boolean strided = n.op() instanceof steepest.op.MatMul
                    || i == 1 && (n.op() instanceof steepest.op.Gather || n.op() instanceof steepest.op.ScatterAdd);
            in.add(strided ? view(n.input(i)) : contiguous(view(n.input(i))));
        }
        int key = -1;
        if (n.op() instanceof Random) {
            key = keys.size();
            keys.add((Rng.Key) n.payload());
        }
        kernels.add(new OpKernel(n.op(), in, List.of(outputs), key));
    }

    private void copy(View from, View to) {
        kernels.add(
                new PointwiseKernel(from.shape(), List.of(new Element(from)), List.of(), List.of(new Store(to, 0))));
    }

    private final Map<View, View> copies = new HashMap<>();

    private View contiguous(View v) {
        if (v.isContiguous()) return v;
        return copies.computeIfAbsent(v, x -> {
            View to = fresh(x.spec());
            copy(x, to);
            return to;
        });
    }

    private View view(Tensor t) {
        return done.get(t.node())[t.output()];
    }

    private int slot(DType dtype, long length) {
        slots.add(dtype);
        lengths.add(Math.max(1, length));
        return slots.size() - 1;
    }

    /** Memory in the slab of the type. */
    private View fresh(Spec spec) {
        int slab = slabs.computeIfAbsent(spec.dtype(), d -> slot(d, 0));
        long at = (lengths.get(slab) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        lengths.set(slab, at + spec.shape().size());
        return View.of(slab, spec.dtype(), spec.shape(), at);
    }
}

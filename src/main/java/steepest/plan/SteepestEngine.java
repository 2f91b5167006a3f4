package steepest.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import steepest.Device;
import steepest.DeviceInfo;
import steepest.Engine;
import steepest.Gradients;
import steepest.HostArray;
import steepest.Node;
import steepest.SteepestException;
import steepest.Step;
import steepest.Tensor;
import steepest.Tunables;
import steepest.Value;
import steepest.Variable;
import steepest.backend.Backend;
import steepest.backend.cpu.CpuBackend;
import steepest.backend.opencl.OpenClBackend;
import steepest.backend.ref.RefBackend;
import steepest.op.Copy;
import steepest.op.Leaf;

/** The engine: devices by name, eager evaluation through the plan cache, and plans for programs. */
public final class SteepestEngine implements Engine {
    private final List<Backend> backends = List.of(new OpenClBackend(), new CpuBackend(), new RefBackend());
    private final Map<String, EngineDevice> open = new HashMap<>();
    private Device standard;

    @Override
    public synchronized List<DeviceInfo> devices() {
        return backends.stream().flatMap(b -> b.devices().stream()).toList();
    }

    @Override
    public synchronized Device open(String name) {
        DeviceInfo info = find(name.toLowerCase(Locale.ROOT));
        return open.computeIfAbsent(
                info.id(), id -> new EngineDevice(backend(info).open(info), () -> forget(id)));
    }

    @Override
    public synchronized Device open(String name, String table) {
        DeviceInfo info = find(name.toLowerCase(Locale.ROOT));
        return new EngineDevice(backend(info).open(info, table), () -> {});
    }

    @Override
    public synchronized Optional<Tunables> tunables(String name) {
        DeviceInfo info = find(name.toLowerCase(Locale.ROOT));
        return backend(info).tunables(info);
    }

    private Backend backend(DeviceInfo device) {
        return backends.stream()
                .filter(b -> b.find(device.id()).isPresent())
                .findFirst()
                .orElseThrow();
    }

    private synchronized void forget(String id) {
        EngineDevice closed = open.remove(id);
        if (standard == closed) standard = null;
    }

    private DeviceInfo find(String name) {
        List<DeviceInfo> all = devices();
        switch (name) {
            case "auto":
                return all.stream().filter(DeviceInfo::isGpu).findFirst().orElseGet(() -> find("cpu"));
            case "opencl":
                List<DeviceInfo> opencl =
                        all.stream().filter(d -> d.id().startsWith("opencl:")).toList();
                if (!opencl.isEmpty())
                    return opencl.stream().filter(DeviceInfo::isGpu).findFirst().orElse(opencl.get(0));
                break;
            default:
                for (Backend b : backends) {
                    Optional<DeviceInfo> found = b.find(name);
                    if (found.isPresent()) return found.get();
                }
        }
        String known = all.stream().map(d -> d.id() + " (" + d.name() + ")").collect(Collectors.joining(", "));
        String trouble = name.startsWith("opencl") ? trouble() : "";
        throw SteepestException.of(
                "no device '%s'%s; there are: auto, %s", name, trouble.isEmpty() ? "" : ": " + trouble, known);
    }

    private String trouble() {
        return backends.stream().map(Backend::trouble).filter(t -> !t.isEmpty()).collect(Collectors.joining("; "));
    }

    @Override
    public synchronized Device defaultDevice() {
        if (standard == null) standard = open("auto");
        return standard;
    }

    @Override
    public synchronized void setDefaultDevice(Device device) {
        standard = device;
    }

    @Override
    public Value upload(Device device, HostArray array) {
        return ((EngineDevice) device).upload(array);
    }

    @Override
    public Value copy(Value from, Device to, Value into) {
        return ((EngineDevice) to).receive((DeviceValue) from, (DeviceValue) into);
    }

    @Override
    public void evaluate(List<Tensor> roots) {
        evaluateOn(null, roots);
    }

    /** Evaluates on a device, or where the graph's values lie. */
    private void evaluateOn(EngineDevice wanted, List<Tensor> roots) {
        List<Tensor> missing = roots.stream()
                .filter(t -> t.node().value(t.output()) == null)
                .distinct()
                .toList();
        if (missing.isEmpty()) return;
        travel(missing);
        Recipe recipe = Recipe.of(missing, List.of());
        for (Tensor leaf : recipe.leaves()) checkLeaf(leaf);
        EngineDevice device = wanted != null ? wanted : deviceOf(recipe);
        EngineDevice.Ready ready = device.ready(recipe.form());
        Memory.Block[] slabs = {};
        try {
            Value[] values = new Value[recipe.leaves().size()];
            for (int i = 0; i < values.length; i++)
                values[i] = device.bind(recipe.leaves().get(i));
            slabs = device.slabs(ready.plan, "a computation's scratch memory");
            List<Value> results = device.run(ready, recipe.leaves(), values, slabs, 0);
            for (int i = 0; i < results.size(); i++)
                missing.get(i).node().setValue(missing.get(i).output(), results.get(i));
        } finally {
            device.release(slabs);
            device.letGo(ready);
        }
    }

    private static void checkLeaf(Tensor leaf) {
        if (leaf.node().op() instanceof Leaf.Read)
            ((Variable.Version) leaf.node().payload()).check();
        if (leaf.node().op() instanceof Leaf.Input)
            throw SteepestException.of(
                    "inside the capture of a program an input %s has no value yet: item(), toHost() and the like belong"
                            + " outside, on the program's results",
                    leaf.spec());
    }

    private EngineDevice deviceOf(Recipe recipe) {
        Device bound = null;
        for (Tensor leaf : recipe.leaves()) {
            if (Recipe.isKnown(leaf))
                return (EngineDevice) leaf.node().value(leaf.output()).device();
            if (bound == null && leaf.node().op() instanceof Leaf.Read) {
                Value v = EngineDevice.variable(leaf).value();
                if (v != null) bound = v.device();
            }
        }
        return (EngineDevice) (bound != null ? bound : defaultDevice());
    }

    /** Evaluates what must travel between devices, where it lies, and brings it over. */
    private void travel(List<Tensor> roots) {
        for (Node n : Gradients.topological(roots)) {
            if (n.op() instanceof Copy c && n.value(0) == null) {
                evaluateOn((EngineDevice) c.from(), List.of(n.input(0)));
                n.setValue(0, upload(c.to(), n.input(0).toHost()));
            }
        }
    }

    /** The value of a program's input on its device. */
    Value valueOn(EngineDevice device, Tensor t) {
        if (t.node().value(t.output()) == null) {
            if (t.node().op() instanceof Leaf.Constant) return device.bind(t);
            evaluateOn(null, List.of(t));
        }
        Value v = t.node().value(t.output());
        return v.device() == device ? v : copy(v, device, null);
    }

    /** A tensor whose value is there already. */
    static Tensor evaluated(Value v) {
        Tensor t = Tensor.leaf(new Leaf.Constant(v.spec()), null);
        t.node().setValue(0, v);
        return t;
    }

    @Override
    public Plan plan(Device device, List<Tensor> inputs, Step step) {
        List<Tensor> roots = new ArrayList<>(step.results());
        step.updates().forEach(u -> roots.add(u.value()));
        for (Node n : Gradients.topological(roots))
            if (n.op() instanceof Copy && n.value(0) == null)
                throw SteepestException.of("to(device) cannot be captured in a program: bring the tensor there before");
        Recipe recipe = Recipe.of(step.results(), step.updates());
        for (Tensor leaf : recipe.leaves())
            if (leaf.node().op() instanceof Leaf.Read)
                ((Variable.Version) leaf.node().payload()).check();
        return new CompiledPlan(this, (EngineDevice) device, recipe, inputs);
    }
}

package steepest.nn;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import steepest.Pass;
import steepest.Rng;
import steepest.Shape;
import steepest.SteepestException;
import steepest.Tensor;
import steepest.Variable;

/**
 * Layers one after the other. Variables are named by position, {@code 0.weight}, and where one Sequential lies in
 * another {@code 0.1.weight}.
 */
public final class Sequential implements Layer {
    private final List<Layer> layers;

    private Sequential(List<Layer> layers) {
        this.layers = List.copyOf(layers);
        place("");
    }

    public static Sequential of(Layer... layers) {
        return of(List.of(layers));
    }

    /** @throws SteepestException if there is no layer */
    public static Sequential of(List<? extends Layer> layers) {
        if (layers.isEmpty()) throw SteepestException.of("sequential: takes at least one layer");
        return new Sequential(List.copyOf(layers));
    }

    public List<Layer> layers() {
        return layers;
    }

    @Override
    public void place(String place) {
        for (int i = 0; i < layers.size(); i++) layers.get(i).place(place.isEmpty() ? "" + i : place + "." + i);
    }

    @Override
    public Sequential init(Rng rng) {
        for (Layer layer : distinct()) layer.init(rng);
        params();
        return this;
    }

    @Override
    public long parameters() {
        return distinct().stream().mapToLong(Layer::parameters).sum();
    }

    /** A layer that stands in two places is one layer. */
    private List<Layer> distinct() {
        Set<Layer> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        return layers.stream().filter(seen::add).toList();
    }

    @Override
    public Tensor apply(Tensor x) {
        for (Layer layer : layers) x = layer.apply(x);
        return x;
    }

    @Override
    public Tensor apply(Tensor x, Pass pass) {
        for (Layer layer : layers) x = layer.apply(x, pass);
        return x;
    }

    @Override
    public Shape output(Shape sample) {
        for (Layer layer : layers) sample = layer.output(sample);
        return sample;
    }

    @Override
    public List<Variable> params() {
        return collect(Layer::params);
    }

    @Override
    public List<Variable> state() {
        return collect(Layer::state);
    }

    private List<Variable> collect(Function<Layer, List<Variable>> part) {
        Set<Variable> all = new LinkedHashSet<>();
        for (Layer layer : layers) all.addAll(part.apply(layer));
        Map<String, Variable> byName = new HashMap<>();
        for (Variable v : all)
            if (byName.putIfAbsent(v.name(), v) != null)
                throw SteepestException.of(
                        "two variables are named %s: initialise the parts of a network after they are put together",
                        v.name());
        return new ArrayList<>(all);
    }

    @Override
    public String name() {
        return layers.stream().map(Layer::name).collect(Collectors.joining(", ", "Sequential(", ")"));
    }

    @Override
    public String toString() {
        return name();
    }
}

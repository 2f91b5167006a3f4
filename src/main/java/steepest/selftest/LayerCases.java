package steepest.selftest;

import static steepest.nn.Layers.*;
import static steepest.selftest.OpCase.Domain.integers;
import static steepest.selftest.OpCase.Domain.range;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import steepest.DType;
import steepest.Rng;
import steepest.Tensor;
import steepest.Variable;
import steepest.nn.Layer;
import steepest.selftest.OpCase.Domain;
import steepest.selftest.OpCase.Input;
import steepest.selftest.OpCase.Tolerance;
import steepest.selftest.OpCases.Table;

/** Whole layers: what they give, and the gradients by their input and by each of their weights. */
final class LayerCases {
    private static final Domain ANY = range(-1, 1);

    private LayerCases() {}

    static List<OpCase> all() {
        Table t = new Table().within(new Tolerance(1e-5, 2e-5)).smooth(false);
        row(t, () -> dense(5, 3), 4, 5);
        row(t, () -> conv2d(3, 4, 3).padding(1).stride(2), 2, 3, 6, 5);
        row(t, () -> conv1d(3, 4, 3).padding(2, 0), 2, 3, 7);
        row(t, () -> conv1d(4, 6, 4).stride(2).padding(1).groups(2), 2, 4, 9);
        row(t, () -> convTranspose2d(3, 2, 3).stride(2).padding(1).outputPadding(1), 2, 3, 4, 5);
        row(t, () -> convTranspose2d(4, 4, 2).groups(2), 2, 4, 3, 4);
        row(t, () -> batchNorm1d(5), 4, 5);
        row(t, () -> batchNorm2d(3), 2, 3, 4, 5);
        row(t, () -> layerNorm(4, 5), 3, 4, 5);
        row(t, () -> rmsNorm(5), 3, 4, 5);
        row(t, () -> groupNorm(2, 4), 2, 4, 3, 5);
        row(t, () -> instanceNorm1d(3), 2, 3, 7);
        row(t, () -> instanceNorm2d(3), 2, 3, 4, 5);
        row(t, () -> rnn(3, 4), 2, 4, 3);
        row(t, () -> rnn(3, 2).layers(2).bidirectional(), 2, 3, 3);
        row(t, () -> lstm(3, 2).layers(2).bidirectional(), 2, 3, 3);
        row(t, () -> lstm(3, 4).noBias().last(), 2, 4, 3);
        row(t, () -> gru(3, 2).layers(2).bidirectional(), 2, 3, 3);
        row(t, () -> gru(3, 4).last(), 2, 4, 3);
        row(t, () -> multiHeadAttention(6, 2), 2, 4, 6);
        row(t, () -> multiHeadAttention(6, 3).causal(), 2, 4, 6);
        row(t, () -> embedding(7, 3), Input.of(DType.I32, integers(0, 6), 2, 5));
        return t.cases();
    }

    private static void row(Table t, Supplier<Layer> layer, int... dims) {
        row(t, layer, Input.of(ANY, dims));
    }

    /** @param layer a new one at each call: weights stay on the device that they were first used on */
    private static void row(Table t, Supplier<Layer> layer, Input x) {
        t.several(
                "layer",
                layer.get().name() + " of " + x.spec().shape(),
                in -> {
                    Layer l = layer.get().init(Rng.seed(1));
                    Tensor y = l.apply(in.get(0));
                    List<Tensor> by = new ArrayList<>();
                    if (x.spec().dtype().isFloating()) by.add(in.get(0));
                    for (Variable v : l.params()) by.add(v.read());
                    List<Tensor> results = new ArrayList<>(List.of(y));
                    results.addAll(y.mul(weights(y)).sum().grad(by));
                    return results;
                },
                x);
    }

    /** Numbers of which no two neighbours are alike, in the shape of {@code y}. */
    private static Tensor weights(Tensor y) {
        return Tensor.iota((int) y.size()).cast(DType.F32).mul(0.7).sin().reshape(y.shape());
    }
}

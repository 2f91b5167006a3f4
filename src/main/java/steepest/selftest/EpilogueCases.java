package steepest.selftest;

import static steepest.selftest.OpCase.Domain.integers;
import static steepest.selftest.OpCase.Domain.range;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import steepest.DType;
import steepest.Tensor;
import steepest.fused.Conv2d;
import steepest.fused.Conv2d.Geometry;
import steepest.selftest.OpCase.Domain;
import steepest.selftest.OpCase.Input;
import steepest.selftest.OpCase.Tolerance;
import steepest.selftest.OpCases.Table;

/** Products and what follows them element by element, which a device may take into the product's kernel. */
final class EpilogueCases {
    private static final Domain ANY = range(-1, 1);

    private EpilogueCases() {}

    static List<OpCase> all() {
        Table t = new Table();
        t.within(new Tolerance(4e-6, 2e-5));
        products(t);
        convolutions(t);
        return t.cases();
    }

    private static void products(Table t) {
        Map<String, UnaryOperator<Tensor>> activations = new LinkedHashMap<>();
        activations.put("sigmoid", Tensor::sigmoid);
        activations.put("tanh", Tensor::tanh);
        activations.put("gelu", Tensor::gelu);
        activations.put("softplus", Tensor::softplus);
        activations.forEach((name, f) -> dense(t, name, f));
        t.smooth(false);
        dense(t, "relu", Tensor::relu);
        dense(t, "elu", x -> x.elu(1));
        t.several(
                "epilogue",
                "mask of a product and what it lets through",
                in -> {
                    Tensor y = in.get(0).matmul(in.get(1));
                    Tensor mask = y.gt(0);
                    return List.of(mask, y.mul(mask.cast(DType.F32)));
                },
                Input.of(ANY, 5, 6),
                Input.of(ANY, 6, 7));
        t.several(
                "epilogue",
                "rounded to i32",
                in -> List.of(in.get(0).matmul(in.get(1)).mul(4).add(0.1).cast(DType.I32)),
                Input.of(integers(-3, 3), 5, 6),
                Input.of(integers(-3, 3), 6, 7));
        t.smooth(true);
        for (Layout l : Layout.values())
            t.several(
                    "epilogue",
                    "residual " + l,
                    in -> List.of(in.get(0).matmul(in.get(1)).add(in.get(2))),
                    Input.of(ANY, 5, 6),
                    Input.of(ANY, 6, 7),
                    l.of(ANY, 5, 7));
        t.several(
                "epilogue",
                "x + tanh(x) W, of a computed x",
                in -> {
                    Tensor x = in.get(0).exp();
                    return List.of(x.add(x.tanh().matmul(in.get(1))).mul(0.5));
                },
                Input.of(ANY, 5, 6),
                Input.of(ANY, 6, 6));
        t.several(
                "epilogue",
                "two products meet",
                in -> List.of(in.get(0)
                        .matmul(in.get(1))
                        .add(in.get(1).matmul(in.get(0)))
                        .tanh()),
                Input.of(ANY, 6, 6),
                Input.of(ANY, 6, 6));
        t.several(
                "epilogue",
                "a product of products",
                in -> List.of(
                        in.get(0).matmul(in.get(1)).tanh().matmul(in.get(1)).sigmoid()),
                Input.of(ANY, 5, 6),
                Input.of(ANY, 6, 6));
        t.several(
                "epilogue",
                "a bias for each row",
                in -> List.of(in.get(0).matmul(in.get(1)).add(in.get(2))),
                Input.of(ANY, 5, 6),
                Input.of(ANY, 6, 7),
                Input.of(ANY, 5, 1));
        int[][] batches = {{2, 3, 5, 7}, {2, 1, 5, 7}, {1, 3, 1, 7}, {2, 3, 5, 1}, {3, 1, 7}, {5, 7}};
        for (int[] b : batches)
            t.several(
                    "epilogue",
                    "batches + " + steepest.Shape.of(b),
                    in -> List.of(in.get(0).matmul(in.get(1)).add(in.get(2)).tanh()),
                    Input.of(ANY, 2, 3, 5, 6),
                    Input.of(ANY, 2, 3, 6, 7),
                    Input.of(ANY, b));
        t.several(
                "epilogue",
                "batches of one matrix",
                in -> List.of(in.get(0).matmul(in.get(1)).add(in.get(2)).tanh()),
                Input.of(ANY, 2, 3, 5, 6),
                Input.of(ANY, 6, 7),
                Input.of(ANY, 3, 1, 7));
        for (int[] s : new int[][] {{1, 1, 1}, {3, 0, 4}, {0, 3, 4}, {3, 4, 0}, {1, 7, 5}, {5, 7, 1}})
            dense(t, "tanh", Tensor::tanh, s[0], s[1], s[2]);
        t.smooth(false).within(new Tolerance(4e-6, 2e-4));
        // few results, a long depth: parts; then edges of large tiles
        for (int[] s : new int[][] {{3, 2500, 5}, {1, 3000, 70}, {33, 1100, 1}, {130, 300, 131}})
            dense(t, "tanh", Tensor::tanh, s[0], s[1], s[2]);
        t.several(
                "epilogue",
                "transposed operands, a long depth",
                in -> List.of(in.get(0).t().matmul(in.get(1).t()).add(in.get(2)).relu()),
                Input.of(ANY, 2300, 20),
                Input.of(ANY, 36, 2300),
                Input.of(ANY, 36));
        t.several(
                "epilogue",
                "batches, a long depth",
                in -> List.of(in.get(0).matmul(in.get(1)).add(in.get(2)).relu()),
                Input.of(ANY, 3, 9, 2100),
                Input.of(ANY, 3, 2100, 10),
                Input.of(ANY, 3, 1, 10));
        t.smooth(true).within(new Tolerance(4e-6, 2e-5));
    }

    private static void dense(Table t, String name, UnaryOperator<Tensor> activation) {
        dense(t, name, activation, 5, 6, 7);
        t.several(
                "epilogue",
                "dense " + name + ", the logits wanted too",
                in -> {
                    Tensor z = in.get(0).matmul(in.get(1)).add(in.get(2));
                    return List.of(activation.apply(z), z);
                },
                Input.of(ANY, 5, 6),
                Input.of(ANY, 6, 7),
                Input.of(ANY, 7));
    }

    private static void dense(Table t, String name, UnaryOperator<Tensor> activation, int m, int k, int n) {
        t.several(
                "epilogue",
                "dense %s [%d,%d] × [%d,%d]".formatted(name, m, k, k, n),
                in -> List.of(activation.apply(in.get(0).matmul(in.get(1)).add(in.get(2)))),
                Input.of(ANY, m, k),
                Input.of(ANY, k, n),
                Input.of(ANY, n));
    }

    private static void convolutions(Table t) {
        convolution(t, "3x3", Geometry.of(1, 1, 1, 1), 2, 3, 5, 6, 4, 3);
        convolution(t, "3x3 stride 2", Geometry.of(2, 1, 1, 1), 2, 3, 7, 6, 4, 3);
        convolution(t, "1x1", Geometry.of(1, 0, 1, 1), 2, 3, 9, 8, 4, 1);
        convolution(t, "3x3 depthwise", Geometry.of(1, 1, 1, 3), 2, 3, 5, 6, 3, 3);
        convolution(t, "3x3 depthwise stride 2, two to a channel", Geometry.of(2, 1, 1, 3), 2, 3, 7, 6, 6, 3);
        convolution(t, "3x3 groups 2", Geometry.of(1, 1, 2, 2), 2, 4, 7, 6, 6, 3);
        convolution(t, "no images", Geometry.of(1, 1, 1, 1), 0, 3, 5, 6, 4, 3);
        t.several(
                "epilogue",
                "residual of a convolution",
                in -> List.of(
                        Conv2d.conv2d(in.get(0), in.get(1), 1, 1).add(in.get(0)).tanh()),
                Input.of(ANY, 3, 4, 5, 5),
                Input.of(ANY, 4, 4, 3, 3));
        t.several(
                "epilogue",
                "convolution + a bias for each pixel",
                in -> List.of(
                        Conv2d.conv2d(in.get(0), in.get(1), 1, 1).add(in.get(2)).tanh()),
                Input.of(ANY, 3, 4, 5, 6),
                Input.of(ANY, 4, 4, 3, 3),
                Input.of(ANY, 1, 1, 5, 6));
        t.several(
                "epilogue",
                "convolution + a bias for each line",
                in -> List.of(
                        Conv2d.conv2d(in.get(0), in.get(1), 1, 1).add(in.get(2)).tanh()),
                Input.of(ANY, 3, 4, 5, 6),
                Input.of(ANY, 4, 4, 3, 3),
                Input.of(ANY, 4, 5, 1));
    }

    /** With a bias and tanh forward; the gradients scaled and with something added. */
    private static void convolution(Table t, String detail, Geometry g, int n, int c, int h, int w, int k, int size) {
        var window = g.window(size, size);
        Input y = Input.of(
                ANY, n, k, window.outH(h + g.padTop() + g.padBottom()), window.outW(w + g.padLeft() + g.padRight()));
        Input x = Input.of(ANY, n, c, h, w);
        Input weight = Input.of(ANY, k, c / g.groups(), size, size);
        t.several(
                "epilogue",
                "convolution " + detail,
                in -> List.of(Conv2d.conv2d(in.get(0), in.get(1), g)
                        .add(in.get(2).reshape(1, k, 1, 1))
                        .tanh()),
                x,
                weight,
                Input.of(ANY, k));
        t.several(
                "epilogue",
                "convolution's input gradient " + detail,
                in -> List.of(Tensor.apply(new Conv2d.InputGrad(g, h, w), in.get(0), in.get(1))
                        .mul(in.get(2).sigmoid())),
                y,
                weight,
                x);
        t.several(
                "epilogue",
                "convolution's weight gradient " + detail,
                in -> List.of(Tensor.apply(new Conv2d.WeightGrad(g, size, size), in.get(0), in.get(1))
                        .mul(0.5)
                        .add(in.get(2))),
                x,
                y,
                weight);
    }
}

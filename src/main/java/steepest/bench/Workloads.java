package steepest.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BinaryOperator;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import steepest.HostArray;
import steepest.Program;
import steepest.Rng;
import steepest.Shape;
import steepest.Tensor;
import steepest.fused.Conv2d;
import steepest.fused.Conv2d.Geometry;
import steepest.nn.Losses;
import steepest.nn.Models;
import steepest.optim.Sgd;

/** The workloads that {@code bench} times and {@code tune} searches with. */
public final class Workloads {
    /** Elements of a pointwise operand: 16 MiB, which no cache holds for long. */
    private static final int LONG = 1 << 22;

    private static final List<String> MODELS = List.of("mlp", "lenet", "cnn");

    /** What work of the same shape shares. */
    private final Map<Shape, HostArray> operands = new HashMap<>();

    private Workloads() {}

    /** @param batch samples of a training step */
    public static List<Workload> all(int batch) {
        return new Workloads().list(batch);
    }

    private List<Workload> list(int batch) {
        var all = new ArrayList<Workload>();
        all.addAll(products());
        all.addAll(convolutions());
        all.addAll(pointwise());
        all.addAll(reductions());
        all.addAll(transfers());
        for (String model : MODELS) {
            all.add(step(model, batch, false));
            all.add(step(model, batch, true));
        }
        return all;
    }

    private List<Workload> products() {
        return List.of(
                product("256 x 256 x 256", Shape.of(256, 256), Shape.of(256, 256)),
                product("1024 x 1024 x 1024", Shape.of(1024, 1024), Shape.of(1024, 1024)),
                product("2048 x 2048 x 2048", Shape.of(2048, 2048), Shape.of(2048, 2048)),
                product("64 x 784 x 256", Shape.of(64, 784), Shape.of(784, 256)),
                transposed("1024 x 64 x 1024, left transposed", Shape.of(64, 1024), Shape.of(64, 1024)),
                product("2048 x 2048 x 1", Shape.of(2048, 2048), Shape.of(2048, 1)),
                product("32 of 128 x 128 x 128", Shape.of(32, 128, 128), Shape.of(32, 128, 128)));
    }

    private Workload product(String name, Shape a, Shape b) {
        return Computation.of(
                "matmul", name, List.of(floats(a), floats(b)), in -> in.get(0).matmul(in.get(1)));
    }

    private Workload transposed(String name, Shape a, Shape b) {
        return Computation.of(
                "matmul",
                name,
                List.of(floats(a), floats(b)),
                in -> in.get(0).transpose(0, 1).matmul(in.get(1)));
    }

    private List<Workload> convolutions() {
        var same = Geometry.of(1, 1, 1, 1);
        Shape x = Shape.of(32, 32, 28, 28);
        Shape w = Shape.of(64, 32, 3, 3);
        Shape y = Shape.of(32, 64, 28, 28);
        String shapes = " [32,32,28,28] 64 of 3 x 3";
        return List.of(
                convolution("forward" + shapes, x, w, (a, b) -> Conv2d.conv2d(a, b, same)),
                convolution(
                        "input gradient" + shapes,
                        y,
                        w,
                        (a, b) -> Tensor.apply(new Conv2d.InputGrad(same, 28, 28), a, b)),
                convolution(
                        "weight gradient" + shapes,
                        x,
                        y,
                        (a, b) -> Tensor.apply(new Conv2d.WeightGrad(same, 3, 3), a, b)),
                convolution(
                        "forward [64,1,28,28] 6 of 5 x 5",
                        Shape.of(64, 1, 28, 28),
                        Shape.of(6, 1, 5, 5),
                        (a, b) -> Conv2d.conv2d(a, b, 1, 2)));
    }

    private Workload convolution(String name, Shape a, Shape b, BinaryOperator<Tensor> body) {
        return Computation.of(
                "convolution", name, List.of(floats(a), floats(b)), in -> body.apply(in.get(0), in.get(1)));
    }

    private List<Workload> pointwise() {
        HostArray x = floats(Shape.of(LONG));
        return List.of(
                Computation.pointwise(
                        "relu, 4 M elements", List.of(x), in -> in.get(0).relu()),
                Computation.pointwise(
                        "tanh, 4 M elements", List.of(x), in -> in.get(0).tanh()),
                Computation.pointwise(
                        "a b + sigmoid(a), 4 M elements",
                        List.of(x, x),
                        in -> in.get(0).mul(in.get(1)).add(in.get(0).sigmoid())));
    }

    private List<Workload> reductions() {
        Shape square = Shape.of(2048, 2048);
        return List.of(
                reduction("sum of 4 M elements", Shape.of(LONG), Tensor::sum),
                reduction("sums of 2048 rows of 2048", square, x -> x.sum(1)),
                reduction("sums of 65536 rows of 10", Shape.of(65536, 10), x -> x.sum(1)),
                reduction("sums of 2048 columns of 2048", square, x -> x.sum(0)),
                reduction("maxima of 2048 rows of 2048", square, x -> x.max(1)));
    }

    private Workload reduction(String name, Shape x, UnaryOperator<Tensor> f) {
        return Computation.of("reduction", name, List.of(floats(x)), in -> f.apply(in.get(0)));
    }

    private List<Workload> transfers() {
        HostArray array = floats(Shape.of(LONG));
        return List.of(new Transfer(true, array), new Transfer(false, array));
    }

    /** A training step by plain stochastic gradient descent on images of MNIST's size; its result is the loss. */
    private Workload step(String model, int batch, boolean fed) {
        var labels = HostArray.of(new Random(2).ints(batch, 0, 10).toArray(), Shape.of(batch));
        Supplier<Program.Body> body = () -> {
            var net = Models.of(model, Shape.of(1, 28, 28), 10).init(Rng.seed(1));
            var sgd = new Sgd(net.params(), 0.01);
            return (in, pass) -> sgd.minimize(Losses.crossEntropy(net.apply(in.get(0), pass), in.get(1)), pass);
        };
        String name = model + ", batch " + batch + (fed ? ", data from the host" : "");
        return new Computation(
                "step", name, batch, fed, List.of(floats(Shape.of(batch, 1, 28, 28)), labels), body, body);
    }

    /** Numbers in [−1, 1), always the same. */
    private HostArray floats(Shape shape) {
        return operands.computeIfAbsent(shape, s -> {
            var random = new Random(1);
            float[] values = new float[s.intSize()];
            for (int i = 0; i < values.length; i++) values[i] = 2 * random.nextFloat() - 1;
            return HostArray.of(values, s);
        });
    }
}

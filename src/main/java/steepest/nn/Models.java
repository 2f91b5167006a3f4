package steepest.nn;

import static steepest.nn.Layers.conv2d;
import static steepest.nn.Layers.dense;
import static steepest.nn.Layers.flatten;
import static steepest.nn.Layers.maxPool2d;
import static steepest.nn.Layers.relu;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import steepest.Shape;
import steepest.SteepestException;

/**
 * Networks by name. Each is an architecture for images {@code [C, H, W]} without values yet: {@code Models.of("lenet",
 * Shape.of(1, 28, 28), 10).init(Rng.seed(0))}. Inner sizes follow from the sample's shape; those in the descriptions are
 * for {@code [1, 28, 28]}.
 */
public final class Models {
    private interface Builder {
        void build(Net net);
    }

    /** One of the networks. */
    public record Description(String name, String text) {}

    private record Entry(String text, Builder builder) {}

    private static final Map<String, Entry> ALL = new LinkedHashMap<>();

    static {
        add("linear", "784-10: softmax regression", n -> n.flat().out());
        add("mlp", "784-256-128-10", n -> n.flat().hidden(256).hidden(128).out());
        add(
                "lenet",
                "6@5x5 pad 2, pool, 16@5x5, pool, 120-84-10",
                n -> n.conv(6, 5, 1, 2)
                        .pool()
                        .conv(16, 5, 1, 0)
                        .pool()
                        .flat()
                        .hidden(120)
                        .hidden(84)
                        .out());
        add(
                "cnn",
                "32-64-pool-128-pool, 3x3 pad 1, 128-10",
                n -> n.conv(32, 3, 1, 1)
                        .conv(64, 3, 1, 1)
                        .pool()
                        .conv(128, 3, 1, 1)
                        .pool()
                        .flat()
                        .hidden(128)
                        .out());
        add("fcnn", "784-128-64-10", n -> n.flat().hidden(128).hidden(64).out());
        add(
                "mnist-cnn",
                "8@3x3, pool, 16@5x5, pool, 120-84-10",
                n -> n.conv(8, 3, 1, 0)
                        .pool()
                        .conv(16, 5, 1, 0)
                        .pool()
                        .flat()
                        .hidden(120)
                        .hidden(84)
                        .out());
        add(
                "madry",
                "32@5x5 pad 2, pool, 64@5x5 pad 2, pool, 1024-10",
                n -> n.conv(32, 5, 1, 2)
                        .pool()
                        .conv(64, 5, 1, 2)
                        .pool()
                        .flat()
                        .hidden(1024)
                        .out());
        add(
                "fast-cnn",
                "16@4x4 stride 2 pad 1, 32@4x4 stride 2 pad 1, 100-10",
                n -> n.conv(16, 4, 2, 1).conv(32, 4, 2, 1).flat().hidden(100).out());
    }

    private Models() {}

    private static void add(String name, String text, Builder builder) {
        ALL.put(name, new Entry(text, builder));
    }

    /** The names, in the order they are shown. */
    public static List<String> names() {
        return List.copyOf(ALL.keySet());
    }

    /** The networks with a line about each. */
    public static List<Description> list() {
        return ALL.entrySet().stream()
                .map(e -> new Description(e.getKey(), e.getValue().text))
                .toList();
    }

    /** The network of that name whose weights begin as {@link Initializer#heNormal} has it. */
    public static Sequential of(String name, Shape sample, int classes) {
        return of(name, sample, classes, Initializer.heNormal());
    }

    /**
     * The network of that name for samples {@code [C, H, W]}; to be initialised.
     *
     * @param weights where its weights begin; biases begin at 0
     * @throws SteepestException if there is none, listing those that there are; or if it does not fit the samples,
     *     listing those that do
     */
    public static Sequential of(String name, Shape sample, int classes, Initializer weights) {
        Entry entry = ALL.get(name);
        if (entry == null)
            throw SteepestException.of("unknown model %s; there are %s", name, String.join(", ", names()));
        if (sample.rank() != 3 || sample.size() == 0 || classes < 1)
            throw SteepestException.of(
                    "model %s: expected samples [C,H,W] and at least 1 class, got %s and %d", name, sample, classes);
        try {
            return build(entry, sample, classes, weights);
        } catch (SteepestException e) {
            throw SteepestException.of(
                    "model %s does not fit samples %s (%s); these do: %s",
                    name, sample, e.getMessage(), String.join(", ", fitting(sample)));
        }
    }

    /** The names of the networks that take samples of that shape. */
    public static List<String> fitting(Shape sample) {
        return ALL.entrySet().stream()
                .filter(e -> fits(e.getValue(), sample))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** What to train where nobody chose: {@code lenet}, or {@code mlp} for samples that are too small for it. */
    public static String standard(Shape sample) {
        return fitting(sample).contains("lenet") ? "lenet" : "mlp";
    }

    private static boolean fits(Entry entry, Shape sample) {
        try {
            build(entry, sample, 1, Initializer.zeros());
            return true;
        } catch (SteepestException e) {
            return false;
        }
    }

    private static Sequential build(Entry entry, Shape sample, int classes, Initializer weights) {
        Net net = new Net(sample, classes, weights);
        entry.builder.build(net);
        return Sequential.of(net.layers);
    }

    /** A network under construction, which knows the shape behind its last layer. */
    private static final class Net {
        private final List<Layer> layers = new ArrayList<>();
        private final int classes;
        private final Initializer weights;
        private Shape shape;

        Net(Shape sample, int classes, Initializer weights) {
            this.shape = sample;
            this.classes = classes;
            this.weights = weights;
        }

        private Net add(Layer layer) {
            shape = layer.output(shape);
            layers.add(layer);
            return this;
        }

        Net conv(int out, int kernel, int stride, int padding) {
            return add(conv2d(shape.dim(0), out, kernel)
                            .stride(stride)
                            .padding(padding)
                            .weights(weights))
                    .add(relu());
        }

        Net pool() {
            return add(maxPool2d(2));
        }

        Net flat() {
            return add(flatten());
        }

        Net hidden(int units) {
            return add(dense(shape.dim(0), units).weights(weights)).add(relu());
        }

        Net out() {
            return add(dense(shape.dim(0), classes).weights(weights));
        }
    }
}

package steepest.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import steepest.DType;
import steepest.Device;
import steepest.HostArray;
import steepest.Program;
import steepest.Rng;
import steepest.Shape;
import steepest.Spec;
import steepest.Step;
import steepest.Tensor;
import steepest.Variable;
import steepest.fused.Conv2d;
import steepest.nn.Layer;
import steepest.nn.Layers;

/** What goes into the kernel of a product on a device that takes it there. */
@Tag("opencl")
class EpilogueTest {
    private static Device device;

    @BeforeAll
    static void open() {
        SteepestEngine engine = new SteepestEngine();
        boolean found = engine.devices().stream().anyMatch(d -> d.id().startsWith("opencl:"));
        if (Boolean.getBoolean("steepest.requireOpenCL") || "true".equals(System.getenv("CI")))
            assertThat(found).as("an OpenCL device").isTrue();
        assumeTrue(found, "no OpenCL device: epilogues are not tested");
        device = engine.open("opencl");
    }

    @AfterAll
    static void close() {
        if (device != null) device.close();
    }

    private static Spec f32(int... dims) {
        return Spec.of(DType.F32, dims);
    }

    private static int kernels(String explanation) {
        return Integer.parseInt(explanation.substring(0, explanation.indexOf(' ')));
    }

    private String explain(Program.Body body, Spec... inputs) {
        try (Program p = Program.of(inputs.length, body).on(device)) {
            return p.explain(inputs);
        }
    }

    @Test
    void biasAndActivationOfADenseLayerAreOneKernelWithItsProduct() {
        String text = explain(
                (in, pass) -> Step.of(in.get(0).matmul(in.get(1)).add(in.get(2)).relu()), f32(5, 6), f32(6, 7), f32(7));
        assertThat(kernels(text)).isEqualTo(1);
        assertThat(text)
                .contains("matmul(input 0 [5,6], input 1 [6,7]), with 2 fused ops over its result r: result[5,7] = "
                        + "relu(add(r, input 2 [5,7] repeated))");
    }

    /** The convolution is one of images of one row, which the sequences are a view of. */
    @Test
    void biasActivationAndResidualOfAConvolutionOfSequencesAreOneKernelWithIt() {
        Layer layer = Layers.conv1d(3, 4, 3).padding(2, 0).init(Rng.seed(1));
        for (boolean first : new boolean[] {true, false}) {
            String text = explain(
                    (in, pass) -> {
                        Tensor y = layer.apply(in.get(0)).tanh();
                        return Step.of(first ? y.add(in.get(1)) : in.get(1).add(y));
                    },
                    f32(2, 3, 8),
                    f32(2, 4, 8));
            assertThat(kernels(text)).as(text).isEqualTo(1);
        }
    }

    /** Its numbers are arguments of the kernel and count little. */
    @Test
    void biasAndGeluAreOneKernelWithTheirProduct() {
        String text = explain(
                (in, pass) -> Step.of(in.get(0).matmul(in.get(1)).add(in.get(2)).gelu()), f32(5, 6), f32(6, 7), f32(7));
        assertThat(kernels(text)).as(text).isEqualTo(1);
    }

    @Test
    void biasAndActivationOfAConvolutionAreOneKernelWithIt() {
        String text = explain(
                (in, pass) -> Step.of(Conv2d.conv2d(in.get(0), in.get(1), 1, 1)
                        .add(in.get(2).reshape(1, 4, 1, 1))
                        .tanh()),
                f32(2, 3, 5, 5),
                f32(4, 3, 3, 3),
                f32(4));
        assertThat(kernels(text)).isEqualTo(1);
    }

    @Test
    void aPreactivationThatSomebodyElseNeedsIsStoredByTheSameKernel() {
        String text = explain(
                (in, pass) -> {
                    Tensor z = in.get(0).matmul(in.get(1));
                    return Step.of(z.tanh(), z);
                },
                f32(5, 6),
                f32(6, 7));
        assertThat(kernels(text)).isEqualTo(1);
    }

    @Test
    void ofTwoProductsThatMeetOneTakesTheSum() {
        String text = explain(
                (in, pass) -> Step.of(in.get(0).matmul(in.get(1)).add(in.get(1).matmul(in.get(0)))),
                f32(4, 4),
                f32(4, 4));
        assertThat(kernels(text)).isEqualTo(2);
    }

    @Test
    void whatAProductReadsIsNotPartOfItsEpilogue() {
        String text = explain(
                (in, pass) -> {
                    Tensor x = in.get(0).exp();
                    return Step.of(x.add(x.matmul(x)));
                },
                f32(4, 4));
        assertThat(kernels(text)).isEqualTo(2);
    }

    @Test
    void aVariableIsNotOverwrittenWhileItsProductReadsIt() {
        Variable w = Variable.of("w", HostArray.of(new float[] {1, 2, 3, 4}, Shape.of(2, 2)));
        try (Program p = Program.of(
                        0,
                        (in, pass) -> Step.of()
                                .update(w, w.read().matmul(w.read()).mul(0.5).add(w.read())))
                .on(device)) {
            p.run();
            // W + W²/2
            assertThat(w.read().toFloats()).containsExactly(1 + 3.5f, 2 + 5, 3 + 7.5f, 4 + 11);
            p.run();
            assertThat(w.read().toFloats()[0]).isEqualTo(4.5f + (4.5f * 4.5f + 7 * 10.5f) / 2);
        }
    }

    @Test
    void aReplayGivesTheBitsOfAFreshRun() {
        Program.Body body = (in, pass) -> {
            Tensor z = in.get(0).matmul(in.get(1)).add(in.get(2));
            return Step.of(z.tanh(), z);
        };
        Tensor x = Tensor.of(numbers(9, 3000, 1));
        Tensor w = Tensor.of(numbers(3000, 11, 2));
        Tensor b = Tensor.of(numbers(1, 11, 3));
        List<HostArray> first;
        try (Program p = Program.of(3, body).on(device)) {
            first = p.run(x, w, b).stream().map(Tensor::toHost).toList();
            assertThat(p.run(x, w, b).stream().map(Tensor::toHost)).isEqualTo(first);
        }
        try (Program p = Program.of(3, body).on(device)) {
            assertThat(p.run(x, w, b).stream().map(Tensor::toHost)).isEqualTo(first);
        }
    }

    private static HostArray numbers(int rows, int columns, int salt) {
        float[] f = new float[rows * columns];
        for (int i = 0; i < f.length; i++) f[i] = ((i * 37 + salt * 11) % 101 - 50) / 64f;
        return HostArray.of(f, Shape.of(rows, columns));
    }
}

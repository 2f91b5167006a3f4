package steepest.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import steepest.DType;
import steepest.HostArray;
import steepest.Philox;
import steepest.Rng;
import steepest.Shape;
import steepest.Spec;
import steepest.Tensor;
import steepest.backend.BackendDevice;
import steepest.backend.ref.RefBackend;
import steepest.fused.Conv2d;
import steepest.fused.Conv2d.Geometry;
import steepest.op.Leaf;
import steepest.support.NodeByNode;

/** What only happens at size: reductions in parts, several tiles and depth blocks, groups that share a line, many merges. */
@Tag("opencl")
class LargerShapesTest {
    static List<String> configurations() {
        return OpenCl.configurations().stream()
                .filter(c -> c.startsWith("lwjgl"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void agreeWithTheReference(String configuration) {
        BackendDevice device = OpenCl.device(configuration);
        BackendDevice ref = new RefBackend().open(new RefBackend().devices().get(0));
        List<HostArray> values = List.of(
                random(Shape.of(3, 1000, 37), 0),
                random(Shape.of(131, 530), 1),
                random(Shape.of(530, 77), 2),
                random(Shape.of(9, 5, 21, 33), 3),
                random(Shape.of(11, 5, 3, 3), 4),
                integers(Shape.of(20_011), 5));
        List<Tensor> in = java.util.stream.IntStream.range(0, values.size())
                .mapToObj(i -> Tensor.leaf(new Leaf.Input(i, values.get(i).spec()), null))
                .toList();
        Tensor x = in.get(0);
        Tensor a = in.get(1);
        Tensor b = in.get(2);
        Tensor image = in.get(3);
        Tensor weight = in.get(4);
        Tensor many = in.get(5);
        Geometry g = Geometry.of(1, 1, 1, 1);
        Tensor y = Conv2d.conv2d(image, weight, g);
        List<Tensor> exact = List.of(
                x.max(0, 1, 2),
                x.min(0, 1),
                x.argmax(1),
                x.reshape(3, 37_000).argmin(1),
                many.sort(0, false).values(),
                many.sort(0, false).indices(),
                many.sort(0, true).indices(),
                many.sum(0));
        List<Tensor> close = List.of(
                x.sum(0, 1, 2),
                x.sum(0, 1),
                x.sum(1, 2),
                x.sum(0, 2),
                x.reshape(111_000).sum(0),
                a.matmul(b),
                b.transpose(0, 1).matmul(a.transpose(0, 1)),
                y,
                Tensor.apply(new Conv2d.InputGrad(g, 21, 33), y, weight),
                Tensor.apply(new Conv2d.WeightGrad(g, 3, 3), image, y));
        List<HostArray> expected = run(ref, in, exact, values);
        assertThat(run(device, in, exact, values)).isEqualTo(expected);
        List<HostArray> near = run(ref, in, close, values);
        List<HostArray> got = run(device, in, close, values);
        assertThat(run(device, in, close, values)).as("bit for bit").isEqualTo(got);
        for (int i = 0; i < close.size(); i++) {
            double scale = 0;
            double error = 0;
            for (int j = 0; j < near.get(i).size(); j++) {
                scale = Math.max(scale, Math.abs(near.get(i).get(j)));
                error = Math.max(error, Math.abs(near.get(i).get(j) - got.get(i).get(j)));
            }
            assertThat(error).as("result %d of %s", i, close.get(i).spec()).isLessThan(1e-5 * scale + 1e-4);
        }
    }

    private static List<HostArray> run(
            BackendDevice device, List<Tensor> in, List<Tensor> out, List<HostArray> values) {
        try (NodeByNode graph = new NodeByNode(device, in, out, true)) {
            return graph.run(values, 0);
        }
    }

    private static HostArray random(Shape shape, int stream) {
        float[] f = new float[shape.intSize()];
        int[] bits = new int[f.length];
        Philox.bits(new Rng.Key(1, stream), 0, 0, bits.length, bits, 0);
        for (int i = 0; i < f.length; i++) f[i] = 2 * Philox.uniform(bits[i]) - 1;
        return HostArray.of(f, shape);
    }

    /** Few different ones, so that many are equal and only a stable sort gets their places right. */
    private static HostArray integers(Shape shape, int stream) {
        HostArray a = HostArray.zeros(new Spec(DType.I32, shape));
        int[] bits = new int[a.size()];
        Philox.bits(new Rng.Key(1, stream), 0, 0, bits.length, bits, 0);
        for (int i = 0; i < bits.length; i++) a.set(i, bits[i] % 1000);
        return a;
    }
}

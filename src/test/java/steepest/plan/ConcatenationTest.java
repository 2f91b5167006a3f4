package steepest.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import steepest.DType;
import steepest.Device;
import steepest.Program;
import steepest.Spec;
import steepest.Step;
import steepest.Tensor;

/** Concatenations whose parts are made where they are wanted, and the sums of products that rest on them. */
class ConcatenationTest {
    /** Runs on a matrix [2, 2] and expects so many kernels, and these sums of the results. */
    private static void check(int kernels, double[] sums, Program.Body1 body) {
        try (Program p = Program.of(body).on(Device.ref())) {
            String text = p.explain(Spec.of(DType.F32, 2, 2));
            assertThat(text).startsWith(kernels + " kernel");
            List<Tensor> results = p.run(Tensor.of(1f, 2, 3, 4).reshape(2, 2));
            for (int i = 0; i < sums.length; i++)
                assertThat(results.get(i).toFloats()).as("result %d", i).containsExactly((float) sums[i]);
        }
    }

    /** Powers of x, the second on: 7, 10, 15, 22, then 37, 54, 81, 118, then 199, 290, 435, 634. */
    private static List<Tensor> powers(Tensor x, int n) {
        Tensor[] p = new Tensor[n];
        for (int i = 0; i < n; i++) p[i] = (i == 0 ? x : p[i - 1]).matmul(x);
        return List.of(p);
    }

    @Test
    void partsThatLieInOnePieceAreNotCopied() {
        check(
                4,
                new double[] {54 + 290 + 1558},
                x -> Tensor.concat(0, powers(x, 3)).sum());
        check(
                4,
                new double[] {54 + 290 + 1558},
                x -> Tensor.stack(0, powers(x, 3)).sum());
    }

    @Test
    void whatLiesSideBySideAlreadyIsNotCopied() {
        check(5, new double[] {290 + 1558, 54 + 290 + 1558}, x -> {
            List<Tensor> p = powers(x, 3);
            Tensor some = Tensor.concat(0, p.subList(1, 3));
            return Step.of(some.sum(), Tensor.concat(0, p).sum());
        });
    }

    @Test
    void partsOfOtherKindsAreCopied() {
        // an input, a part for the second time, a transposed one, and parts side by side along the second axis
        check(
                3,
                new double[] {10 + 54},
                x -> Tensor.concat(0, x, powers(x, 1).get(0)).sum());
        check(
                3,
                new double[] {108},
                x -> Tensor.concat(0, powers(x, 1).get(0), powers(x, 1).get(0)).sum());
        check(5, new double[] {54 + 290}, x -> {
            List<Tensor> p = powers(x, 2);
            return Tensor.concat(1, p.get(0), p.get(1)).sum();
        });
    }

    @Test
    void aPartLivesAsLongAsTheWhole() {
        check(8, new double[] {54 + 290 + 1558}, x -> {
            List<Tensor> p = powers(x, 3);
            Tensor whole = Tensor.concat(0, p);
            // in between memory is asked for that must not be taken from the parts
            Tensor other = x;
            for (int i = 0; i < 4; i++) other = other.matmul(x.t());
            return Step.of(whole.sum(), other);
        });
    }

    @Test
    void theGradientByAWeightThatIsUsedAgainAndAgainIsOneProduct() {
        Program.Body1 body = w -> {
            Tensor h = Tensor.iota(6).cast(DType.F32).reshape(3, 2);
            for (int i = 0; i < 4; i++) h = h.matmul(w).tanh();
            return h.sum().grad(w);
        };
        try (Program p = Program.of(body).on(Device.ref())) {
            String text = p.explain(Spec.of(DType.F32, 2, 2));
            // four forward, three back through time, one by the weight
            assertThat(text.lines().filter(l -> l.contains("= matmul("))).hasSize(8);
            float[] w = {0.1f, -0.2f, 0.3f, 0.4f};
            float[] g = p.call(Tensor.of(w).reshape(2, 2)).toFloats();
            for (int i = 0; i < 4; i++)
                assertThat(g[i]).isCloseTo(difference(w, i), org.assertj.core.api.Assertions.within(1e-3f));
        }
    }

    private static float difference(float[] w, int i) {
        double[] at = IntStream.of(1, -1)
                .mapToDouble(sign -> {
                    float[] moved = w.clone();
                    moved[i] += sign * 1e-2f;
                    Tensor h = Tensor.iota(6).cast(DType.F32).reshape(3, 2);
                    for (int k = 0; k < 4; k++)
                        h = h.matmul(Tensor.of(moved).reshape(2, 2)).tanh();
                    return h.sum().item();
                })
                .toArray();
        return (float) ((at[0] - at[1]) / 2e-2);
    }
}

package steepest.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static steepest.backend.cpu.Harness.floats;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import steepest.DType;
import steepest.HostArray;
import steepest.Shape;
import steepest.Spec;
import steepest.backend.Kernel.OpKernel;
import steepest.backend.View;
import steepest.fused.Conv2d;
import steepest.op.MatMul;
import steepest.op.Op;

/** A sample's results have the same bits whatever other samples are in its batch: tiles follow from sizes, bits do not. */
@Tag("backend")
class RowBitsTest {
    private static final int[] BATCHES = {1, 2, 3, 5, 16, 17, 33, 64, 100, 127, 128, 129, 200};

    @ParameterizedTest
    @CsvSource({"10, 84", "784, 128", "256, 784", "129, 256", "130, 272", "400, 120", "9, 1000", "1, 512", "1000, 1"})
    void ofProducts(int n, int k) {
        int most = 300;
        HostArray a = floats(1, most, k);
        HostArray b = floats(2, k, n);
        for (boolean transposed : new boolean[] {false, true}) {
            HostArray whole = product(a, b, transposed);
            for (int m : BATCHES) {
                // from the middle, so that a row lies in another tile, at another place of it
                int from = (most - m) / 2;
                sameRows(product(rows(a, from, m), b, transposed), rows(whole, from, m), m + " rows");
            }
        }
    }

    /** On all CPU devices, which agree. @param transposed whether B's columns lie contiguous */
    private static HostArray product(HostArray a, HostArray b, boolean transposed) {
        int k = b.shape().dim(0);
        int n = b.shape().dim(1);
        Spec out = Spec.of(DType.F32, a.shape().dim(0), n);
        View left = View.of(0, DType.F32, a.shape(), 0);
        View right = new View(1, DType.F32, b.shape(), 0, transposed ? new long[] {1, k} : new long[] {n, 1});
        OpKernel kernel =
                new OpKernel(new MatMul(), List.of(left, right), List.of(View.of(2, DType.F32, out.shape(), 0)), -1);
        return Harness.everywhere(kernel, List.of(a, b), List.of(out)).get(0);
    }

    @ParameterizedTest
    @CsvSource({"1, 12, 8, 5, 1, 2", "16, 14, 32, 4, 2, 1", "3, 9, 70, 3, 1, 1"})
    void ofConvolutions(int channels, int side, int filters, int kernel, int stride, int padding) {
        Conv2d.Geometry g = Conv2d.Geometry.of(stride, padding, 1, 1);
        HostArray w = floats(3, filters, channels, kernel, kernel);
        images(new Conv2d(g), floats(4, 23, channels, side, side), w);
        int out = (side + 2 * padding - kernel) / stride + 1;
        images(new Conv2d.InputGrad(g, side, side), floats(5, 23, filters, out, out), w);
    }

    private static void images(Op op, HostArray x, HostArray w) {
        HostArray whole = run(op, x, w);
        for (int n : new int[] {1, 2, 3, 7, 8, 9, 16})
            sameRows(run(op, rows(x, 5, n), w), rows(whole, 5, n), op + ", " + n + " images");
    }

    private static HostArray run(Op op, HostArray x, HostArray w) {
        List<Spec> in = List.of(x.spec(), w.spec());
        List<Spec> out = op.outputs(in);
        return Harness.everywhere(Harness.kernel(op, in, out), List.of(x, w), out)
                .get(0);
    }

    private static HostArray rows(HostArray a, int from, int count) {
        Shape s = a.shape().with(0, count);
        int each = a.size() / a.shape().dim(0);
        return HostArray.of(Arrays.copyOfRange(a.floats(), from * each, (from + count) * each), s);
    }

    private static void sameRows(HostArray some, HostArray of, String what) {
        assertThat(some.floats()).as(what).isEqualTo(of.floats());
    }
}

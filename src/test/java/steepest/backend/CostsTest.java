package steepest.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import steepest.DType;
import steepest.Recorder.Work;
import steepest.Shape;
import steepest.Spec;
import steepest.backend.Kernel.Element;
import steepest.backend.Kernel.Instruction;
import steepest.backend.Kernel.LiteralValue;
import steepest.backend.Kernel.OpKernel;
import steepest.backend.Kernel.PointwiseKernel;
import steepest.backend.Kernel.Store;
import steepest.fused.Conv2d;
import steepest.fused.Pool2d;
import steepest.fused.SoftmaxCrossEntropy;
import steepest.op.Gather;
import steepest.op.MatMul;
import steepest.op.Op;
import steepest.op.Reduce;
import steepest.op.ScalarOp;
import steepest.op.Sort;

/** Operations and bytes, each case counted by hand. */
class CostsTest {
    private static View view(int slot, DType type, int... dims) {
        return View.of(slot, type, Shape.of(dims), 0);
    }

    private static Work of(Op op, View... inputs) {
        List<Spec> out = op.outputs(List.of(inputs).stream().map(View::spec).toList());
        List<View> outputs = IntStream.range(0, out.size())
                .mapToObj(i -> View.of(9 + i, out.get(i).dtype(), out.get(i).shape(), 0))
                .toList();
        return Costs.of(new OpKernel(op, List.of(inputs), outputs, -1));
    }

    @Test
    void aProductIsAMultiplicationAndAnAdditionForEachStepOfEachResult() {
        Work w = of(new MatMul(), view(0, DType.F32, 2, 3), view(1, DType.F32, 3, 4));
        assertThat(w).isEqualTo(new Work("matmul [2,3] [3,4]", 2 * 2 * 3 * 4, 4 * (6 + 12 + 8)));
    }

    /** relu(A · B + b): the product itself is never stored. */
    @Test
    void anEpilogueAddsItsFunctionsAndReadsItsOwnOperands() {
        View y = view(3, DType.F32, 2, 4);
        View bias = new View(2, DType.F32, Shape.of(2, 4), 0, new long[] {0, 1});
        PointwiseKernel epilogue = new PointwiseKernel(
                y.shape(),
                List.of(new Kernel.Result(DType.F32), new Element(bias)),
                List.of(
                        new Instruction(ScalarOp.ADD, List.of(0, 1), DType.F32),
                        new Instruction(ScalarOp.RELU, List.of(2), DType.F32)),
                List.of(new Store(y, 3)));
        List<View> operands = List.of(view(0, DType.F32, 2, 3), view(1, DType.F32, 3, 4));
        assertThat(Costs.of(new OpKernel(new MatMul(), operands, epilogue)))
                .isEqualTo(new Work("matmul [2,3] [3,4], add+relu [2,4]", 2 * 2 * 3 * 4 + 2 * 8, 4 * (6 + 12 + 4 + 8)));
    }

    /** One matrix for all of a batch lies in memory once. */
    @Test
    void whatIsRepeatedIsReadOnce() {
        View shared = new View(1, DType.F32, Shape.of(5, 3, 4), 0, new long[] {0, 4, 1});
        Work w = of(new MatMul(), view(0, DType.F32, 5, 2, 3), shared);
        assertThat(w.flops()).isEqualTo(2 * 5 * 2 * 3 * 4);
        assertThat(w.bytes()).isEqualTo(4 * (30 + 12 + 40));
    }

    /** y = relu(x · 0.5 + b), b one number for each column: 3 functions; the literal is no memory. */
    @Test
    void aLoopCountsItsFunctions() {
        Shape space = Shape.of(10, 7);
        View b = new View(1, DType.F32, space, 0, new long[] {0, 1});
        Work w = Costs.of(new PointwiseKernel(
                space,
                List.of(new Element(view(0, DType.U8, 10, 7)), new Element(b), new LiteralValue(0.5, DType.F32)),
                List.of(
                        new Instruction(null, List.of(0), DType.F32),
                        new Instruction(ScalarOp.MUL, List.of(3, 2), DType.F32),
                        new Instruction(ScalarOp.ADD, List.of(4, 1), DType.F32),
                        new Instruction(ScalarOp.RELU, List.of(5), DType.F32)),
                List.of(new Store(view(2, DType.F32, 10, 7), 6))));
        assertThat(w).isEqualTo(new Work("mul+add+relu [10,7]", 3 * 70, 70 + 4 * 7 + 4 * 70));
    }

    @Test
    void copiesAndFillsComputeNothing() {
        Store store = new Store(view(1, DType.F32, 6), 0);
        Element x = new Element(view(0, DType.F32, 6));
        assertThat(Costs.of(new PointwiseKernel(Shape.of(6), List.of(x), List.of(), List.of(store))))
                .isEqualTo(new Work("copy [6]", 0, 48));
        LiteralValue one = new LiteralValue(1, DType.F32);
        assertThat(Costs.of(new PointwiseKernel(Shape.of(6), List.of(one), List.of(), List.of(store))))
                .isEqualTo(new Work("fill [6]", 0, 24));
        assertThat(of(new Gather(0), view(0, DType.F32, 100, 2), view(1, DType.I32, 5, 2))
                        .flops())
                .isZero();
    }

    @Test
    void aSumIsAnAdditionForEachElementAndSortingComparesByTheLogarithm() {
        assertThat(of(new Reduce(Reduce.Kind.SUM, List.of(1)), view(0, DType.F32, 8, 100)))
                .isEqualTo(new Work("sum [8,100]", 800, 4 * 808));
        // 3 rows of 100: 100 · ⌈log₂ 100⌉ = 700 comparisons each; out come values and indices
        assertThat(of(new Sort(1, false), view(0, DType.F32, 3, 100)))
                .isEqualTo(new Work("sort [3,100]", 2100, 4 * 900));
    }

    /** 2 pictures of 4 channels, 6 × 6; 8 kernels 3 × 3 in 2 groups, padded by 1: 2·8·6·6 outputs of 2·3·3 products. */
    @Test
    void aConvolutionAndItsGradientsCostTheSame() {
        Conv2d.Geometry g = Conv2d.Geometry.of(1, 1, 1, 2);
        View x = view(0, DType.F32, 2, 4, 6, 6);
        View w = view(1, DType.F32, 8, 2, 3, 3);
        View y = view(2, DType.F32, 2, 8, 6, 6);
        long flops = 2L * (2 * 8 * 6 * 6) * (2 * 3 * 3);
        assertThat(of(new Conv2d(g), x, w))
                .isEqualTo(new Work("conv2d [2,4,6,6] [8,2,3,3]", flops, 4 * (288 + 144 + 576)));
        assertThat(of(new Conv2d.InputGrad(g, 6, 6), y, w).flops()).isEqualTo(flops);
        assertThat(of(new Conv2d.WeightGrad(g, 3, 3), x, y).flops()).isEqualTo(flops);
    }

    /** Max-pooling 2 × 2: each of 4 elements of each window is compared. */
    @Test
    void otherFusedOpsCostWhatTheirMeaningDoes() {
        Pool2d.Max pool = new Pool2d.Max(new steepest.op.Window(2, 2, 2, 2, 1, 1), 0, 0);
        assertThat(of(pool, view(0, DType.F32, 3, 5, 8, 8)).flops()).isEqualTo(3 * 5 * 4 * 4 * 4);
        // a row of 10: its maximum, differences, exponentials and their sum are 40, and a few for the whole row
        Work w = of(new SoftmaxCrossEntropy(), view(0, DType.F32, 64, 10), view(1, DType.I32, 64));
        assertThat(w.flops()).isBetween(64L * 40, 64L * 60);
        assertThat(w.bytes()).isEqualTo(4 * (640 + 64 + 64));
    }
}

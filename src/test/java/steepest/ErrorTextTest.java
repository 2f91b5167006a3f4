package steepest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static steepest.fused.Conv2d.conv2d;
import static steepest.fused.Pool2d.maxPool2d;
import static steepest.fused.SoftmaxCrossEntropy.crossEntropy;

import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Errors name the op, what was expected, what came, and end with the user's line. */
class ErrorTextTest {
    private static final Tensor M = Tensor.zeros(3, 4);
    private static final Tensor V = Tensor.zeros(5);

    static Stream<Arguments> mistakes() {
        return Stream.of(
                mistake("add: shapes [3,4] and [5] do not broadcast (4 vs 5, axis -1)", () -> M.add(V)),
                mistake("matmul: inner sizes differ, [3,4] × [3,4] (4 vs 3)", () -> M.matmul(M)),
                mistake(
                        "matmul: takes matrices or vectors, got [] × [3,4]",
                        () -> Tensor.scalar(1).matmul(M)),
                mistake("reshape: [3,4] (12 elements) cannot become [5,2] (10)", () -> M.reshape(5, 2)),
                mistake("reshape: [3,4] does not divide into [-1, 5]", () -> M.reshape(-1, 5)),
                mistake("expand: [3,4] does not broadcast to [3,8]", () -> M.expand(Shape.of(3, 8))),
                mistake("expand: [5] does not broadcast to [4]", () -> V.broadcastTo(Shape.of(4))),
                mistake("slice: 2 to 9 step 1 does not fit axis 0 of [5]", () -> V.slice(0, 2, 9)),
                mistake("slice: 7 to 8 step 1 does not fit axis 0 of [5]", () -> V.select(0, 7)),
                mistake("squeeze: axis 0 of [3,4] is not of size 1", () -> M.squeeze(0)),
                mistake("axis 2 is out of range for shape [3,4]", () -> M.sum(2)),
                mistake("axis -3 is out of range for shape [3,4]", () -> M.softmax(-3)),
                mistake("axis 5 is out of range for shape [3,4]", () -> M.transpose(0, 5)),
                mistake("axis 4 is out of range to insert into [3,4]", () -> M.unsqueeze(4)),
                mistake("axis 3 is out of range for shape [3,4]", () -> Tensor.concat(3, M, M)),
                mistake("permute: [0, 0] is no order of the axes of [3,4]", () -> M.permute(0, 0)),
                mistake("concat: f32[3,4] and f32[5] differ beside axis 0", () -> Tensor.concat(0, M, V)),
                mistake("concat: takes at least one tensor", () -> Tensor.concat(0, List.of())),
                mistake("pad: [1] and [1] do not fit the axes of [3,4]", () -> M.pad(new int[] {1}, new int[] {1}, 0)),
                mistake("gather: the index must be i32, got f32[3,4]", () -> M.gather(0, M)),
                mistake("gather: index [5] and tensor [3,4] differ beside axis 0", () -> M.gather(0, Tensor.iota(5))),
                mistake(
                        "scatterAdd: takes an i32 index of shape [5], got i32[4]",
                        () -> V.scatterAdd(0, Tensor.iota(4), 9)),
                mistake(
                        "max: no elements along axes [1] of [3,0]",
                        () -> Tensor.zeros(3, 0).max(1)),
                mistake(
                        "argmax: axis 1 of [3,0] is empty",
                        () -> Tensor.zeros(3, 0).argmax(1)),
                mistake(
                        "add: takes f32, f64 or i32, all alike (cast first), got [f32[5], i32[5]]",
                        () -> V.add(Tensor.iota(5))),
                mistake("and: takes bool, got [f32[5], f32[5]]", () -> V.and(V)),
                mistake(
                        "sum: takes f32, f64 or i32 (cast first), got bool[5]",
                        () -> V.gt(0).sum()),
                mistake("matrix: row 1 has 1 elements, row 0 has 2", () -> Tensor.of(new float[][] {{1, 2}, {3}})),
                mistake("item: takes a tensor of one element, got f32[5]", () -> V.item()),
                mistake(
                        "grad: a gradient is taken of a scalar, got f32[5]; sum it first, or use Derivatives.vjp",
                        () -> V.grad(V)),
                mistake(
                        "grad: a gradient is taken of f32 or f64, got i32[]",
                        () -> Tensor.iota(5).sum().grad(V)),
                mistake("grad: cannot differentiate by i32[5]", () -> V.sum().grad(Tensor.iota(5))),
                mistake("vjp: the vector must be f32[5] as the output, got f32[3,4]", () -> Derivatives.vjp(V, V, M)),
                mistake("conv2d: takes [N,C,H,W] and [K,C/groups,kh,kw], got [3,4] and [5]", () -> conv2d(M, V, 1, 0)),
                mistake(
                        "3 channels do not fit weight [2,4,3,3]",
                        () -> conv2d(Tensor.zeros(1, 3, 8, 8), Tensor.zeros(2, 4, 3, 3), 1, 0)),
                mistake(
                        "a window of 3x3 with dilation 1x1 does not fit into a side of 2",
                        () -> conv2d(Tensor.zeros(1, 1, 2, 2), Tensor.zeros(1, 1, 3, 3), 1, 0)),
                mistake("maxPool2d: takes [N,C,H,W], got [3,4]", () -> maxPool2d(M, 2, 2, 0)),
                mistake(
                        "maxPool2d: padding 2x2 must be from 0 to half of the window 2x2",
                        () -> maxPool2d(Tensor.zeros(1, 1, 4, 4), 2, 2, 2)),
                mistake(
                        "crossEntropy: takes logits f32[B,C] and labels i32[B], got f32[3,4] and f32[5]",
                        () -> crossEntropy(M, V)));
    }

    private static Arguments mistake(String text, ThrowingCallable mistake) {
        return Arguments.of(text, mistake);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mistakes")
    void errorsEndWithTheUsersLine(String text, ThrowingCallable mistake) {
        Throwable e = catchThrowable(mistake);
        assertThat(e).isInstanceOf(SteepestException.class);
        assertThat(e.getMessage())
                .contains(text)
                .matches("[^\\n]* at ErrorTextTest\\.[^ ]+\\(ErrorTextTest\\.java:\\d+\\)");
    }
}

package steepest;

import static org.assertj.core.api.Assertions.assertThat;
import static steepest.Derivatives.hessian;
import static steepest.Derivatives.hvp;
import static steepest.Derivatives.jacobian;
import static steepest.Derivatives.jvp;
import static steepest.Derivatives.laplacian;
import static steepest.Derivatives.vjp;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Derivatives whose values are known by hand. */
class DerivativesTest {
    @BeforeEach
    void onRef() {
        Device.setDefault(Device.ref());
    }

    @AfterEach
    void onWhateverIsBest() {
        Device.setDefault(null);
    }

    private final Tensor x = Tensor.of(2f, 3);

    /** x₀²x₁ + x₁³. */
    private Tensor polynomial() {
        Tensor a = x.select(0, 0);
        Tensor b = x.select(0, 1);
        return a.square().mul(b).add(b.pow(3));
    }

    @Test
    void theGradientOfAPolynomial() {
        assertThat(polynomial().grad(x).toFloats()).containsExactly(12, 31);
    }

    @Test
    void itsHessianAndWhatFollows() {
        Tensor f = polynomial();
        assertThat(hessian(f, x).shape()).isEqualTo(Shape.of(2, 2));
        assertThat(hessian(f, x).toFloats()).containsExactly(6, 4, 4, 18);
        assertThat(hvp(f, x, Tensor.of(1f, -1)).toFloats()).containsExactly(2, -14);
        assertThat(laplacian(f, x).item()).isEqualTo(24);
    }

    @Test
    void derivativesOfAnyOrder() {
        Tensor t = Tensor.scalar(2).alias();
        Tensor y = t.pow(5);
        for (double expected : new double[] {80, 160, 240, 240, 120, 0}) {
            y = y.grad(t);
            assertThat(y.item()).isEqualTo(expected);
        }
    }

    @Test
    void theJacobianAndItsProducts() {
        Tensor a = Tensor.of(new float[][] {{1, 2}, {3, 4}, {5, 6}});
        Tensor y = a.matmul(x);
        assertThat(jacobian(y, x).shape()).isEqualTo(Shape.of(3, 2));
        assertThat(jacobian(y, x).toFloats()).isEqualTo(a.toFloats());
        assertThat(vjp(y, x, Tensor.of(1f, 0, 1)).toFloats()).containsExactly(6, 8);
        assertThat(jvp(y, x, Tensor.of(1f, -1)).toFloats()).containsExactly(-1, -1, -1);
        assertThat(jvp(x.square(), x, Tensor.of(1f, 10)).toFloats()).containsExactly(4, 60);
        assertThat(jacobian(Tensor.zeros(0).mul(x.sum()), x).shape()).isEqualTo(Shape.of(0, 2));
    }

    @Test
    void whereNothingFlowsTheGradientIsZero() {
        Tensor other = Tensor.of(1f, 1, 1);
        assertThat(x.sum().grad(other).toFloats()).containsExactly(0, 0, 0);
        assertThat(x.detach().square().sum().grad(x).toFloats()).containsExactly(0, 0);
        assertThat(x.floor().sum().grad(x).toFloats()).containsExactly(0, 0);
        assertThat(vjp(other, x, other).toFloats()).containsExactly(0, 0);
    }

    @Test
    void aGradientBySomethingInTheMiddleStopsThere() {
        Tensor middle = x.square();
        Tensor y = middle.mul(middle).sum();
        assertThat(y.grad(middle).toFloats()).containsExactly(8, 18);
        List<Tensor> both = y.grad(List.of(middle, x));
        assertThat(both.get(0).toFloats()).containsExactly(8, 18);
        assertThat(both.get(1).toFloats()).containsExactly(32, 108);
    }

    @Test
    void aTensorUsedTwiceCollectsBothGradients() {
        assertThat(x.mul(x).add(x).sum().grad(x).toFloats()).containsExactly(5, 7);
        Tensor same = x.alias();
        assertThat(x.mul(same).sum().grad(same).toFloats()).containsExactly(2, 3);
        assertThat(x.mul(same).sum().grad(x).toFloats()).containsExactly(4, 6);
    }

    @Test
    void aGradientIsDifferentiable() {
        // the gradient penalty (|∇f| − 1)² of f = Σ x³
        Tensor g = x.pow(3).sum().grad(x);
        Tensor penalty = g.norm().sub(1).square();
        double n = Math.hypot(12, 27);
        float[] p = penalty.grad(x).toFloats();
        assertThat(p[0])
                .isCloseTo((float) (2 * (n - 1) / n * 12 * 12), org.assertj.core.data.Percentage.withPercentage(1e-4));
        assertThat(p[1])
                .isCloseTo((float) (2 * (n - 1) / n * 27 * 18), org.assertj.core.data.Percentage.withPercentage(1e-4));
    }

    @Test
    void variablesHaveGradients() {
        Variable w = Variable.of("w", Tensor.of(1f, 2));
        Variable b = Variable.of("b", Tensor.of(3f));
        Tensor loss = w.read().mul(x).sum().add(b.read().sum()).square();
        assertThat(loss.grad(w).toFloats()).containsExactly(44, 66);
        List<Tensor> g = loss.grads(w, b);
        assertThat(g.get(1).toFloats()).containsExactly(22);
    }
}

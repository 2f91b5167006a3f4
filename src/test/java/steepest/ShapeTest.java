package steepest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ShapeTest {
    @Test
    void sizesAndStridesAreRowMajor() {
        Shape s = Shape.of(2, 3, 4);
        assertThat(s.rank()).isEqualTo(3);
        assertThat(s.size()).isEqualTo(24);
        assertThat(s.strides()).containsExactly(12, 4, 1);
        assertThat(s.dim(-1)).isEqualTo(4);
        assertThat(s).hasToString("[2,3,4]");
        assertThat(Shape.SCALAR.size()).isEqualTo(1);
        assertThat(Shape.SCALAR).hasToString("[]").isEqualTo(Shape.of());
        assertThat(Shape.of(3, 0).size()).isZero();
    }

    @Test
    void aShapeDoesNotChangeWithTheArrayItWasMadeOf() {
        int[] d = {2, 3};
        Shape s = Shape.of(d);
        d[0] = 9;
        s.dims()[1] = 9;
        assertThat(s).isEqualTo(Shape.of(2, 3)).hasSameHashCodeAs(Shape.of(2, 3));
    }

    @Test
    void axesAreInsertedReplacedDroppedAndCut() {
        Shape s = Shape.of(2, 3, 4);
        assertThat(s.with(-1, 7)).isEqualTo(Shape.of(2, 3, 7));
        assertThat(s.insert(0, 9)).isEqualTo(Shape.of(9, 2, 3, 4));
        assertThat(s.insert(-1, 9)).isEqualTo(Shape.of(2, 3, 4, 9));
        assertThat(s.without(0, -1)).isEqualTo(Shape.of(3));
        assertThat(s.slice(1, 3)).isEqualTo(Shape.of(3, 4));
        assertThat(s.concat(Shape.of(5))).isEqualTo(Shape.of(2, 3, 4, 5));
    }

    @Test
    void shapesBroadcastAsInNumPy() {
        assertThat(Shape.broadcast("add", Shape.of(5, 1), Shape.of(1, 7))).isEqualTo(Shape.of(5, 7));
        assertThat(Shape.broadcast("add", Shape.of(2, 3), Shape.SCALAR)).isEqualTo(Shape.of(2, 3));
        assertThat(Shape.broadcast("add", Shape.of(3), Shape.of(2, 1))).isEqualTo(Shape.of(2, 3));
        assertThat(Shape.broadcast("add", Shape.of(0), Shape.of(1))).isEqualTo(Shape.of(0));
        assertThatThrownBy(() -> Shape.broadcast("add", Shape.of(2, 3), Shape.of(2)))
                .hasMessage("add: shapes [2,3] and [2] do not broadcast (3 vs 2, axis -1)");
        assertThatThrownBy(() -> Shape.broadcast("add", Shape.of(0), Shape.of(2)))
                .isInstanceOf(SteepestException.class);
    }

    @Test
    void whatIsNoShapeIsRefused() {
        assertThatThrownBy(() -> Shape.of(2, -1)).hasMessageContaining("at least 0, got [2, -1]");
        assertThatThrownBy(() -> Shape.of(2).dim(1)).hasMessage("axis 1 is out of range for shape [2]");
        assertThatThrownBy(() -> Shape.of(1 << 16, 1 << 16).intSize()).hasMessageContaining("more elements");
        assertThatThrownBy(() -> Shape.of(1 << 30, 1 << 30, 1 << 30)).isInstanceOf(RuntimeException.class);
    }
}

package steepest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HostArrayTest {
    @ParameterizedTest
    @EnumSource(DType.class)
    void littleEndianBytesComeBack(DType type) {
        HostArray a = HostArray.zeros(Spec.of(type, 2, 3));
        for (int i = 0; i < 6; i++) a.set(i, type == DType.BOOL ? i % 2 : i * 40);
        byte[] bytes = a.toLittleEndian();
        assertThat(bytes).hasSize(6 * type.bytes());
        HostArray b = HostArray.fromLittleEndian(a.spec(), bytes);
        assertThat(b).isEqualTo(a).hasSameHashCodeAs(a);
        b.set(5, b.get(5) == 0 ? 1 : 0);
        assertThat(b).isNotEqualTo(a);
    }

    @Test
    void bytesAreLittleEndian() {
        assertThat(HostArray.of(new int[] {0x01020304}, Shape.SCALAR).toLittleEndian())
                .containsExactly(4, 3, 2, 1);
        assertThat(HostArray.of(new float[] {1}, Shape.of(1)).toLittleEndian()).containsExactly(0, 0, 0x80, 0x3f);
    }

    @Test
    void bytesThatDoNotFitAreRefused() {
        assertThatThrownBy(() -> HostArray.fromLittleEndian(Spec.of(DType.F32, 2), new byte[7]))
                .hasMessage("f32[2] takes 8 bytes, got 7");
        assertThatThrownBy(() -> HostArray.of(new float[3], Shape.of(2, 2)))
                .hasMessage("an array of 3 elements cannot have shape [2,2] (4 elements)");
        assertThatThrownBy(() -> HostArray.of(DType.I32, new byte[3], Shape.of(3)))
                .isInstanceOf(SteepestException.class);
    }

    @Test
    void unsignedBytesAreUnsigned() {
        HostArray a = HostArray.of(DType.U8, new byte[] {-1, 127}, Shape.of(2));
        assertThat(a.toDoubles()).containsExactly(255, 127);
    }

    @Test
    void elementsConvertAsJavaCasts() {
        HostArray i = HostArray.zeros(Spec.of(DType.I32, 3));
        i.set(0, 1.9);
        i.set(1, -1e20);
        i.set(2, Double.NaN);
        assertThat(i.ints()).containsExactly(1, Integer.MIN_VALUE, 0);
        HostArray b = HostArray.zeros(Spec.of(DType.BOOL, 1));
        b.set(0, 0.5);
        assertThat(b.get(0)).isEqualTo(1);
    }

    @Test
    void theStorageOfAnotherTypeIsRefused() {
        HostArray a = HostArray.of(new float[] {1}, Shape.of(1));
        assertThatThrownBy(a::ints).hasMessage("expected an array of i32, got f32[1]");
        assertThatThrownBy(a::doubles).isInstanceOf(SteepestException.class);
        assertThatThrownBy(a::bytes).isInstanceOf(SteepestException.class);
    }

    @Test
    void aCopySharesNothingAReshapeAll() {
        HostArray a = HostArray.of(new float[] {1, 2, 3, 4}, Shape.of(4));
        HostArray copy = a.copy();
        HostArray square = a.reshape(Shape.of(2, 2));
        a.set(0, 9);
        assertThat(copy.get(0)).isEqualTo(1);
        assertThat(square.get(0)).isEqualTo(9);
        assertThat(square.spec()).isEqualTo(Spec.of(DType.F32, 2, 2));
    }

    @Test
    void equalityIsOfBits() {
        HostArray nan = HostArray.of(new float[] {Float.NaN}, Shape.of(1));
        assertThat(nan).isEqualTo(nan.copy());
        assertThat(HostArray.of(new float[] {0f}, Shape.of(1)))
                .isNotEqualTo(HostArray.of(new float[] {-0f}, Shape.of(1)));
        assertThat(HostArray.of(new float[] {0f}, Shape.of(1)))
                .isNotEqualTo(HostArray.of(new float[] {0f}, Shape.SCALAR));
    }
}

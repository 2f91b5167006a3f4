package steepest.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import steepest.HostArray;
import steepest.Shape;
import steepest.SteepestException;

class WeightsHashTest {
    @Test
    void isOverLittleEndianFloatsInNameOrder() {
        Map<String, HostArray> weights = new LinkedHashMap<>();
        weights.put("2.weight", HostArray.of(new float[] {-2}, Shape.of(1)));
        weights.put("10.weight", HostArray.of(new float[] {1, 0.5f}, Shape.of(2, 1)));
        // sha256sum of the bytes 0000803f 0000003f 000000c0: "10" sorts before "2".
        assertThat(WeightsHash.sha256(weights))
                .isEqualTo("f30b4641cce164af520d3f24cee9f1ec8132c22bd991618f849bf024231d50b0");
    }

    @Test
    void noticesOneBit() {
        HostArray a = HostArray.of(new float[] {1}, Shape.of(1));
        HostArray b = HostArray.of(new float[] {Math.nextUp(1f)}, Shape.of(1));
        assertThat(WeightsHash.sha256(Map.of("w", a))).isNotEqualTo(WeightsHash.sha256(Map.of("w", b)));
    }

    @Test
    void refusesOtherTypes() {
        assertThatThrownBy(() -> WeightsHash.sha256(Map.of("steps", HostArray.of(new int[] {1}, Shape.of(1)))))
                .isInstanceOf(SteepestException.class)
                .hasMessage("weights hash: expected 'steps' to be f32, got i32[1]");
    }
}

package steepest.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import steepest.DeviceInfo;
import steepest.SteepestException;

class PartTest {
    @ParameterizedTest
    @CsvSource({
        "opencl:0.0/1, opencl:0.0/1",
        "opencl:0.0/1:2, opencl:0.0/1",
        "opencl:1.2/3:4, opencl:1.2/3:4",
        "opencl:0.0/0:3+1, opencl:0.0/0:3+1"
    })
    void aPartHasOneName(String name, String id) {
        assertThat(Part.of(name).orElseThrow().id()).isEqualTo(id);
    }

    @ParameterizedTest
    @ValueSource(strings = {"opencl:0.0", "opencl:0.0/", "opencl:0.0/x", "opencl:0.0/1:", "opencl:0.0/1:2+", "cpu/1"})
    void otherNamesAreNotThoseOfParts(String name) {
        assertThat(Part.of(name)).isEmpty();
    }

    @Test
    void aDeviceInOnePieceIsNotDivided() {
        DeviceInfo whole = new DeviceInfo("opencl:0.0", "GPU", "Tile 9", 1, 80, "", "lwjgl");
        assertThatThrownBy(() -> Part.of("opencl:0.0/1").orElseThrow().cut(null, null, whole))
                .isInstanceOf(SteepestException.class)
                .hasMessage("device opencl:0.0/1: opencl:0.0 (Tile 9) cannot be divided into parts");
    }

    @Tag("opencl")
    @ParameterizedTest
    @ValueSource(strings = {"lwjgl", "jocl"})
    void whatCannotBeCutIsToldInALine(String binding) {
        OpenClBackend backend = OpenCl.backend(binding);
        DeviceInfo first = OpenCl.first(backend);
        assumeTrue(first.parts() > 1, "a device in one piece");
        String id = first.id();
        int units = first.units();
        DeviceInfo half = backend.find(id + "/1").orElseThrow();
        assertThat(half.id()).isEqualTo(id + "/1");
        assertThat(half.units()).isEqualTo(units / 2);
        assertThat(backend.find(id + "/1:2").orElseThrow()).isEqualTo(half);
        assertThat(backend.find(id + "/0:1+1").orElseThrow().units()).isEqualTo(1);
        assertThat(backend.find("opencl:9.9/0")).isEmpty();
        assertThatThrownBy(() -> backend.find(id + "/2"))
                .hasMessage("device %1$s/2: the 2 parts of %1$s are numbered from 0 to 1".formatted(id));
        assertThatThrownBy(() -> backend.find(id + "/0:999"))
                .hasMessage("device %1$s/0:999: %1$s has %2$d compute units, not enough for 999 parts"
                        .formatted(id, units));
        assertThatThrownBy(() -> backend.find(id + "/0:1+" + units))
                .hasMessageContaining("not enough for parts of 1+" + units);
    }
}

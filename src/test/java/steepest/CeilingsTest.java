package steepest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CeilingsTest {
    static List<String> devices() {
        return Device.list().stream().map(DeviceInfo::id).toList();
    }

    /** Measured once, within what any processor can do, and without a trace in the device's memory. */
    @ParameterizedTest
    @MethodSource("devices")
    void aDeviceIsMeasuredOnce(String name) {
        Device device = Device.of(name);
        long live = device.liveBytes();
        Device.Ceilings c = device.ceilings();
        assertThat(c.flops()).isBetween(1e6, 1e16);
        assertThat(c.bytes()).isBetween(1e6, 1e14);
        assertThat(device.ceilings()).isSameAs(c);
        assertThat(device.liveBytes()).isLessThanOrEqualTo(live); // the garbage of others may have gone meanwhile
    }

    @Test
    void theHigherOfTwoTimesIsTheLeast() {
        var c = new Device.Ceilings(1e9, 1e8);
        assertThat(c.seconds(2e9, 1e8)).isEqualTo(2);
        assertThat(c.seconds(1e9, 3e8)).isEqualTo(3);
    }
}

package steepest.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import steepest.Device;

class DevicesCommandTest {
    @Test
    void listsEveryDeviceWithWhatMatters() throws IOException {
        var run = Run.of("devices", "--json");
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        var lines = run.out().lines().toList();
        assertThat(lines.get(0)).startsWith("device").contains("type", "memory", "units", "binding", "name", "version");
        var json = new ObjectMapper().readTree(lines.get(lines.size() - 1));
        assertThat(json.get("command").asText()).isEqualTo("devices");
        assertThat(json.get("devices")).hasSameSizeAs(Device.list());
        assertThat(json.get("devices").findValuesAsText("id")).contains("ref");
        assertThat(json.get("devices").get(0).fieldNames())
                .toIterable()
                .containsExactly("id", "type", "name", "memory_bytes", "units", "version", "binding");
    }

    @Test
    void columnsLineUp() {
        assertThat(DevicesCommand.table(
                        List.of("a", "bcd"), List.of(new String[] {"wide", "x"}, new String[] {"y", ""})))
                .isEqualTo("a     bcd\nwide  x\ny\n");
    }
}

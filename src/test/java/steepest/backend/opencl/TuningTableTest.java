package steepest.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import steepest.AtomicFile;
import steepest.DeviceInfo;
import steepest.SteepestException;
import steepest.Tunables;

class TuningTableTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final DeviceInfo DEVICE =
            new DeviceInfo("opencl:0.0", "GPU", "Some (R) GPU", 1L << 30, 4, "P, OpenCL 1.2, driver 1", "lwjgl", 1);
    private static final Limits LIMITS = new Limits(1024, 48 << 10, 1 << 28, 1 << 30);

    @TempDir
    Path dir;

    private String before;

    @BeforeEach
    void ownCache() {
        before = System.getProperty("steepest.cache");
        System.setProperty("steepest.cache", dir.toString());
    }

    @AfterEach
    void cacheOfOthers() {
        System.clearProperty(TuningTable.PROPERTY);
        if (before == null) System.clearProperty("steepest.cache");
        else System.setProperty("steepest.cache", before);
    }

    private static Tunables tunables(String deviceClass) {
        return new TuningTable(DEVICE, deviceClass, LIMITS).tunables();
    }

    /** A table for the device with another group, as tune writes it. */
    private static ObjectNode own() throws IOException {
        Tunables t = tunables("gpu");
        ObjectNode table = (ObjectNode) MAPPER.readTree(t.standard());
        table.put("group", 128).set("madeFor", MAPPER.readTree(t.madeFor()));
        return table;
    }

    private static void write(String text) {
        AtomicFile.write(tunables("gpu").file(), text);
    }

    @Test
    void aDeviceGetsItsOwnTableWhereThereIsOne() throws IOException {
        assertThat(tunables("gpu").inUse()).isEqualTo("class gpu");
        assertThat(tunables("gpu").file().getParent()).isEqualTo(dir.resolve("tuning"));
        write(own().toString());
        var table = new TuningTable(DEVICE, "gpu", LIMITS);
        assertThat(table.tunables().inUse()).isEqualTo(table.tunables().file().toString());
        assertThat(table.inUse().group()).isEqualTo(128);
        assertThat(new TuningTable(DEVICE, "cpu", LIMITS).tunables().inUse()).isEqualTo("class cpu");
        System.setProperty(TuningTable.PROPERTY, "off");
        assertThat(new TuningTable(DEVICE, "gpu", LIMITS).inUse()).isEqualTo(Tuning.of("gpu"));
    }

    @Test
    void aTableForAnotherDriverOrOtherKernelsIsNotUsedAndSaysSo() throws IOException {
        ObjectNode stale = own();
        ((ObjectNode) stale.get("madeFor")).put("kernels", "others");
        write(stale.toString());
        var table = new TuningTable(DEVICE, "gpu", LIMITS);
        assertThat(table.inUse()).isEqualTo(Tuning.of("gpu"));
        assertThat(table.tunables().inUse())
                .startsWith("class gpu: ")
                .contains("was made for another driver or other kernels", "./steepest tune --device opencl:0.0");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"group\": 12|is not JSON",
                "[]|expected a JSON object",
                "{}|/chunked is missing",
            })
    void aMalformedTableIsNotUsedAndSaysWhy(String text, String why) {
        write(text);
        var table = new TuningTable(DEVICE, "gpu", LIMITS);
        assertThat(table.inUse()).isEqualTo(Tuning.of("gpu"));
        assertThat(table.tunables().inUse()).contains(why).hasLineCount(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/group 0", "/tiles/0/TILE_K \"a\"", "/sort/BLOCK -3", "/unheard 7", "/chunked true"})
    void aTableOfAnotherFormIsRefused(String change) throws IOException {
        String pointer = change.substring(0, change.indexOf(' '));
        JsonNode value = MAPPER.readTree(change.substring(change.indexOf(' ') + 1));
        ObjectNode table = own();
        int last = pointer.lastIndexOf('/');
        ((ObjectNode) table.at(pointer.substring(0, last))).set(pointer.substring(last + 1), value);
        assertThatThrownBy(() -> new TuningTable(DEVICE, "gpu", LIMITS).checked("the tuning table", table.toString()))
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining("the tuning table is not a tuning table: " + pointer);
    }

    /** 64 × 16 with 8 × 4 are 32 items, 16 × 16 with 4 × 4 are 16: fewer than an edge, fewer than the depth. */
    @ParameterizedTest
    @CsvSource({"64,16,REG_M,8", "16,16,TILE_K,32", "64,64,TILE_K,12", "64,64,REG_N,6", "128,128,REG_M,32"})
    void aTileWhoseKernelCouldNotEndIsRefused(int m, int n, String tunable, int value) throws IOException {
        ObjectNode table = own();
        new TuningTable(DEVICE, "gpu", LIMITS).checked("the tuning table", table.toString());
        int found = 0;
        for (JsonNode tile : table.get("tiles")) {
            if (tile.get("TILE_M").asInt() != m || tile.get("TILE_N").asInt() != n) continue;
            ((ObjectNode) tile).put(tunable, value);
            found++;
        }
        assertThat(found).isEqualTo(1);
        assertThatThrownBy(() -> new TuningTable(DEVICE, "gpu", LIMITS).checked("the tuning table", table.toString()))
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining("the tuning table is not a tuning table: tile {")
                .hasMessageContaining(tunable + "=" + value);
    }

    /** Each device has some tile; which of the larger ones fit is looked at when a kernel is launched. */
    @Test
    void aDeviceThatIsTooSmallForEveryTileIsNamed() {
        String standard = tunables("gpu").standard();
        assertThat(tunables("gpu").trouble().apply(standard)).isEmpty();
        var small = new Limits(1024, 500, 1 << 28, 1 << 30);
        assertThat(new TuningTable(DEVICE, "gpu", small).tunables().trouble().apply(standard))
                .startsWith("the table has no tile that fits the device; the smallest, {TILE_M=16, TILE_N=16")
                .contains("takes work-groups of 16 and ")
                .contains("local memory 500 bytes");
        var narrow = new Limits(8, 48 << 10, 1 << 28, 1 << 30);
        assertThat(new TuningTable(DEVICE, "gpu", narrow).tunables().trouble().apply(standard))
                .contains("no tile that fits", "device limits: work-group 8,");
        assertThat(new TuningTable(DEVICE, "cpu", small)
                        .tunables()
                        .trouble()
                        .apply(tunables("cpu").standard()))
                .isEmpty();
    }

    /** Each tunable that is searched for occurs in a table, so that none is misspelt. */
    @Test
    void theSearchSpaceNamesTunablesThatThereAre() throws IOException {
        Set<String> absent = new TreeSet<>();
        for (String c : new String[] {"cpu", "gpu"}) {
            JsonNode table = MAPPER.readTree(Tuning.text(c));
            JsonNode search = MAPPER.readTree(tunables(c).search());
            for (JsonNode family : search)
                family.get("values").fieldNames().forEachRemaining(name -> {
                    if (table.at(name.replace("*", "0")).isMissingNode()) absent.add(c + name);
                });
        }
        assertThat(absent).isEmpty();
    }
}

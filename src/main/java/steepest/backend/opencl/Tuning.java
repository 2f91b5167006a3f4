package steepest.backend.opencl;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import steepest.DeviceInfo;
import steepest.SteepestException;

/**
 * How kernels are shaped for a class of devices: a table under {@code kernels/tuning/}.
 *
 * @param chunked whether a work-item runs a loop over many elements (CPU devices) or takes one (GPUs)
 * @param width neighbours that a work-item of a pointwise kernel takes as a vector, where it is no loop (1, 2, 4 or 8)
 * @param group the most work-items of a work-group, where a kernel works with any number
 * @param splitBelow a reduction to fewer outputs than this is cut into parts
 * @param splitColumnsBelow the same where the reduced elements are no neighbours, so that a work-item makes a whole output
 * @param part elements of a part, where the reduced ones are neighbours
 * @param partColumns elements of a part, where they are not
 * @param columns neighbouring outputs that a work-item of a chunked reduction takes
 * @param tiles sizes of the register tile, of which the shape chooses
 * @param direct a convolution, or an input gradient, to at most so many channels of a group makes no tiles: each result by itself
 * @param split a product of fewer results than {@code OUTPUTS} is cut along its depth into parts of {@code DEPTH} at least
 * @param skinny tunables of products with at most {@code MOST} columns or rows
 * @param sort tunables of {@code scan_sort.cl}
 * @param matmul tunables of {@code matmul.cl} on CPU devices
 * @param convolution tunables of {@code convolution.cl} on CPU devices
 */
@JsonIgnoreProperties({"about", "madeFor", "ratios"})
record Tuning(
        boolean chunked,
        int width,
        int group,
        int splitBelow,
        int splitColumnsBelow,
        int part,
        int partColumns,
        int columns,
        List<Map<String, Integer>> tiles,
        int direct,
        Map<String, Integer> split,
        Map<String, Integer> skinny,
        Map<String, Integer> sort,
        Map<String, Integer> matmul,
        Map<String, Integer> convolution) {

    /** Which devices make a class: those of a type whose name contains a text; null where either does not matter. */
    @JsonIgnoreProperties("about")
    private record Rule(String type, String name, String deviceClass) {}

    /** The class of a device: the first rule of {@code kernels/tuning/devices.json} that fits. */
    static String deviceClass(DeviceInfo device) {
        for (Rule r : read("devices", Rule[].class))
            if ((r.type == null || r.type.equals(device.type()))
                    && (r.name == null || device.name().contains(r.name))) return r.deviceClass;
        throw SteepestException.of("opencl: no rule of kernels/tuning/devices.json fits %s", device);
    }

    /** The table of a device class: {@code cpu} or {@code gpu}. */
    static Tuning of(String deviceClass) {
        return read(deviceClass, Tuning.class);
    }

    private static <T> T read(String table, Class<T> type) {
        return parse(file(table), text(table), type);
    }

    private static String file(String table) {
        return "kernels/tuning/" + table + ".json";
    }

    /** The text of a file under {@code kernels/tuning}. */
    static String text(String table) {
        return Sources.resource(file(table));
    }

    static <T> T parse(String name, String text, Class<T> type) {
        try {
            return new ObjectMapper().readValue(text, type);
        } catch (JsonProcessingException e) {
            throw new SteepestException("opencl: " + name + " is not a tuning table: " + e.getOriginalMessage(), e);
        }
    }

    /** Whether {@code tile.cl} can compute with a tile: with others its items would leave gaps in the slabs that they copy. */
    static boolean wellFormed(Map<String, Integer> tile) {
        int m = tile.get("TILE_M"), n = tile.get("TILE_N"), k = tile.get("TILE_K");
        int regM = tile.get("REG_M"), regN = tile.get("REG_N");
        long items = items(tile);
        return regM % 4 == 0
                && regN % 4 == 0
                && k % 4 == 0
                && m % regM == 0
                && n % regN == 0
                && items % m == 0
                && items % n == 0
                && items % k == 0;
    }

    /** Whether a tile has room in a work-group of so many items and so much local memory. */
    static boolean fits(Map<String, Integer> tile, long items, long localBytes) {
        return items(tile) <= items && localBytes(tile) <= localBytes;
    }

    /** Work-items of a tile's work-group. */
    static long items(Map<String, Integer> tile) {
        return (long) tile.get("TILE_M") / tile.get("REG_M") * (tile.get("TILE_N") / tile.get("REG_N"));
    }

    /** Bytes of a tile's two slabs, {@code left} and {@code right} in {@code tile.cl}. */
    static long localBytes(Map<String, Integer> tile) {
        return 4L * tile.get("TILE_K") * (tile.get("TILE_M") + tile.get("TILE_N") + 8);
    }

    /** Tunables as macros. */
    static Map<String, String> macros(Map<String, Integer> tunables) {
        Map<String, String> m = new TreeMap<>();
        tunables.forEach((name, value) -> m.put(name, Integer.toString(value)));
        return m;
    }
}

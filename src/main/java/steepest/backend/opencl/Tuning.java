package steepest.backend.opencl;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import steepest.SteepestException;

/**
 * How kernels are shaped for a class of devices: a table under {@code kernels/tuning/}.
 *
 * @param chunked whether a work-item runs a loop over many elements (CPU devices) or takes one (GPUs)
 * @param group the most work-items of a work-group, where a kernel works with any number
 * @param splitBelow a reduction to fewer outputs than this is cut into parts
 * @param part elements of a part, where the reduced ones are neighbours
 * @param partColumns elements of a part, where they are not
 * @param columns neighbouring outputs that a work-item of a chunked reduction takes
 * @param tiles sizes of the register tile, the largest first
 * @param sort tunables of {@code scan_sort.cl}
 * @param matmul tunables of {@code matmul.cl} on CPU devices
 * @param convolution tunables of {@code convolution.cl} on CPU devices
 */
@JsonIgnoreProperties("about")
record Tuning(
        boolean chunked,
        int group,
        int splitBelow,
        int part,
        int partColumns,
        int columns,
        List<Map<String, Integer>> tiles,
        Map<String, Integer> sort,
        Map<String, Integer> matmul,
        Map<String, Integer> convolution) {

    /** The table of a device class: {@code cpu} or {@code gpu}. */
    static Tuning of(String deviceClass) {
        String name = "kernels/tuning/" + deviceClass + ".json";
        try {
            return new ObjectMapper().readValue(Sources.resource(name), Tuning.class);
        } catch (JsonProcessingException e) {
            throw new SteepestException("opencl: " + name + " is not a tuning table: " + e.getOriginalMessage(), e);
        }
    }

    /** Tunables as macros. */
    static Map<String, String> macros(Map<String, Integer> tunables) {
        Map<String, String> m = new TreeMap<>();
        tunables.forEach((name, value) -> m.put(name, Integer.toString(value)));
        return m;
    }
}

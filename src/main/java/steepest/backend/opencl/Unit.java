package steepest.backend.opencl;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import steepest.Sha256;

/**
 * A family of kernels under one specialisation: what is compiled at a time.
 *
 * @param family the file under {@code kernels/}, without {@code .cl}
 * @param defines macros set before the file's text
 */
record Unit(String family, Map<String, String> defines) {
    static Unit of(String family, Map<String, String> defines) {
        return new Unit(family, new TreeMap<>(defines));
    }

    /** What its functions' names end in, so that several units fit into one program. */
    String suffix() {
        return "_"
                + Sha256.of((family + defines).getBytes(StandardCharsets.UTF_8)).substring(0, 12);
    }
}

package steepest.backend.opencl;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import steepest.Sha256;

/**
 * A family of kernels under one specialisation, or one kernel of it: what is compiled at a time.
 *
 * @param family the file under {@code kernels/}, without {@code .cl}
 * @param defines macros set before the file's text
 * @param kernel the one kernel that is wanted; null for all
 */
record Unit(String family, Map<String, String> defines, String kernel) {
    static Unit of(String family, Map<String, String> defines) {
        return new Unit(family, new TreeMap<>(defines), null);
    }

    /** Without the family's other kernels, which would only take time to compile. */
    Unit only(String name) {
        return new Unit(family, defines, name);
    }

    /** What its functions' names end in, so that several units fit into one program. */
    String suffix() {
        return "_"
                + Sha256.of((family + defines + kernel).getBytes(StandardCharsets.UTF_8))
                        .substring(0, 12);
    }
}

package steepest.certify;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import steepest.SteepestException;

/** How bounds are found. */
public enum Method {
    /** Interval by interval, forwards (Gowal et al., "On the effectiveness of interval bound propagation", 2018). */
    IBP,
    /** Linear bounds from the margins back to the input, on intervals found by {@link #IBP} (Zhang et al., ICLR 2020). */
    CROWN_IBP,
    /** Linear bounds back to the input for the margins and for what goes into each rectifier (Zhang et al., NeurIPS 2018). */
    CROWN;

    /** The names, in the order they are shown. */
    public static List<String> names() {
        return Arrays.stream(values()).map(Method::toString).toList();
    }

    /** @throws SteepestException if there is no method of that name */
    public static Method of(String name) {
        for (Method m : values()) if (m.toString().equals(name)) return m;
        throw SteepestException.of("unknown method %s; there are %s", name, String.join(", ", names()));
    }

    /** Samples side by side, unless said otherwise: of linear bounds each takes a row for each of many rectifiers. */
    public int batch() {
        return this == CROWN ? 16 : 256;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}

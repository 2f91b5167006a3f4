package steepest.lab;

import java.util.HashMap;
import java.util.Map;

/** How much of the work is done, in seconds of the estimates, with the parts of the cells under way. */
final class Progress {
    private final double total;
    private final Map<String, Double> underWay = new HashMap<>();
    private double done;

    Progress(double total) {
        this.total = total;
    }

    /** @param fraction how far the cell of that key is */
    synchronized double at(String key, double seconds, double fraction) {
        underWay.put(key, seconds * Math.min(1, fraction));
        return now();
    }

    /** The cell has ended, well or not. */
    synchronized double end(String key, double seconds) {
        underWay.remove(key);
        done += seconds;
        return now();
    }

    private double now() {
        return done + underWay.values().stream().mapToDouble(s -> s).sum();
    }

    double total() {
        return total;
    }
}

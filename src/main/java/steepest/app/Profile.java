package steepest.app;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import steepest.Device.Ceilings;
import steepest.Recorder.Lane;
import steepest.Recorder.Row;

/** What the kernels and transfers of a command took, as a table and as JSON. */
final class Profile {
    private static final int MOST_ROWS = 30;
    private static final List<String> HEADS =
            List.of("device", "kernel", "calls", "total", "share", "mean", "GFLOP/s", "GB/s", "of roofline");

    private final List<Row> rows;
    private final long wallNanos;
    private final Map<String, Ceilings> ceilings;

    /**
     * @param rows the longest first
     * @param ceilings of each device that has a row
     */
    Profile(List<Row> rows, long wallNanos, Map<String, Ceilings> ceilings) {
        this.rows = rows;
        this.wallNanos = wallNanos;
        this.ceilings = ceilings;
    }

    /** The longest rows, then for each device how much of the time it was busy. */
    String table() {
        if (rows.isEmpty()) return "profile: no kernel has run in this process\n";
        Map<String, Long> busy =
                rows.stream().collect(Collectors.groupingBy(Row::device, Collectors.summingLong(Row::nanos)));
        StringBuilder text = new StringBuilder();
        text.append(DevicesCommand.table(
                HEADS,
                rows.stream()
                        .limit(MOST_ROWS)
                        .map(r -> cells(r, busy.get(r.device())))
                        .toList()));
        if (rows.size() > MOST_ROWS)
            text.append(String.format(
                    Locale.ROOT,
                    "and %d more, %s%n",
                    rows.size() - MOST_ROWS,
                    time(rows.stream().skip(MOST_ROWS).mapToLong(Row::nanos).sum())));
        busy.forEach((device, nanos) -> text.append(String.format(
                Locale.ROOT,
                "%s: busy for %s of %s (%.0f %%)%n",
                device,
                time(nanos),
                time(wallNanos),
                100.0 * nanos / wallNanos)));
        return text.toString();
    }

    private String[] cells(Row r, long busy) {
        return new String[] {
            r.device(),
            r.name(),
            String.format(Locale.ROOT, "%,d", r.calls()),
            time(r.nanos()),
            String.format(Locale.ROOT, "%.1f %%", 100.0 * r.nanos() / Math.max(1, busy)),
            time(r.nanos() / Math.max(1, r.calls())),
            rate(r.flops(), r.nanos()),
            rate(r.bytes(), r.nanos()),
            ofRoofline(r) == null ? "–" : String.format(Locale.ROOT, "%.1f %%", 100 * ofRoofline(r))
        };
    }

    /** The least time in which the device could do it, by its ceilings, over the time it took; null for transfers. */
    private Double ofRoofline(Row r) {
        if (r.lane() != Lane.KERNELS || r.nanos() == 0) return null;
        return ceilings.get(r.device()).seconds(r.flops(), r.bytes()) / (r.nanos() * 1e-9);
    }

    /** Each row in full. */
    List<Map<String, Object>> fields() {
        return rows.stream()
                .map(r -> {
                    Map<String, Object> f = new LinkedHashMap<>();
                    f.put("device", r.device());
                    f.put("kind", r.lane().name().toLowerCase(Locale.ROOT));
                    f.put("kernel", r.name());
                    f.put("calls", r.calls());
                    f.put("seconds", r.nanos() * 1e-9);
                    f.put("flops", r.flops());
                    f.put("bytes", r.bytes());
                    f.put("gflop_per_second", perNano(r.flops(), r.nanos()));
                    f.put("gb_per_second", perNano(r.bytes(), r.nanos()));
                    f.put("of_roofline", ofRoofline(r));
                    return f;
                })
                .toList();
    }

    /** Per ns, which is 10⁹ per second; null where no time has passed. */
    private static Double perNano(long n, long nanos) {
        return nanos == 0 ? null : (double) n / nanos;
    }

    private static String rate(long n, long nanos) {
        Double rate = perNano(n, nanos);
        return n == 0 || rate == null ? "–" : String.format(Locale.ROOT, rate < 10 ? "%.2f" : "%.0f", rate);
    }

    static String time(long nanos) {
        if (nanos < 1_000_000) return String.format(Locale.ROOT, "%.1f µs", nanos * 1e-3);
        if (nanos < 1_000_000_000) return String.format(Locale.ROOT, "%.1f ms", nanos * 1e-6);
        return String.format(Locale.ROOT, "%.2f s", nanos * 1e-9);
    }
}

package steepest.app;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import steepest.Device;
import steepest.DeviceInfo;
import steepest.Engine;
import steepest.SteepestException;
import steepest.Tunables;

/** {@code devices}: what this machine can compute on. */
@Command(
        name = "devices",
        description = "List the devices that --device can name, with what matters of each.",
        footer = {
            "",
            "A device of several parts can be divided:",
            "  opencl:P.D/0     its first half, and opencl:P.D/1 its second",
            "  opencl:P.D/K:N   part K, from 0, of N equal ones",
            "  opencl:P.D/0:3+1 the first of two parts, which have 3 and 1 compute units",
            "Beside ref there are ref:0, ref:1 and so on, references of their own. The command train takes several devices,"
                    + " with commas between.",
            "",
            "Examples:",
            "  ./steepest devices --json",
            "  ./steepest train digits --devices opencl:0.0/0,opencl:0.0/1"
        })
final class DevicesCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Mixin
    private BackendOptions backends;

    @Override
    public void run() {
        backends.apply(spec);
        var devices = Device.list();
        print(devices);
        devices.stream().filter(device -> device.parts() > 1).forEach(this::tellParts);
        if (devices.stream().noneMatch(device -> device.id().startsWith("opencl:"))) explain();
        var fields = new LinkedHashMap<String, Object>();
        fields.put("command", "devices");
        fields.put("devices", devices.stream().map(DevicesCommand::fields).toList());
        Common.result(spec, fields);
    }

    /** Why there is no OpenCL device: opening one tells. */
    private void explain() {
        try (var device = Device.of("opencl")) {
            throw new IllegalStateException(device.info() + " is not in the list of devices");
        } catch (SteepestException e) {
            spec.commandLine().getOut().println(e.getMessage());
        }
    }

    private void tellParts(DeviceInfo d) {
        spec.commandLine()
                .getOut()
                .printf(
                        "%1$s can be divided: %1$s/0 and %1$s/1 are its halves, %1$s/K:N is part K of N (N up to %2$d)%n",
                        d.id(), d.parts());
    }

    private void print(List<DeviceInfo> devices) {
        var rows = devices.stream()
                .map(d -> new String[] {
                    d.id(),
                    d.type(),
                    memory(d.memoryBytes()),
                    Integer.toString(d.units()),
                    Integer.toString(d.parts()),
                    d.binding(),
                    tuning(d).isEmpty() ? "–" : tuning(d),
                    d.name(),
                    d.version()
                })
                .toList();
        spec.commandLine()
                .getOut()
                .print(table(
                        List.of("device", "type", "memory", "units", "parts", "binding", "tuning", "name", "version"),
                        rows));
    }

    /** Which tuning table the device's kernels get; empty where they have none. */
    static String tuning(DeviceInfo device) {
        return Engine.get().tunables(device.id()).map(Tunables::inUse).orElse("");
    }

    /** Columns as wide as what stands in them. */
    static String table(List<String> heads, List<String[]> rows) {
        int[] widths = heads.stream().mapToInt(String::length).toArray();
        for (var row : rows) for (int i = 0; i < row.length; i++) widths[i] = Math.max(widths[i], row[i].length());
        var text = new StringBuilder();
        line(text, heads.toArray(String[]::new), widths);
        for (var row : rows) line(text, row, widths);
        return text.toString();
    }

    private static void line(StringBuilder text, String[] cells, int[] widths) {
        var line = new StringBuilder();
        for (int i = 0; i < cells.length; i++)
            line.append(cells[i]).append(" ".repeat(widths[i] - cells[i].length() + 2));
        text.append(line.toString().stripTrailing()).append('\n');
    }

    private static String memory(long bytes) {
        return bytes <= 0 ? "–" : String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1 << 30));
    }

    private static Map<String, Object> fields(DeviceInfo device) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("id", device.id());
        fields.put("type", device.type());
        fields.put("name", device.name());
        fields.put("memory_bytes", device.memoryBytes());
        fields.put("units", device.units());
        fields.put("parts", device.parts());
        fields.put("version", device.version());
        fields.put("binding", device.binding());
        fields.put("tuning", tuning(device));
        return fields;
    }
}

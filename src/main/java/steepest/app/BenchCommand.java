package steepest.app;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import steepest.Device;
import steepest.Device.Ceilings;
import steepest.DeviceInfo;
import steepest.SteepestException;
import steepest.bench.Bench;
import steepest.bench.Bench.Result;
import steepest.bench.Workload;
import steepest.bench.Workloads;
import steepest.viz.RooflinePlot;

/** {@code bench}: how fast the devices are, beside each other and beside what they can do at best. */
@Command(
        name = "bench",
        description = {
            "Time kernels, transfers and training steps on several devices in turns, and draw the roofline.",
            "Products, convolutions, pointwise functions, reductions and steps are held against each device's ceilings: its"
                    + " rate of multiply-adds and of copies, measured first. A time is the median of several rounds of a warm"
                    + " device; \"first\" is the first run, with planning and building. \"of roofline\" is the time that the"
                    + " ceilings allow, kernel by kernel, as a share of the time taken: over 100 %% where caches spare a device"
                    + " the memory traffic.",
            "Writes the picture roofline.png."
        },
        footer = {
            "",
            "Examples:",
            "  ./steepest bench --devices cpu,opencl",
            "  ./steepest bench --devices opencl --only matmul,step --batch 256 --seconds 3 --json"
        })
final class BenchCommand implements Runnable {
    private static final List<String> HEADS =
            List.of("work", "device", "first", "time", "GFLOP/s", "GB/s", "of roofline", "samples/s", "ratio");

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--devices",
            paramLabel = "DEVICE",
            split = ",",
            description =
                    "Devices as listed by ./steepest devices; ratios are to the first (default: cpu, and opencl if"
                            + " there is one).")
    private List<String> names;

    @Option(
            names = "--only",
            paramLabel = "FAMILY",
            split = ",",
            description = "Time only these: matmul, convolution, pointwise, reduction, transfer, step (default: all).")
    private List<String> only = List.of();

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "1",
            description = "How long each piece of work is timed on each device (default: ${DEFAULT-VALUE}).")
    private double seconds;

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "64",
            description = "Samples of a training step (default: ${DEFAULT-VALUE}).")
    private int batch;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            defaultValue = "runs/bench",
            description = "Where the picture goes (default: ${DEFAULT-VALUE}).")
    private Path directory;

    @Mixin
    private BackendOptions backends;

    /** A piece of work and what came of it on each device. */
    record Measured(Workload workload, List<Result> results) {}

    @Override
    public void run() {
        PrintWriter out = spec.commandLine().getOut();
        if (!(seconds > 0 && seconds <= 3600))
            throw wrong("seconds: expected more than 0 and at most 3600, got " + seconds);
        if (batch < 1 || batch > 65536) throw wrong("batch: expected a number from 1 to 65536, got " + batch);
        List<Workload> workloads = chosen(Workloads.all(batch));
        backends.apply(spec);
        List<Device> devices = devices();
        var all = new ArrayList<Measured>();
        var ceilings = new LinkedHashMap<String, Ceilings>();
        try (var bar = new Bar(spec.commandLine().getErr(), "bench", workloads.size() + devices.size(), "", 1)) {
            for (Device d : devices) {
                bar.say(d.info().id() + ": ceilings");
                ceilings.put(d.info().id(), d.ceilings());
                out.println(heading(d));
                out.flush();
                bar.by(1);
            }
            for (Workload w : workloads) {
                bar.say(w.family() + " " + w.name());
                all.add(new Measured(w, Bench.run(w, devices, seconds)));
                bar.by(1);
            }
        }
        out.print(table(all, ceilings));
        for (Measured m : all)
            for (Result r : m.results)
                if (!r.failure().isEmpty())
                    out.println("FAILED " + label(m.workload) + " on " + r.device() + ": " + r.failure());
        Path picture = draw(devices, all);
        if (picture != null) out.println("wrote " + picture);
        var fields = new LinkedHashMap<String, Object>();
        fields.put("command", "bench");
        fields.put("seconds", seconds);
        fields.put("batch", batch);
        fields.put("devices", devices.stream().map(BenchCommand::fields).toList());
        fields.put("work", all.stream().map(m -> fields(m, ceilings)).toList());
        fields.put("roofline", picture == null ? null : picture.toString());
        Common.result(spec, fields);
        long failed = all.stream()
                .flatMap(m -> m.results.stream())
                .filter(r -> !r.failure().isEmpty())
                .count();
        if (failed > 0) throw SteepestException.of("bench: %d pieces of work could not be timed", failed);
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private List<Workload> chosen(List<Workload> all) {
        var families = new LinkedHashSet<String>();
        all.forEach(w -> families.add(w.family()));
        for (String f : only) Names.check(spec, "family", f, List.copyOf(families));
        return all.stream()
                .filter(w -> only.isEmpty() || only.contains(w.family()))
                .toList();
    }

    private List<Device> devices() {
        if (names == null) {
            boolean opencl = Device.list().stream().anyMatch(d -> d.id().startsWith("opencl"));
            names = opencl ? List.of("cpu", "opencl") : List.of("cpu");
        }
        var devices = new ArrayList<Device>();
        for (String name : names) {
            Device d = Device.of(DeviceOptions.check(spec, name));
            if (devices.contains(d)) throw wrong("devices: " + d.info().id() + " is named twice");
            devices.add(d);
        }
        return devices;
    }

    private static String heading(Device d) {
        DeviceInfo info = d.info();
        return String.format(
                Locale.ROOT,
                "%s: %s (%s, %s), at most %.1f GFLOP/s and %.1f GB/s",
                info.id(),
                info.name(),
                info.version(),
                info.binding(),
                d.ceilings().flops() / 1e9,
                d.ceilings().bytes() / 1e9);
    }

    private static String label(Workload w) {
        return w.family() + " " + w.name();
    }

    private static String table(List<Measured> all, Map<String, Ceilings> ceilings) {
        var rows = new ArrayList<String[]>();
        for (Measured m : all) {
            String label = label(m.workload);
            for (Result r : m.results) {
                rows.add(cells(label, m.workload, r, ceilings));
                label = "";
            }
        }
        return DevicesCommand.table(HEADS, rows);
    }

    private static String[] cells(String label, Workload w, Result r, Map<String, Ceilings> ceilings) {
        if (!r.failure().isEmpty()) return new String[] {label, r.device(), "failed", "", "", "", "", "", ""};
        return new String[] {
            label,
            r.device(),
            time(r.first()),
            time(r.seconds()),
            r.flops() == 0 ? "–" : String.format(Locale.ROOT, "%.1f", r.flops() / r.seconds() / 1e9),
            r.bytes() == 0 ? "–" : String.format(Locale.ROOT, "%.1f", r.bytes() / r.seconds() / 1e9),
            r.flops() == 0 ? "–" : String.format(Locale.ROOT, "%.0f %%", 100 * r.ofRoofline(ceilings.get(r.device()))),
            w.samples() == 0 ? "–" : String.format(Locale.ROOT, "%,.0f", w.samples() / r.seconds()),
            r.ratio() < 0.01 ? "< 0.01" : String.format(Locale.ROOT, "%.2f", r.ratio())
        };
    }

    /** Three digits and a unit. */
    static String time(double seconds) {
        if (seconds >= 1) return String.format(Locale.ROOT, "%.2f s", seconds);
        if (seconds >= 1e-3) return String.format(Locale.ROOT, "%.2f ms", seconds * 1e3);
        return String.format(Locale.ROOT, "%.1f µs", seconds * 1e6);
    }

    /** All work that computes; null where there is none. */
    private Path draw(List<Device> devices, List<Measured> all) {
        var roofs = new ArrayList<RooflinePlot.Roof>();
        for (Device d : devices) {
            List<Result> results = all.stream()
                    .flatMap(m -> m.results.stream())
                    .filter(r -> r.device().equals(d.info().id()) && r.failure().isEmpty() && r.flops() > 0)
                    .toList();
            roofs.add(new RooflinePlot.Roof(
                    d.info().id(),
                    d.ceilings(),
                    results.stream().mapToDouble(r -> r.flops() / r.bytes()).toArray(),
                    results.stream().mapToDouble(r -> r.flops() / r.seconds()).toArray()));
        }
        if (roofs.stream().allMatch(r -> r.rate().length == 0)) return null;
        Path png = directory.resolve("roofline.png");
        RooflinePlot.write(png, "What the devices do, and what they can do at best", roofs);
        return png;
    }

    private static Map<String, Object> fields(Device d) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("device", d.info().id());
        fields.put("name", d.info().name());
        fields.put("version", d.info().version());
        fields.put("binding", d.info().binding());
        fields.put("flops_per_second", d.ceilings().flops());
        fields.put("bytes_per_second", d.ceilings().bytes());
        return fields;
    }

    private static Map<String, Object> fields(Measured m, Map<String, Ceilings> ceilings) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("family", m.workload.family());
        fields.put("name", m.workload.name());
        fields.put(
                "results",
                m.results.stream().map(r -> fields(m.workload, r, ceilings)).toList());
        return fields;
    }

    private static Map<String, Object> fields(Workload w, Result r, Map<String, Ceilings> ceilings) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("device", r.device());
        if (!r.failure().isEmpty()) {
            fields.put("failure", r.failure());
            return fields;
        }
        fields.put("first_seconds", r.first());
        fields.put("seconds", r.seconds());
        fields.put("fastest_seconds", r.fastest());
        fields.put("ratio", r.ratio());
        fields.put("flops", r.flops());
        fields.put("bytes", r.bytes());
        fields.put("flops_per_second", r.flops() / r.seconds());
        fields.put("bytes_per_second", r.bytes() / r.seconds());
        if (r.flops() > 0) fields.put("of_roofline", r.ofRoofline(ceilings.get(r.device())));
        if (w.samples() > 0) fields.put("samples_per_second", w.samples() / r.seconds());
        return fields;
    }
}

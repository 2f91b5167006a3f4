package steepest.app;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import steepest.Device;
import steepest.DeviceInfo;
import steepest.Recorder;
import steepest.SteepestException;
import steepest.selftest.LargeCases;
import steepest.selftest.OpCase;
import steepest.selftest.OpCases;
import steepest.selftest.SelfTest.Outcome;
import steepest.selftest.SelfTest.Verdict;
import steepest.selftest.fuzz.Fuzzer;

/** {@code selftest}: proves the kernels on a device. */
@Command(
        name = "selftest",
        description = {
            "Prove the kernels on a device: every case of the table of ops, against the reference in double precision.",
            "A case that crashes the driver fails, and the others are run. Exit status 1 if a case fails.",
            "With --fuzz, random programs instead; one that fails is shrunk to the lines that matter.",
            "With --large, tensors of over 2 GiB instead, whose last elements 32 bits of bytes do not reach; those that"
                    + " the device cannot hold are skipped."
        },
        footer = {
            "",
            "Examples:",
            "  ./steepest selftest --device opencl:0.0",
            "  ./steepest selftest --fuzz 500 --seed 7",
            "  ./steepest selftest --device opencl:0.0 --large"
        })
final class SelfTestCommand implements Runnable {
    /** Kernels of so many cases are built together. */
    static final int BATCH = 32;

    private static final int BATCH_SECONDS = 600;
    private static final int WORST = 5;

    @Spec
    private CommandSpec spec;

    @Mixin
    private DeviceOptions device;

    @Option(
            names = "--ops",
            paramLabel = "OP",
            split = ",",
            description = "Run only the cases of these ops, such as matmul,conv2d (default: all).")
    private List<String> ops = List.of();

    @Option(names = "--fuzz", paramLabel = "N", description = "Run N random programs instead of the table.")
    private Integer programs;

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "The first program's seed; the others have the next ones (default: 0).")
    private Long seed;

    @Option(
            names = "--large",
            paramLabel = "MIB",
            arity = "0..1",
            fallbackValue = "2048",
            description = "Run the cases of large tensors instead: of more than so many MiB (default: 2048).")
    private Integer largeMib;

    /** What came of the cases of one op. */
    record Row(String op, int cases, int failed, int skipped, double error, double share, String worst) {}

    @Override
    public void run() {
        String name = device.name(spec);
        check();
        var all = largeMib != null
                ? new LargeCases((long) largeMib << 20).cases()
                : programs == null ? OpCases.all() : Fuzzer.cases(first(), programs);
        var cases = chosen(all);
        DeviceInfo info = Device.of(name).info();
        PrintWriter out = spec.commandLine().getOut();
        out.printf("%s: %s (%s, %s)%n", info.id(), info.name(), info.version(), info.binding());
        Map<Integer, Outcome> outcomes;
        try (var supervisor = supervisor(info);
                var bar = new Bar(spec.commandLine().getErr(), "selftest", cases.size(), " cases", 1)) {
            outcomes = supervisor.run(cases, largeMib == null ? BATCH : 1, bar::by);
        }
        var rows = rows(all, outcomes);
        out.print(table(rows));
        for (var outcome : outcomes.values())
            if (outcome.verdict() == Verdict.FAILED) out.println("FAILED " + outcome.message());
            else if (largeMib != null && outcome.verdict() == Verdict.SKIPPED)
                out.println("skipped " + outcome.message());
        long failed = count(outcomes, Verdict.FAILED);
        long skipped = count(outcomes, Verdict.SKIPPED);
        out.printf(
                Locale.ROOT,
                "%d cases: %d passed, %d failed, %d skipped%n",
                outcomes.size(),
                outcomes.size() - failed - skipped,
                failed,
                skipped);
        var fields = new LinkedHashMap<String, Object>();
        fields.put("command", "selftest");
        fields.put("device", info.id());
        fields.put("name", info.name());
        fields.put("binding", info.binding());
        if (programs != null) fields.put("seed", first());
        if (largeMib != null) fields.put("large_mib", largeMib);
        fields.put("cases", outcomes.size());
        fields.put("failed", failed);
        fields.put("skipped", skipped);
        fields.put("worst", worst(all, outcomes));
        Common.result(spec, fields);
        if (failed > 0)
            throw SteepestException.of("selftest: %d of %d cases failed on %s", failed, outcomes.size(), info.id());
    }

    private void check() {
        if (largeMib != null && programs != null)
            throw new ParameterException(spec.commandLine(), "large: has cases of its own, --fuzz cannot be given");
        if (largeMib != null && (largeMib < 1 || largeMib > 1 << 15))
            throw new ParameterException(spec.commandLine(), "large: expected 1 to 32768 MiB, got " + largeMib);
        if (programs == null && seed != null)
            throw new ParameterException(spec.commandLine(), "seed: is for --fuzz, which is not given");
        if (programs == null) return;
        if (!ops.isEmpty())
            throw new ParameterException(spec.commandLine(), "fuzz: draws from all ops, --ops cannot be given");
        if (programs < 1)
            throw new ParameterException(spec.commandLine(), "fuzz: expected at least 1 program, got " + programs);
    }

    private long first() {
        return seed == null ? 0 : seed;
    }

    /** What is recorded runs in this process; else another one does, which may crash. */
    private SelfTestSupervisor supervisor(DeviceInfo info) {
        var arguments = new ArrayList<String>();
        if (largeMib != null) arguments.addAll(List.of(SelfTestWorker.LARGE, Integer.toString(largeMib)));
        else if (programs != null) arguments.add(Long.toString(first()));
        if (Recorder.active() != null)
            return new SelfTestSupervisor(SelfTestWorker.Judge.of(Device.of(info.id()), arguments));
        arguments.add(0, info.id());
        return new SelfTestSupervisor(SelfTestSupervisor.command(arguments.toArray(String[]::new)), BATCH_SECONDS);
    }

    private List<Integer> chosen(List<OpCase> all) {
        List<String> known = names(all);
        for (String op : ops) {
            if (largeMib != null && !known.contains(op) && names(OpCases.all()).contains(op))
                throw new ParameterException(
                        spec.commandLine(),
                        "op '" + op + "' has no large case, expected one of " + String.join(", ", known));
            Names.check(spec, "op", op, known);
        }
        return IntStream.range(0, all.size())
                .filter(i -> ops.isEmpty() || ops.contains(all.get(i).op()))
                .boxed()
                .toList();
    }

    private static List<String> names(List<OpCase> cases) {
        return cases.stream().map(OpCase::op).distinct().toList();
    }

    private static long count(Map<Integer, Outcome> outcomes, Verdict verdict) {
        return outcomes.values().stream().filter(o -> o.verdict() == verdict).count();
    }

    /** The ops in the order of the table of cases. */
    static List<Row> rows(List<OpCase> all, Map<Integer, Outcome> outcomes) {
        var rows = new LinkedHashMap<String, Row>();
        outcomes.forEach((i, o) -> {
            OpCase c = all.get(i);
            Row r = rows.getOrDefault(c.op(), new Row(c.op(), 0, 0, 0, 0, -1, ""));
            boolean worse = o.verdict() == Verdict.PASSED ? o.share() > r.share : o.verdict() == Verdict.FAILED;
            rows.put(
                    c.op(),
                    new Row(
                            c.op(),
                            r.cases + 1,
                            r.failed + (o.verdict() == Verdict.FAILED ? 1 : 0),
                            r.skipped + (o.verdict() == Verdict.SKIPPED ? 1 : 0),
                            worse && r.failed == 0 ? o.error() : r.error,
                            worse && r.failed == 0 ? o.share() : r.share,
                            worse && r.failed == 0 ? c.detail() : r.worst));
        });
        return List.copyOf(rows.values());
    }

    static String table(List<Row> rows) {
        return DevicesCommand.table(
                List.of("op", "cases", "passed", "failed", "skipped", "worst error", "of allowed", "in case"),
                rows.stream()
                        .map(r -> new String[] {
                            r.op,
                            "" + r.cases,
                            "" + (r.cases - r.failed - r.skipped),
                            r.failed == 0 ? "–" : "" + r.failed,
                            r.skipped == 0 ? "–" : "" + r.skipped,
                            r.share <= 0 ? r.failed == 0 ? "0" : "–" : String.format(Locale.ROOT, "%.1e", r.error),
                            r.share <= 0 ? "–" : String.format(Locale.ROOT, "%.0f %%", 100 * r.share),
                            r.share <= 0 && r.failed == 0 ? "" : r.worst
                        })
                        .toList());
    }

    /** All that failed, then what came nearest to it. */
    private static List<Map<String, Object>> worst(List<OpCase> all, Map<Integer, Outcome> outcomes) {
        var failed = new ArrayList<Map.Entry<Integer, Outcome>>();
        var passed = new ArrayList<Map.Entry<Integer, Outcome>>();
        for (var e : outcomes.entrySet()) {
            if (e.getValue().verdict() == Verdict.FAILED) failed.add(e);
            else if (e.getValue().share() > 0) passed.add(e);
        }
        passed.sort(Comparator.comparingDouble(e -> -e.getValue().share()));
        failed.addAll(passed.subList(0, Math.min(WORST, passed.size())));
        return failed.stream()
                .map(e -> {
                    var fields = new LinkedHashMap<String, Object>();
                    fields.put("op", all.get(e.getKey()).op());
                    fields.put("case", all.get(e.getKey()).name());
                    fields.put("passed", e.getValue().verdict() == Verdict.PASSED);
                    fields.put("error", finite(e.getValue().error()));
                    fields.put("of_allowed", finite(e.getValue().share()));
                    fields.put("message", e.getValue().message());
                    return (Map<String, Object>) fields;
                })
                .toList();
    }

    /** JSON has no numbers for the others. */
    private static Double finite(double v) {
        return Double.isFinite(v) ? v : null;
    }
}

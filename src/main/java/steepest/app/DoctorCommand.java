package steepest.app;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import steepest.CacheDirectory;
import steepest.Device;
import steepest.DeviceInfo;
import steepest.Engine;
import steepest.SteepestException;
import steepest.Tunables;
import steepest.selftest.OpCases;
import steepest.selftest.SelfTest.Outcome;
import steepest.selftest.SelfTest.Verdict;

/** {@code doctor}: what stands in the way of computing here, and the command that mends it. */
@Command(
        name = "doctor",
        description = {
            "Say what is wrong with this machine's OpenCL, permissions, memory and JVM, and what mends it.",
            "A few kernels are proven on every device too. Exit status 1 if there is a problem."
        },
        footer = {"", "Example:", "  ./steepest doctor"})
final class DoctorCommand implements Runnable {
    private static final List<String> OPS = List.of("exp", "mean", "softmax", "avgPool2d", "matmul", "conv2d");
    private static final int CASES_OF_AN_OP = 12;
    private static final long GIB = 1L << 30;
    private static final int SECONDS = 120;

    @Spec
    private CommandSpec spec;

    @Mixin
    private BackendOptions backends;

    @Option(names = "--clear-cache", description = "Delete the compiled kernels that are kept on disk, and do no more.")
    private boolean clearCache;

    @Override
    public void run() {
        backends.apply(spec);
        try {
            if (clearCache) clear(CacheDirectory.of("opencl"));
            else examine();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void examine() throws IOException {
        var checks = new ArrayList<>(jvm());
        checks.addAll(new Machine().graphics());
        checks.addAll(devices());
        checks.add(cache(CacheDirectory.of("opencl")));
        for (DeviceInfo d : Device.list()) if (!d.id().equals("ref")) checks.add(selfTest(d));
        PrintWriter out = spec.commandLine().getOut();
        for (Check c : checks) print(out, c);
        long problems =
                checks.stream().filter(c -> c.state() == Check.State.PROBLEM).count();
        long warnings =
                checks.stream().filter(c -> c.state() == Check.State.WARNING).count();
        out.printf(
                Locale.ROOT,
                "%s, %s, %s%n",
                Quantities.count(checks.size(), "check"),
                Quantities.count(problems, "problem"),
                Quantities.count(warnings, "warning"));
        var fields = new LinkedHashMap<String, Object>();
        fields.put("command", "doctor");
        fields.put("problems", problems);
        fields.put("warnings", warnings);
        fields.put("checks", checks);
        Common.result(spec, fields);
        if (problems > 0)
            throw SteepestException.of("doctor: %d of %d checks found a problem", problems, checks.size());
    }

    private static void print(PrintWriter out, Check c) {
        String mark = switch (c.state()) {
            case OK -> "ok     ";
            case WARNING -> "warning";
            case PROBLEM -> "PROBLEM";
        };
        out.printf("%s  %-12s  %s%n", mark, c.subject(), c.found());
        if (!c.mend().isEmpty()) out.printf("         %-12s  → %s%n", "", c.mend());
    }

    private static List<Check> jvm() {
        var checks = new ArrayList<Check>();
        String java = "Java " + Runtime.version() + " in " + System.getProperty("java.home");
        checks.add(
                ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
                        ? Check.ok("java", java + ", with the vector module")
                        : Check.warning(
                                "java",
                                java + ", without the vector module: the device cpu computes in plain loops",
                                "start by ./steepest, or by java --add-modules jdk.incubator.vector …"));
        if (!nativeAccess())
            checks.add(Check.warning(
                    "native access",
                    "this JVM warns of native code, and later ones will refuse it",
                    "start by ./steepest, or by java --enable-native-access=ALL-UNNAMED …"));
        checks.add(heap(Runtime.getRuntime().maxMemory()));
        return checks;
    }

    static Check heap(long bytes) {
        String size = String.format(Locale.ROOT, "the JVM may use %.1f GiB", bytes / (double) GIB);
        return bytes >= GIB
                ? Check.ok("memory", size)
                : Check.warning("memory", size + ": little for training", "STEEPEST_JAVA_OPTS=-Xmx4g ./steepest …");
    }

    /** Whether native code may be called without a warning. Only newer JVMs know of that. */
    private static boolean nativeAccess() {
        try {
            return (Boolean) Module.class.getMethod("isNativeAccessEnabled").invoke(DoctorCommand.class.getModule());
        } catch (NoSuchMethodException e) {
            return true;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Check> devices() {
        var checks = new ArrayList<Check>();
        var found =
                Device.list().stream().filter(d -> d.id().startsWith("opencl:")).toList();
        for (DeviceInfo d : found) {
            String what = d.id() + " " + d.name() + " (" + d.version() + ", " + d.binding() + ")";
            checks.add(
                    d.memoryBytes() >= GIB
                            ? Check.ok("device", what)
                            : Check.warning(
                                    "device",
                                    what + " has only " + (d.memoryBytes() >> 20) + " MiB",
                                    "take smaller batches"));
            Tunables tunables = Engine.get().tunables(d.id()).orElseThrow();
            checks.add(Check.ok("limits", d.id() + ": " + tunables.limits()));
            checks.add(tuning(d, tunables));
        }
        if (found.isEmpty()) {
            try (var device = Device.of("opencl")) {
                throw new IllegalStateException(device.info() + " is not in the list of devices");
            } catch (SteepestException e) {
                checks.add(Check.warning("device", e.getMessage(), mend(e.getMessage())));
            }
        }
        return checks;
    }

    /** A table of the device's own that cannot be used is named with the reason, and one whose tiles do not fit. */
    private static Check tuning(DeviceInfo d, Tunables tunables) {
        String inUse = tunables.inUse();
        String trouble = tunables.trouble().apply(tunables.table());
        if (!trouble.isEmpty())
            return Check.problem(
                    "tuning",
                    d.id() + ": " + inUse + ": " + trouble,
                    "STEEPEST_JAVA_OPTS=-Dsteepest.opencl.class=cpu ./steepest …");
        return inUse.contains(": ")
                ? Check.warning("tuning", d.id() + ": " + inUse, "./steepest tune --device " + d.id())
                : Check.ok("tuning", d.id() + ": " + inUse);
    }

    /** Debian's packages; the loader's development package has the name that both bindings open. */
    static String mend(String trouble) {
        if (trouble.contains("no OpenCL loader")) return "sudo apt-get install ocl-icd-opencl-dev";
        if (trouble.contains("no driver"))
            return "sudo apt-get install pocl-opencl-icd, or the driver of your graphics processor";
        return "clinfo shows what the driver itself says";
    }

    static Check cache(Path directory) throws IOException {
        Path there = directory.toAbsolutePath();
        while (!Files.exists(there)) there = there.getParent();
        if (!Files.isDirectory(there) || !Files.isWritable(there))
            return Check.warning(
                    "cache",
                    directory + " cannot be written: kernels are compiled anew by every run",
                    "sudo chown -R $USER " + there + ", or STEEPEST_JAVA_OPTS=-Dsteepest.cache=DIR ./steepest …");
        long free = Files.getFileStore(there).getUsableSpace();
        if (free < GIB / 16)
            return Check.warning(
                    "cache", directory + ": only " + (free >> 20) + " MiB are free", "./steepest doctor --clear-cache");
        long[] sum = size(directory);
        return Check.ok(
                "cache",
                directory + ": " + Quantities.count(sum[0], "compiled program") + ", " + (sum[1] >> 10) + " KiB");
    }

    /** Entries, and their bytes; what is still being written under a temporary name is none. */
    private static long[] size(Path directory) throws IOException {
        return size(entries(directory).stream()
                .filter(p -> !p.getFileName().toString().startsWith("."))
                .toList());
    }

    /** Other processes may be deleting or replacing them: what vanished counts as none. */
    static long[] size(List<Path> files) throws IOException {
        long count = 0;
        long bytes = 0;
        for (Path p : files) {
            try {
                bytes += Files.size(p);
                count++;
            } catch (NoSuchFileException e) {
                // it is deleted already
            }
        }
        return new long[] {count, bytes};
    }

    private static List<Path> entries(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) return List.of();
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private Check selfTest(DeviceInfo info) {
        var all = OpCases.all();
        var cases = OPS.stream()
                .flatMap(op -> IntStream.range(0, all.size())
                        .filter(i -> all.get(i).op().equals(op))
                        .limit(CASES_OF_AN_OP)
                        .boxed())
                .toList();
        Map<Integer, Outcome> outcomes;
        try (var supervisor = new SelfTestSupervisor(SelfTestSupervisor.command(info.id()), SECONDS);
                var bar = new Bar(spec.commandLine().getErr(), info.id(), cases.size(), " cases", 1)) {
            outcomes = supervisor.run(cases, cases.size(), bar::by);
        }
        var failed = outcomes.values().stream()
                .filter(o -> o.verdict() == Verdict.FAILED)
                .toList();
        String name = "self-test";
        if (failed.isEmpty()) return Check.ok(name, info.id() + ": " + outcomes.size() + " cases passed");
        return Check.problem(
                name,
                info.id() + ": " + failed.size() + " of " + outcomes.size() + " cases failed: "
                        + failed.get(0).message(),
                "./steepest selftest --device " + info.id() + " shows all; another driver may help");
    }

    private void clear(Path directory) throws IOException {
        long[] sum = size(directory);
        for (Path p : entries(directory)) Files.deleteIfExists(p); // another process may be clearing too
        spec.commandLine()
                .getOut()
                .printf(
                        Locale.ROOT,
                        "deleted %s (%d KiB) in %s%n",
                        Quantities.count(sum[0], "compiled program"),
                        sum[1] >> 10,
                        directory);
        var fields = new LinkedHashMap<String, Object>();
        fields.put("command", "doctor");
        fields.put("deleted", sum[0]);
        fields.put("bytes", sum[1]);
        fields.put("directory", directory.toString());
        Common.result(spec, fields);
    }
}

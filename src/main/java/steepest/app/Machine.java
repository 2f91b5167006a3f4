package steepest.app;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/** What a Linux machine tells of its graphics processors: which there are, their drivers, who may use them. */
final class Machine {
    private final Path root;
    private final Path vendors;
    private final boolean astray;
    private final Predicate<Path> usable;

    /** This one. */
    Machine() {
        this(Path.of("/"), System.getenv("OCL_ICD_VENDORS"), p -> Files.isReadable(p) && Files.isWritable(p));
    }

    /**
     * @param vendors what the loader was told to use instead of the system's drivers: a directory, or a driver itself; null
     *     where it was told nothing
     */
    Machine(Path root, String vendors, Predicate<Path> usable) {
        this.root = root;
        this.vendors = vendors == null || vendors.isEmpty() ? root.resolve("etc/OpenCL/vendors") : Path.of(vendors);
        astray = vendors != null && vendors.contains("/") && !Files.exists(this.vendors); // else a name to be looked up
        this.usable = usable;
    }

    /** A maker of graphics processors: the number on the bus, what its OpenCL driver registers as, and its package. */
    private enum Maker {
        NVIDIA("0x10de", List.of("nvidia"), "sudo apt-get install nvidia-opencl-icd"),
        AMD("0x1002", List.of("amdocl", "rocm", "rusticl", "mesa"), "sudo apt-get install rocm-opencl-icd"),
        INTEL("0x8086", List.of("intel", "rusticl"), "sudo apt-get install intel-opencl-icd");

        final String number;
        final List<String> drivers;
        final String mend;

        Maker(String number, List<String> drivers, String mend) {
            this.number = number;
            this.drivers = drivers;
            this.mend = mend;
        }
    }

    /** Graphics processors against the drivers that are registered, and the files through which they are used. */
    List<Check> graphics() throws IOException {
        var checks = new ArrayList<Check>();
        if (astray)
            checks.add(
                    Check.warning("driver", "OCL_ICD_VENDORS=" + vendors + " does not exist", "unset OCL_ICD_VENDORS"));
        Set<String> vendors = registered();
        for (var gpu : processors().entrySet()) {
            Maker maker = gpu.getValue();
            boolean driver =
                    vendors.stream().anyMatch(v -> maker.drivers.stream().anyMatch(v.toLowerCase()::contains));
            checks.add(
                    driver
                            ? Check.ok("driver", maker + " graphics processor " + gpu.getKey() + ", drivers " + vendors)
                            : Check.problem(
                                    "driver",
                                    maker + " graphics processor " + gpu.getKey()
                                            + " has no OpenCL driver: registered are " + vendors,
                                    maker.mend));
        }
        for (Path device : files()) {
            if (usable.test(device)) checks.add(Check.ok("permissions", device + " can be used"));
            else
                checks.add(Check.problem(
                        "permissions",
                        device + " cannot be used: it belongs to group " + group(device),
                        "sudo usermod -aG " + group(device) + " $USER, then log in again"));
        }
        return checks;
    }

    /** The names under which drivers are registered with the loader. */
    private Set<String> registered() throws IOException {
        var names = new TreeSet<String>();
        if (Files.isDirectory(vendors))
            for (Path p : list(vendors, "*.icd")) names.add(p.getFileName().toString());
        else if (vendors.getFileName() != null && Files.exists(vendors))
            names.add(vendors.getFileName().toString());
        return names;
    }

    private Map<String, Maker> processors() throws IOException {
        var found = new LinkedHashMap<String, Maker>();
        for (Path card : list("sys/class/drm", "card*")) {
            Path vendor = card.resolve("device/vendor");
            if (!Files.isReadable(vendor)) continue;
            String number = Files.readString(vendor).strip();
            for (Maker maker : Maker.values())
                if (maker.number.equals(number)) found.put(card.getFileName().toString(), maker);
        }
        if (!found.containsValue(Maker.NVIDIA))
            for (Path p : list("dev", "nvidia[0-9]*")) found.put(p.getFileName().toString(), Maker.NVIDIA);
        return found;
    }

    private List<Path> files() throws IOException {
        var all = new ArrayList<>(list("dev/dri", "renderD*"));
        all.addAll(list("dev", "kfd"));
        all.addAll(list("dev", "nvidia[0-9]*"));
        return all;
    }

    private static String group(Path device) throws IOException {
        return Files.readAttributes(device, PosixFileAttributes.class).group().getName();
    }

    private List<Path> list(String directory, String pattern) throws IOException {
        return list(root.resolve(directory), pattern);
    }

    private static List<Path> list(Path path, String pattern) throws IOException {
        if (!Files.isDirectory(path)) return List.of();
        var all = new ArrayList<Path>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(path, pattern)) {
            stream.forEach(all::add);
        }
        all.sort(null);
        return all;
    }
}

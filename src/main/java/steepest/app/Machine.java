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
import java.util.TreeSet;
import java.util.function.Predicate;

/** What a Linux machine tells of its graphics processors: which there are, their drivers, who may use them. */
final class Machine {
    private final Path root;
    private final Predicate<Path> usable;

    /** This one. */
    Machine() {
        this(Path.of("/"), p -> Files.isReadable(p) && Files.isWritable(p));
    }

    Machine(Path root, Predicate<Path> usable) {
        this.root = root;
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
        var vendors = new TreeSet<String>();
        for (Path p : list("etc/OpenCL/vendors", "*.icd"))
            vendors.add(p.getFileName().toString());
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
        Path path = root.resolve(directory);
        if (!Files.isDirectory(path)) return List.of();
        var all = new ArrayList<Path>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(path, pattern)) {
            stream.forEach(all::add);
        }
        all.sort(null);
        return all;
    }
}

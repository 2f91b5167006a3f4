package steepest.backend.cpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import steepest.DeviceInfo;
import steepest.SteepestException;
import steepest.backend.Backend;
import steepest.backend.BackendDevice;

/**
 * The processor itself, in Java alone. Where the JVM has the module {@code jdk.incubator.vector} kernels use its vectors,
 * elsewhere plain loops with the same bits. System properties: {@code steepest.threads} (default: all there are), {@code
 * steepest.vector=off}.
 */
public final class CpuBackend implements Backend {
    @Override
    public String kind() {
        return "cpu";
    }

    @Override
    public List<DeviceInfo> devices() {
        return List.of(info(threads(), Simd.best()));
    }

    private static DeviceInfo info(int threads, Lanes lanes) {
        String version = "Java " + Runtime.version().feature() + ", "
                + (lanes.bits() == 0 ? "plain loops" : lanes.bits() + "-bit vectors");
        long memory = Runtime.getRuntime().maxMemory();
        return new DeviceInfo("cpu", "CPU", processorName(), memory, threads, version, "java");
    }

    @Override
    public BackendDevice open(DeviceInfo device) {
        if (!device.id().equals("cpu")) throw SteepestException.of("cpu: there is no device %s", device.id());
        return open(threads(), Simd.best());
    }

    /** A device with so many threads; the vector path or plain loops by choice. */
    static CpuDevice open(int threads, Lanes lanes) {
        return new CpuDevice(info(threads, lanes), new Workers(threads), lanes);
    }

    private static int threads() {
        String wanted = System.getProperty("steepest.threads");
        if (wanted == null) return Runtime.getRuntime().availableProcessors();
        try {
            int n = Integer.parseInt(wanted.strip());
            if (n >= 1 && n <= 1024) return n;
        } catch (NumberFormatException e) {
            // the same message as for a number out of range
        }
        throw SteepestException.of("steepest.threads must be a whole number from 1 to 1024, got '%s'", wanted);
    }

    /** The maker's name where the system tells it, else the architecture. */
    private static String processorName() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(l -> l.startsWith("model name"))
                    .map(l -> l.substring(l.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(System.getProperty("os.arch"));
        } catch (IOException e) {
            return System.getProperty("os.arch"); // not Linux
        }
    }
}

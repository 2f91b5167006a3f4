package steepest.backend.opencl;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import steepest.DeviceInfo;
import steepest.SteepestException;
import steepest.backend.BackendDevice;
import steepest.backend.opencl.binding.Bindings;

/** The OpenCL devices that tests run on, opened once each. */
final class OpenCl {
    /** The property that names a device to test on. */
    private static final String DEVICE = "steepest.test.device";

    private static final Map<String, BackendDevice> OPEN = new HashMap<>();

    private OpenCl() {}

    /** Both bindings, each with the kernels for both classes of devices; on a named device with those for its class. */
    static List<String> configurations() {
        if (System.getProperty(DEVICE) == null) return List.of("lwjgl cpu", "lwjgl gpu", "jocl cpu", "jocl gpu");
        String deviceClass = Tuning.deviceClass(first(backend("lwjgl")));
        return List.of("lwjgl " + deviceClass, "jocl " + deviceClass);
    }

    /**
     * The first device, or the one that {@code steepest.test.device} names, through a binding and with the kernels of a device class, as in {@code "lwjgl gpu"}. Where there
     * is no device the test is skipped, or fails where {@code steepest.requireOpenCL} or the environment's CI says so.
     */
    static synchronized BackendDevice device(String configuration) {
        return OPEN.computeIfAbsent(configuration, c -> {
            String[] words = c.split(" ");
            OpenClBackend backend = backend(words[0]);
            return backend.open(first(backend), Tuning.of(words[1]));
        });
    }

    static OpenClBackend backend(String binding) {
        return new OpenClBackend(() -> Bindings.load(binding), new ProgramCache(cache()));
    }

    /** Compiled programs of tests: among what is built, so that it goes with it. */
    static Path cache() {
        return Path.of(System.getProperty("steepest.build.dir", "target"), "opencl-cache");
    }

    static DeviceInfo first(OpenClBackend backend) {
        List<DeviceInfo> devices = backend.devices();
        if (devices.isEmpty()) {
            String why = "no OpenCL device to test on: " + backend.trouble();
            if (Boolean.getBoolean("steepest.requireOpenCL") || "true".equals(System.getenv("CI")))
                throw SteepestException.of("%s", why);
            assumeTrue(false, why);
        }
        String wanted = System.getProperty(DEVICE, devices.get(0).id());
        return devices.stream().filter(d -> d.id().equals(wanted)).findFirst().orElseThrow();
    }
}

package steepest;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What there is to know of a device before it is opened.
 *
 * @param id how a user names it: {@code cpu}, {@code ref}, {@code opencl:P.D} (platform and device, from 0)
 * @param type {@code CPU}, {@code GPU}, {@code ACCELERATOR} or {@code REFERENCE}
 * @param name the maker's name of it
 * @param memoryBytes the memory it can address
 * @param units compute units, or threads
 * @param version of platform and driver, or of the Java runtime and its vector length
 * @param binding the Java binding it is reached through ({@code lwjgl}, {@code jocl}), or {@code java}
 * @param parts into how many equal parts it can be divided, each a device of its own: see {@link Device#of}; 1 where it
 *     cannot
 */
public record DeviceInfo(
        String id, String type, String name, long memoryBytes, int units, String version, String binding, int parts) {
    /** A device that cannot be divided. */
    public DeviceInfo(
            String id, String type, String name, long memoryBytes, int units, String version, String binding) {
        this(id, type, name, memoryBytes, units, version, binding, 1);
    }

    /** Several devices taken together: names with commas between, memory and units added up. */
    public static DeviceInfo together(List<DeviceInfo> devices) {
        if (devices.size() == 1) return devices.get(0);
        return new DeviceInfo(
                joined(devices, DeviceInfo::id, ","),
                joined(devices, DeviceInfo::type, "+"),
                joined(devices, DeviceInfo::name, " + "),
                devices.stream().mapToLong(DeviceInfo::memoryBytes).sum(),
                devices.stream().mapToInt(DeviceInfo::units).sum(),
                joined(devices, DeviceInfo::version, " + "),
                joined(devices, DeviceInfo::binding, "+"));
    }

    private static String joined(List<DeviceInfo> devices, Function<DeviceInfo, String> what, String between) {
        return devices.stream().map(what).distinct().collect(Collectors.joining(between));
    }

    public boolean isGpu() {
        return type.equals("GPU");
    }
}

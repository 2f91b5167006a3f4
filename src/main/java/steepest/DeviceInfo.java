package steepest;

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

    public boolean isGpu() {
        return type.equals("GPU");
    }
}

package steepest.backend;

import java.util.List;
import java.util.Optional;
import steepest.DeviceInfo;
import steepest.SteepestException;
import steepest.Tunables;

/** A family of devices: the reference, the CPU, OpenCL. Found and opened by {@code steepest.plan} alone. */
public interface Backend {
    /** {@code ref}, {@code cpu} or {@code opencl}. */
    String kind();

    /** The devices there are; empty where the machine has none (no OpenCL loader, say), never an exception. */
    List<DeviceInfo> devices();

    /**
     * The device of that name: one of {@link #devices}, or one made on demand, such as a part of one.
     *
     * @throws steepest.SteepestException if the name asks for what cannot be made
     */
    default Optional<DeviceInfo> find(String id) {
        return devices().stream().filter(d -> d.id().equals(id)).findFirst();
    }

    /**
     * Why {@link #devices} is empty or short: one line for {@code doctor} and for errors, for instance that no OpenCL
     * loader was found; empty when all is well.
     */
    default String trouble() {
        return "";
    }

    /** @throws steepest.SteepestException if the device cannot be opened */
    BackendDevice open(DeviceInfo device);

    /** What can be tuned of a device. */
    default Optional<Tunables> tunables(DeviceInfo device) {
        return Optional.empty();
    }

    /**
     * @param table shapes the kernels, see {@link Tunables}
     * @throws steepest.SteepestException if there is nothing to tune, or the table is not of that form
     */
    default BackendDevice open(DeviceInfo device, String table) {
        throw SteepestException.of("device %s has no tuning table", device.id());
    }
}

package steepest.backend.ref;

import java.util.List;
import java.util.Optional;
import steepest.DeviceInfo;
import steepest.backend.Backend;
import steepest.backend.BackendDevice;

/**
 * The oracle: every kernel written down as its definition, one element at a time, in double precision. It claims no fused
 * op, so that fused ops run as their meanings. Never optimised; what it computes is what the other backends are held to.
 */
public final class RefBackend implements Backend {
    @Override
    public String kind() {
        return "ref";
    }

    @Override
    public List<DeviceInfo> devices() {
        return List.of(info("ref"));
    }

    /** Beside the one listed any number of others, so that whatever takes several devices can be held to the reference. */
    @Override
    public Optional<DeviceInfo> find(String id) {
        return id.matches("ref(:\\d{1,2})?") ? Optional.of(info(id)) : Optional.empty();
    }

    private static DeviceInfo info(String id) {
        return new DeviceInfo(
                id,
                "REFERENCE",
                "reference, plain Java in double precision",
                Runtime.getRuntime().maxMemory(),
                1,
                "Java " + Runtime.version().feature(),
                "java");
    }

    @Override
    public BackendDevice open(DeviceInfo device) {
        return new RefDevice(device);
    }
}

package steepest.plan;

import steepest.HostArray;
import steepest.Spec;
import steepest.Value;
import steepest.backend.Buffer;

/**
 * A tensor's value in device memory. The block goes back to the pool when the value that owns it is unreachable; another
 * view of the same memory holds on to the owner.
 */
final class DeviceValue implements Value {
    private final EngineDevice device;
    private final Spec spec;
    private final Memory.Block block;
    private final DeviceValue owner;

    DeviceValue(EngineDevice device, Spec spec, Memory.Block block, DeviceValue owner) {
        this.device = device;
        this.spec = spec;
        this.block = block;
        this.owner = owner;
    }

    /** The same memory as a tensor of another shape. */
    DeviceValue as(Spec other) {
        return other.equals(spec) ? this : new DeviceValue(device, other, block, owner == null ? this : owner);
    }

    Buffer buffer() {
        return block.buffer;
    }

    @Override
    public EngineDevice device() {
        return device;
    }

    @Override
    public Spec spec() {
        return spec;
    }

    @Override
    public HostArray toHost() {
        return device.download(block.buffer, spec, false);
    }
}

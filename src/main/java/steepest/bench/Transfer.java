package steepest.bench;

import java.util.List;
import steepest.Device;
import steepest.Engine;
import steepest.HostArray;
import steepest.Recorder.Work;
import steepest.Value;

/**
 * A copy of an array between the host and a device. Where the device computes on the Java heap, an upload copies nothing.
 */
record Transfer(boolean up, HostArray array) implements Workload {
    @Override
    public String family() {
        return "transfer";
    }

    @Override
    public String name() {
        return (up ? "host to device " : "device to host ") + (bytes() >> 20) + " MiB";
    }

    private long bytes() {
        return (long) array.size() * array.dtype().bytes();
    }

    /** The device cpu takes an array as it is. */
    private boolean shared(Device device) {
        return up && device.info().id().equals("cpu");
    }

    @Override
    public Session on(Device device) {
        Value there = Engine.get().upload(device, array);
        return new Session() {

            @Override
            public void run() {
                if (up) Engine.get().upload(device, array);
                else there.toHost();
            }

            @Override
            public List<Work> work() {
                return List.of(new Work(name(), 0, shared(device) ? 0 : bytes()));
            }

            @Override
            public HostArray result() {
                return there.toHost();
            }

            @Override
            public void close() {
                // the collector takes the memory back
            }
        };
    }
}

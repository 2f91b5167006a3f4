package steepest.bench;

import java.util.List;
import steepest.Device;
import steepest.HostArray;
import steepest.Recorder.Work;

/** Something to be timed on any device. */
public interface Workload {
    /** What it is one of, such as {@code matmul} or {@code step}. */
    String family();

    /** Its name within the family, such as its shapes. */
    String name();

    /** Samples that one run trains on; 0 where it does not train. */
    default int samples() {
        return 0;
    }

    /** Makes it ready on a device: its operands are there, nothing is planned or built. */
    Session on(Device device);

    /** A workload on a device. */
    interface Session extends AutoCloseable {
        /** Asks for one run; it is done when {@link Device#finish} returns. */
        void run();

        /** What one run computes and moves, kernel by kernel. After the first run. */
        List<Work> work();

        /** All that a run computes, from a run of its own. */
        HostArray result();

        @Override
        void close();
    }
}

package steepest;

import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/**
 * Evaluates graphs. The core names what it needs; {@code steepest.plan} provides it and is found once, as a {@link
 * java.util.ServiceLoader} service.
 */
public interface Engine {
    List<DeviceInfo> devices();

    Device open(String name);

    /**
     * Opens a device once more, with kernels shaped by a table, beside the one that {@link #open(String)} shares.
     *
     * @param table as {@link Tunables#table}
     * @throws SteepestException if the device has no tunables or the table has another form than that of its class
     */
    Device open(String name, String table);

    /** What can be tuned of a device; empty where nothing can. */
    Optional<Tunables> tunables(String name);

    Device defaultDevice();

    void setDefaultDevice(Device device);

    /** Computes tensors and remembers their values in their nodes; all at once, so that they share work. */
    void evaluate(List<Tensor> roots);

    /**
     * Plans a step: {@code inputs} are the leaves ({@link steepest.op.Leaf.Input}) that change from run to run.
     *
     * @throws SteepestException if the graph cannot run on the device
     */
    Plan plan(Device device, List<Tensor> inputs, Step step);

    /** Puts an array on a device. */
    Value upload(Device device, HostArray array);

    /**
     * Copies a value to another device, as exactly as both keep it.
     *
     * @param into memory there of the same type and shape, which is overwritten; null for new memory
     */
    Value copy(Value from, Device to, Value into);

    /** The one engine of this process. */
    static Engine get() {
        return Holder.ENGINE;
    }

    /** A step made ready to run again and again. */
    interface Plan extends AutoCloseable {
        /**
         * Runs the step once: reads the inputs and variables, writes the updated variables, returns the results.
         *
         * @param run advances all randomness of the plan: another number, other bits
         */
        List<Tensor> run(List<Tensor> inputs, int run);

        /** Brings the variables to the device, so that a run has nothing to wait for but its inputs. */
        void bind();

        /** The kernels in the order they run, their shapes, what was fused, and the memory. */
        String explain();

        /** What each kernel computes and moves at the least. */
        List<Recorder.Work> work();

        /** Bytes of the slab that holds all intermediate results. */
        long slabBytes();

        /** The memory that a run takes; the plan need not have run, nor its memory have been had. */
        Footprint footprint();

        @Override
        void close();
    }

    /** Defers the search until the engine is first needed. */
    final class Holder {
        private static final Engine ENGINE = ServiceLoader.load(Engine.class, Engine.class.getClassLoader())
                .findFirst()
                .orElseThrow(() -> new SteepestException(
                        "no engine found: META-INF/services/steepest.Engine is missing from the class path"));

        private Holder() {}
    }
}

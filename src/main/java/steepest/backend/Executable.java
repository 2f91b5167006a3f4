package steepest.backend;

import steepest.Rng;

/** A schedule made ready on a device. Holds no memory of tensors, so one executable serves any number of programs. */
public interface Executable extends AutoCloseable {
    /**
     * Runs all kernels in order, or queues them.
     *
     * @param slots the memory that the views of the schedule name by number
     */
    void run(Buffer[] slots, Arguments arguments);

    @Override
    void close();

    /**
     * What changes from run to run besides memory.
     *
     * @param scalars the values of {@link Kernel.ScalarArgument}s, by their index
     * @param keys the keys of random kernels, by {@link Kernel.OpKernel#key}
     * @param run advances all randomness: the third word of Philox's counter
     */
    record Arguments(double[] scalars, Rng.Key[] keys, int run) {}
}

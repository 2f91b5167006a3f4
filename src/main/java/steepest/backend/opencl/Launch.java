package steepest.backend.opencl;

import java.util.List;
import steepest.Recorder.Work;
import steepest.backend.Costs;
import steepest.backend.Kernel;

/**
 * A kernel to be launched: which, with what, how wide.
 *
 * @param source the kernel of the schedule that it is for, null for one that is for none; several may be for one
 */
record Launch(Unit unit, String kernel, List<Arg> args, Grid grid, Kernel source) {
    String kernelName() {
        return kernel + unit.suffix();
    }

    /** What all launches for the same source compute together. */
    Work work() {
        return source == null ? new Work(kernel, 0, 0) : Costs.of(source);
    }
}

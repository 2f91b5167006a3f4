package steepest.backend.opencl;

import java.util.List;
import steepest.Recorder.Work;
import steepest.backend.Costs;
import steepest.backend.Kernel;

/**
 * A kernel to be launched: which, with what, how wide.
 *
 * @param sources the kernels of the schedule that it is for; several launches may be for the same
 */
record Launch(Unit unit, String kernel, List<Arg> args, Grid grid, List<Kernel> sources) {
    String kernelName() {
        return kernel + unit.suffix();
    }

    /** What all launches for the same sources compute together. */
    Work work() {
        return sources.isEmpty() ? new Work(kernel, 0, 0) : Costs.of(sources);
    }
}

package steepest.backend.opencl;

import java.util.List;

/** A kernel to be launched: which, with what, how wide. */
record Launch(Unit unit, String kernel, List<Arg> args, Grid grid) {
    String kernelName() {
        return kernel + unit.suffix();
    }
}

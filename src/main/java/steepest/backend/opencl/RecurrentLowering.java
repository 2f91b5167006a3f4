package steepest.backend.opencl;

import java.util.Map;
import steepest.Shape;
import steepest.backend.Kernel.OpKernel;
import steepest.backend.View;

/** Recurrent cells through {@code recurrent.cl}. */
final class RecurrentLowering {
    private RecurrentLowering() {}

    /** A cell or its gradient: all inputs, all outputs, and the sizes of a state, which is the third input. */
    static void lower(String kernel, OpKernel k, Launches out) {
        Shape state = k.inputs().get(2).shape();
        Launches.Builder launch = out.launch(Unit.of("recurrent", Map.of()), kernel);
        for (View v : k.inputs()) launch.view(v);
        for (View v : k.outputs()) launch.view(v);
        launch.ints(state.dim(0), state.dim(1));
        if (out.tuning.chunked()) launch.jobs(state.dim(0), 32L * state.dim(1));
        else launch.jobs(state.size(), 32);
    }
}

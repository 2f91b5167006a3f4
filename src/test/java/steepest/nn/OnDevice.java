package steepest.nn;

import steepest.Device;
import steepest.HostArray;
import steepest.Program;
import steepest.Shape;
import steepest.Tensor;

/** Applies models to arrays on a device, for tests. */
final class OnDevice {
    private OnDevice() {}

    static float[] apply(String device, Model model, Tensor x) {
        try (Program program = Program.of(x0 -> model.apply(x0)).on(Device.of(device))) {
            return program.call(x).toFloats();
        }
    }

    static Tensor tensor(Shape shape, float... values) {
        return Tensor.of(HostArray.of(values, shape));
    }
}

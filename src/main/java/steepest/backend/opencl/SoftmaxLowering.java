package steepest.backend.opencl;

import java.util.List;
import java.util.Map;
import steepest.backend.View;

/** Softmax, its logarithm and the cross-entropies through {@code softmax.cl}: each a kernel over lines. */
final class SoftmaxLowering {
    private SoftmaxLowering() {}

    /**
     * @param op as {@code softmax.cl} names it
     * @param smoothing of labels
     */
    static void lines(String op, int axis, double smoothing, List<View> in, View y, Launches out) {
        Lines lines = Lines.of(in.get(0).shape(), axis);
        if (lines.n() == 0) return;
        Tuning t = out.tuning;
        Map<String, String> defines = Map.of("OP", op, "GROUP", Integer.toString(t.group()));
        Launches.Builder launch =
                out.launch(Unit.of("softmax", defines), "softmax").views(in);
        long team = lines.team(t);
        launch.view(y)
                .ints(lines.outer(), lines.n(), lines.inner())
                .number(smoothing)
                .ints(team);
        if (t.chunked()) launch.jobs(lines.outer() * ((lines.inner() + 15) / 16), lines.vectorWork());
        else launch.jobs(lines.count() * team, 1);
    }
}

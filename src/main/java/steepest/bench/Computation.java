package steepest.bench;

import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import steepest.Device;
import steepest.Engine;
import steepest.HostArray;
import steepest.Program;
import steepest.Recorder.Work;
import steepest.Spec;
import steepest.Step;
import steepest.Tensor;
import steepest.Variable;

/**
 * A program as a workload.
 *
 * @param samples that one run trains on; 0 where it does not train
 * @param fed whether each run brings its operands from the host and its first result back, as training on data does; else
 *     they lie on the device
 * @param timed makes the body of the program that is timed, with variables of its own for each device
 * @param whole makes a body whose one result is all that is computed
 */
record Computation(
        String family,
        String name,
        int samples,
        boolean fed,
        List<HostArray> inputs,
        Supplier<Program.Body> timed,
        Supplier<Program.Body> whole)
        implements Workload {

    /**
     * An op. While it is timed only one element of its result leaves the program, whose slab holds the rest, so that no
     * memory is asked for while the clock runs.
     */
    static Computation of(String family, String name, List<HostArray> inputs, Function<List<Tensor>, Tensor> op) {
        return new Computation(
                family,
                name,
                0,
                false,
                inputs,
                () -> (in, pass) -> first(op.apply(in)),
                () -> (in, pass) -> op.apply(in));
    }

    private static Tensor first(Tensor t) {
        for (int axis = 0; axis < t.shape().rank(); axis++) t = t.slice(axis, 0, 1);
        return t;
    }

    /** A scalar function: one element of its result would be computed alone, so all of it lands in a variable. */
    static Computation pointwise(String name, List<HostArray> inputs, Function<List<Tensor>, Tensor> f) {
        return new Computation(
                "pointwise",
                name,
                0,
                false,
                inputs,
                () -> (in, pass) -> {
                    Tensor t = f.apply(in);
                    return Step.of().update(Variable.zeros("result", t.spec()), t);
                },
                () -> (in, pass) -> f.apply(in));
    }

    @Override
    public Session on(Device device) {
        Program program = Program.of(inputs.size(), timed.get()).on(device);
        List<Tensor> there = operands(device);
        return new Session() {
            @Override
            public void run() {
                List<Tensor> results = program.run(fed ? operands(device) : there);
                if (fed) results.get(0).toHost();
            }

            @Override
            public List<Work> work() {
                return program.work(inputs.stream().map(HostArray::spec).toArray(Spec[]::new));
            }

            @Override
            public HostArray result() {
                try (Program all = Program.of(inputs.size(), whole.get()).on(device)) {
                    return all.run(there).get(0).toHost();
                }
            }

            @Override
            public void close() {
                program.close();
            }
        };
    }

    private List<Tensor> operands(Device device) {
        return inputs.stream()
                .map(a -> {
                    Tensor t = Tensor.of(a);
                    t.node().setValue(0, Engine.get().upload(device, a));
                    return t;
                })
                .toList();
    }
}

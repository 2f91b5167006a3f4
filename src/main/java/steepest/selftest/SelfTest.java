package steepest.selftest;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import steepest.DType;
import steepest.Device;
import steepest.Gradients;
import steepest.HostArray;
import steepest.Program;
import steepest.Spec;
import steepest.Step;
import steepest.Tensor;
import steepest.op.Leaf;

/** Judges a device by the table of op cases: what it computes against the reference device, which computes in double. */
public final class SelfTest {
    /** What came of a case. */
    public enum Verdict {
        PASSED,
        FAILED,
        /** The device does not compute in a type that the case is about. */
        SKIPPED
    }

    /**
     * The judgement of one case.
     *
     * @param error the largest {@code |value − reference| / max(1, |reference|)} over all elements
     * @param share the largest difference as a share of what the case allows, over 1 where it fails; 0 where all
     *     elements are the reference's
     * @param message what is wrong; empty where nothing is
     */
    public record Outcome(Verdict verdict, double error, double share, String message) {
        public static Outcome failed(String message) {
            return new Outcome(Verdict.FAILED, Double.NaN, Double.NaN, message);
        }
    }

    private SelfTest() {}

    /**
     * Runs cases in one program, so that their kernels are built together, twice with the same inputs: results must lie
     * within each case's tolerance, and repeat bit for bit.
     *
     * @return the outcome of each case, in order
     * @throws RuntimeException whatever the device throws: at one of the cases, it does not say which
     */
    public static List<Outcome> judge(Device device, Device reference, List<OpCase> cases) {
        return judge(device, reference, cases, 2);
    }

    /** The same with so many runs; with a single one nothing is said about repeating. */
    static List<Outcome> judge(Device device, Device reference, List<OpCase> cases, int runs) {
        List<OpCase> run = cases.stream().filter(c -> supported(device, c)).toList();
        List<List<HostArray>> expected = run(reference, run, 1).get(0);
        List<List<List<HostArray>>> got = run(device, run, runs);
        List<Outcome> outcomes = new ArrayList<>();
        for (OpCase c : cases) {
            int i = run.indexOf(c);
            if (i < 0) outcomes.add(new Outcome(Verdict.SKIPPED, 0, 0, "needs f64"));
            else
                outcomes.add(compare(
                        c, expected.get(i), got.get(0).get(i), got.get(runs - 1).get(i)));
        }
        return outcomes;
    }

    private static Outcome compare(OpCase c, List<HostArray> expected, List<HostArray> first, List<HostArray> second) {
        Optional<String> difference = c.difference(expected, first);
        if (difference.isEmpty() && !first.equals(second))
            difference = Optional.of(c.name() + ": run again on the same inputs it gives other bits");
        double error = 0;
        double share = 0;
        for (int k = 0; k < expected.size() && k < first.size(); k++) {
            HostArray r = expected.get(k);
            HostArray v = first.get(k);
            if (!r.spec().equals(v.spec())) break; // told by the difference already
            for (int i = 0; i < r.size(); i++) {
                error = Math.max(error, error(r.get(i), v.get(i)));
                share = Math.max(share, c.tolerance().share(r.get(i), v.get(i)));
            }
        }
        Verdict verdict = difference.isEmpty() ? Verdict.PASSED : Verdict.FAILED;
        return new Outcome(verdict, error, share, difference.orElse(""));
    }

    private static double error(double reference, double value) {
        if (reference == value || Double.isNaN(reference) && Double.isNaN(value)) return 0;
        double e = Math.abs(value - reference) / Math.max(1, Math.abs(reference));
        return Double.isNaN(e) ? Double.POSITIVE_INFINITY : e;
    }

    /** The results of each case, for so many runs of all cases in one program. */
    private static List<List<List<HostArray>>> run(Device device, List<OpCase> cases, int runs) {
        if (cases.isEmpty()) return java.util.Collections.nCopies(runs, List.of());
        int inputs = cases.stream().mapToInt(c -> c.inputs().size()).sum();
        List<Integer> ends = new ArrayList<>();
        Program.Body body = (in, pass) -> {
            List<Tensor> out = new ArrayList<>();
            int from = 0;
            ends.clear();
            for (OpCase c : cases) {
                out.addAll(c.apply(in.subList(from, from + c.inputs().size())));
                from += c.inputs().size();
                ends.add(out.size());
            }
            return Step.of(out.toArray(Tensor[]::new));
        };
        List<List<List<HostArray>>> all = new ArrayList<>();
        try (Program program = Program.of(inputs, body).on(device)) {
            for (int run = 0; run < runs; run++) {
                program.resumeAt(0); // the same random bits at every run
                List<HostArray> results =
                        program
                                .run(cases.stream()
                                        .flatMap(c -> c.generate(0).stream())
                                        .map(Tensor::of)
                                        .toList())
                                .stream()
                                .map(Tensor::toHost)
                                .toList();
                List<List<HostArray>> each = new ArrayList<>();
                for (int i = 0; i < cases.size(); i++)
                    each.add(results.subList(i == 0 ? 0 : ends.get(i - 1), ends.get(i)));
                all.add(each);
            }
        }
        return all;
    }

    /** Only the reference computes in double. */
    private static boolean supported(Device device, OpCase c) {
        if (device.info().type().equals("REFERENCE")) return true;
        List<Tensor> in = new ArrayList<>();
        for (OpCase.Input input : c.inputs()) {
            Spec spec = input.spec();
            in.add(Tensor.leaf(new Leaf.Input(in.size(), spec), null));
        }
        return Gradients.topological(c.apply(in)).stream().allMatch(n -> {
            for (int i = 0; i < n.outputCount(); i++) if (n.output(i).dtype() == DType.F64) return false;
            return true;
        });
    }
}

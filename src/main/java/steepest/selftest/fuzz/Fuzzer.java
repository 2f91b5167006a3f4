package steepest.selftest.fuzz;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import steepest.Device;
import steepest.HostArray;
import steepest.Program;
import steepest.Step;
import steepest.Tensor;
import steepest.Variable;
import steepest.op.Leaf;
import steepest.selftest.OpCase;
import steepest.selftest.OpCase.Tolerance;
import steepest.selftest.SelfTest.Outcome;
import steepest.selftest.SelfTest.Verdict;

/**
 * Judges a device by random programs. Each runs twice, with other inputs and with the variables as the first run left them;
 * all results and the variables must lie within what the {@link Oracle} allows. Then the first run is repeated, bit for
 * bit. A program that fails is shrunk.
 */
public final class Fuzzer {
    /** How a program becomes a graph; tests plant faults here. */
    interface Builder {
        List<Tensor> build(FuzzProgram program, List<Tensor> sources);
    }

    /** What came of a program on a device: the results of the first and the second run and what variables were after. */
    private record Observed(List<HostArray> values, boolean repeats) {}

    private final Device device;
    private final Device reference;
    private final Builder builder;

    public Fuzzer(Device device, Device reference) {
        this(device, reference, FuzzProgram::build);
    }

    Fuzzer(Device device, Device reference, Builder builder) {
        this.device = device;
        this.reference = reference;
        this.builder = builder;
    }

    /** Programs by their names, for reports: seeds from {@code seed} on. */
    public static List<OpCase> cases(long seed, int n) {
        return LongStream.range(seed, seed + n)
                .mapToObj(s -> new OpCase("fuzz", "seed " + s, List.of(), in -> in, Tolerance.EXACT, false))
                .toList();
    }

    /** The programs of some seeds, all planned as one, so that their kernels are built together. */
    public List<Outcome> judge(long... seeds) {
        List<FuzzProgram> programs =
                LongStream.of(seeds).mapToObj(Generator::program).toList();
        List<Observed> observed;
        try {
            observed = observe(programs);
        } catch (RuntimeException e) {
            if (seeds.length > 1)
                return LongStream.of(seeds).mapToObj(s -> judge(s).get(0)).toList();
            return List.of(failed(programs.get(0)));
        }
        List<Outcome> outcomes = new ArrayList<>();
        for (int i = 0; i < seeds.length; i++) {
            Outcome o = outcome(programs.get(i), observed.get(i));
            outcomes.add(o.verdict() == Verdict.FAILED ? failed(programs.get(i)) : o);
        }
        return outcomes;
    }

    /** The outcome of a program that failed, alone or among others: the smallest one that does. */
    private Outcome failed(FuzzProgram program) {
        Optional<String> alone = trouble(program);
        if (alone.isEmpty())
            return Outcome.failed(program.name() + ": fails when it is planned with others, not alone:\n" + program);
        FuzzProgram small = Shrinker.shrink(program, p -> trouble(p).isPresent());
        return Outcome.failed("%s: %s%n%s%nrepeat it: --fuzz 1 --%s"
                .formatted(program.name(), trouble(small).orElse(alone.get()), small, program.name()));
    }

    /** What is wrong with a program on the device; empty where nothing is. */
    Optional<String> trouble(FuzzProgram program) {
        try {
            Outcome o = outcome(program, observe(List.of(program)).get(0));
            return o.verdict() == Verdict.FAILED ? Optional.of(o.message()) : Optional.empty();
        } catch (RuntimeException e) {
            return Optional.of(e.toString());
        }
    }

    private Outcome outcome(FuzzProgram program, Observed observed) {
        List<Enclosure> expected = expected(program);
        int results = program.results().size();
        double error = 0;
        double share = 0;
        for (int k = 0; k < expected.size(); k++) {
            Enclosure e = expected.get(k);
            HostArray got = observed.values.get(k);
            Optional<String> difference = e.difference(got);
            if (difference.isPresent()) {
                String what = k < 2 * results
                        ? "t%d in run %d".formatted(program.results().get(k % results), k / results + 1)
                        : "variable t%d after two runs"
                                .formatted(
                                        List.copyOf(program.updates().keySet()).get(k - 2 * results));
                return Outcome.failed(what + ": " + difference.get());
            }
            for (int i = 0; i < got.size(); i++) {
                double v = e.value().get(i);
                double s = e.share(i, got.get(i));
                share = Math.max(share, s);
                if (s > 0) error = Math.max(error, Math.abs(got.get(i) - v) / Math.max(1, Math.abs(v)));
            }
        }
        if (!observed.repeats) return Outcome.failed("run again on the same inputs it gives other bits");
        return new Outcome(Verdict.PASSED, error, share, "");
    }

    /** The results of both runs, then the variables. */
    List<Enclosure> expected(FuzzProgram program) {
        List<Integer> sources = program.sources();
        List<Tensor> leaves = new ArrayList<>();
        for (int i : sources)
            leaves.add(Tensor.leaf(new Leaf.Input(i, program.source(i).spec()), null));
        List<Tensor> all = program.build(leaves);
        List<Tensor> outputs =
                new ArrayList<>(program.results().stream().map(all::get).toList());
        program.updates().values().forEach(i -> outputs.add(all.get(i)));
        List<Enclosure> expected = new ArrayList<>();
        List<Enclosure> state = null;
        for (int run = 0; run < 2; run++) {
            List<Enclosure> in = new ArrayList<>(
                    program.values(run).stream().map(Enclosure::exact).toList());
            for (int k = 0; k < in.size(); k++) {
                if (!program.source(sources.get(k)).variable()) continue;
                int at = List.copyOf(program.updates().keySet()).indexOf(sources.get(k));
                in.set(
                        k,
                        run == 1 && at >= 0
                                ? state.get(at)
                                : Enclosure.exact(program.values(0).get(k)));
            }
            List<Enclosure> got = Oracle.evaluate(reference, leaves, in, outputs, run);
            expected.addAll(got.subList(0, program.results().size()));
            state = got.subList(program.results().size(), got.size());
        }
        expected.addAll(state);
        return expected;
    }

    private List<Observed> observe(List<FuzzProgram> programs) {
        List<List<Variable>> variables = new ArrayList<>();
        int inputs = 0;
        for (FuzzProgram p : programs) {
            List<Variable> own = new ArrayList<>();
            for (int i : p.sources()) {
                boolean isVariable = p.source(i).variable();
                own.add(isVariable ? Variable.zeros("t" + i, p.source(i).spec()) : null);
                if (!isVariable) inputs++;
            }
            variables.add(own);
        }
        Program.Body body = (in, pass) -> {
            List<Tensor> results = new ArrayList<>();
            List<Step.Update> updates = new ArrayList<>();
            int next = 0;
            for (int p = 0; p < programs.size(); p++) {
                FuzzProgram program = programs.get(p);
                List<Tensor> sources = new ArrayList<>();
                for (Variable v : variables.get(p)) sources.add(v == null ? in.get(next++) : v.read());
                List<Tensor> all = builder.build(program, sources);
                program.results().forEach(i -> results.add(all.get(i)));
                for (var u : program.updates().entrySet())
                    updates.add(new Step.Update(
                            variables.get(p).get(program.sources().indexOf(u.getKey())), all.get(u.getValue())));
            }
            return Step.of(results.toArray(Tensor[]::new)).update(updates);
        };
        try (Program planned = Program.of(inputs, body).on(device)) {
            reset(programs, variables);
            List<HostArray> first = run(planned, programs, 0);
            List<HostArray> second = run(planned, programs, 1);
            List<List<HostArray>> after = new ArrayList<>();
            for (int p = 0; p < programs.size(); p++) {
                List<HostArray> own = new ArrayList<>();
                for (int to : programs.get(p).updates().keySet())
                    own.add(variables
                            .get(p)
                            .get(programs.get(p).sources().indexOf(to))
                            .toHost());
                after.add(own);
            }
            reset(programs, variables);
            List<HostArray> again = run(planned, programs, 0);
            List<Observed> observed = new ArrayList<>();
            int from = 0;
            for (int p = 0; p < programs.size(); p++) {
                int to = from + programs.get(p).results().size();
                List<HostArray> values = new ArrayList<>(first.subList(from, to));
                values.addAll(second.subList(from, to));
                values.addAll(after.get(p));
                observed.add(new Observed(values, first.subList(from, to).equals(again.subList(from, to))));
                from = to;
            }
            return observed;
        }
    }

    private static void reset(List<FuzzProgram> programs, List<List<Variable>> variables) {
        for (int p = 0; p < programs.size(); p++) {
            List<HostArray> values = programs.get(p).values(0);
            for (int k = 0; k < values.size(); k++)
                if (variables.get(p).get(k) != null) variables.get(p).get(k).set(values.get(k));
        }
    }

    private static List<HostArray> run(Program planned, List<FuzzProgram> programs, int run) {
        List<Tensor> in = new ArrayList<>();
        for (FuzzProgram p : programs) {
            List<HostArray> values = p.values(run);
            for (int k = 0; k < values.size(); k++)
                if (!p.source(p.sources().get(k)).variable()) in.add(Tensor.of(values.get(k)));
        }
        planned.resumeAt(run);
        return planned.run(in).stream().map(Tensor::toHost).toList();
    }
}

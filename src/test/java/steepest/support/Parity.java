package steepest.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import steepest.DType;
import steepest.Device;
import steepest.Gradients;
import steepest.HostArray;
import steepest.Philox;
import steepest.Program;
import steepest.Rng;
import steepest.Spec;
import steepest.Step;
import steepest.Tensor;
import steepest.backend.BackendDevice;
import steepest.backend.ref.RefBackend;
import steepest.op.Leaf;
import steepest.op.Random;
import steepest.selftest.OpCase;

/**
 * What every device owes every op case. The judge is the reference run node by node: no planner, no fused kernel, double
 * precision.
 */
public final class Parity {
    private static final BackendDevice REF =
            new RefBackend().open(new RefBackend().devices().get(0));

    private Parity() {}

    /** What the case gives, by the judge. */
    public static List<HostArray> expected(OpCase c, int variant, int run) {
        List<HostArray> values = c.generate(variant);
        List<Tensor> in = leaves(values);
        try (NodeByNode oracle = new NodeByNode(REF, in, c.apply(in), false)) {
            return oracle.run(values, run);
        }
    }

    private static List<Tensor> leaves(List<HostArray> values) {
        List<Tensor> in = new ArrayList<>();
        for (HostArray a : values) in.add(Tensor.leaf(new Leaf.Input(in.size(), a.spec()), null));
        return in;
    }

    private static List<Tensor> constants(List<HostArray> values) {
        return values.stream().map(a -> Tensor.of(a.copy())).toList();
    }

    private static List<HostArray> host(List<Tensor> tensors) {
        return tensors.stream().map(Tensor::toHost).toList();
    }

    /** A planned program agrees with the judge; replayed with new inputs it agrees again; with the old ones bit for bit. */
    public static void programAgrees(Device device, OpCase c) {
        try (Program p = Program.of(
                        c.inputs().size(), (in, pass) -> Step.of(c.apply(in).toArray(Tensor[]::new)))
                .on(device)) {
            List<HostArray> first = host(p.run(constants(c.generate(0))));
            agrees(c, expected(c, 0, 1), first);
            List<HostArray> second = host(p.run(constants(c.generate(1))));
            agrees(c, expected(c, 1, 2), second);
            if (!isRandom(c)) assertThat(host(p.run(constants(c.generate(0))))).isEqualTo(first);
        }
    }

    /**
     * All cases in one program: one plan and, where kernels are compiled, one build. Replayed with new inputs it agrees
     * again; with the old ones bit for bit.
     */
    public static void allAgreeInOneProgram(Device device, List<OpCase> cases) {
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
        try (Program p = Program.of(inputs, body).on(device)) {
            List<List<HostArray>> runs = new ArrayList<>();
            List<String> differences = new ArrayList<>();
            for (int run = 0; run < 3; run++) {
                int variant = run % 2;
                List<HostArray> got = host(p.run(constants(cases.stream()
                        .flatMap(c -> c.generate(variant).stream())
                        .toList())));
                runs.add(got);
                for (int i = 0; i < cases.size(); i++) {
                    List<HostArray> own = got.subList(i == 0 ? 0 : ends.get(i - 1), ends.get(i));
                    cases.get(i)
                            .difference(expected(cases.get(i), variant, run + 1), own)
                            .ifPresent(differences::add);
                }
            }
            assertThat(differences).isEmpty();
            for (int i = 0; i < cases.size(); i++)
                if (!isRandom(cases.get(i)))
                    for (int k = i == 0 ? 0 : ends.get(i - 1); k < ends.get(i); k++)
                        assertThat(runs.get(2).get(k))
                                .as("%s, replayed", cases.get(i))
                                .isEqualTo(runs.get(0).get(k));
        }
    }

    /** A backend's kernels agree with the judge without a planner: once with the fused ops that it claims, once with none. */
    public static void kernelsAgree(BackendDevice device, OpCase c) {
        List<HostArray> values = c.generate(0);
        List<Tensor> in = leaves(values);
        for (boolean claim : new boolean[] {true, false})
            try (NodeByNode n = new NodeByNode(device, in, c.apply(in), claim)) {
                agrees(c, expected(c, 0, 5), n.run(values, 5));
            }
    }

    /** Evaluated eagerly, with constants instead of inputs, the case agrees too. */
    public static void eagerAgrees(Device device, OpCase c) {
        Device.setDefault(device);
        try {
            agrees(c, expected(c, 0, 0), host(c.apply(constants(c.generate(0)))));
        } finally {
            Device.setDefault(null);
        }
    }

    /** A case whose results are the gradients of another one by all its inputs. */
    public static OpCase gradientsOf(OpCase c) {
        // a gradient sums as many terms as the result has elements, each about 1: looser than one op
        OpCase.Tolerance loose = new OpCase.Tolerance(
                3e-5 + 4 * c.tolerance().relative(), 1e-4 + 4 * c.tolerance().absolute());
        return new OpCase(
                c.op(),
                (c.detail() + " gradients").strip(),
                c.inputs(),
                in -> weightedSum(c.body().apply(in), 1)
                        .grad(in.stream().filter(t -> t.dtype().isFloating()).toList()),
                loose,
                false);
    }

    /** After programs are closed and tensors forgotten, a device holds no more than before. */
    public static void memoryComesBack(Device device, List<OpCase> cases) {
        long before = settled(device, Long.MIN_VALUE);
        for (OpCase c : cases) {
            if (c.inputs().isEmpty() || !c.smooth()) continue;
            try (Program p = Program.of(
                            c.inputs().size(), (in, pass) -> Step.of(c.apply(in).toArray(Tensor[]::new)))
                    .on(device)) {
                p.run(constants(c.generate(0)));
                p.run(constants(c.generate(1)));
                assertThat(device.liveBytes()).isGreaterThanOrEqualTo(p.slabBytes());
            }
        }
        assertThat(device.peakBytes()).isGreaterThanOrEqualTo(before);
        assertThat(settled(device, before)).isLessThanOrEqualTo(before);
    }

    /** The bytes in use when the garbage collector has found what nobody can reach; it may need some turns. */
    private static long settled(Device device, long goal) {
        long bytes = device.liveBytes();
        for (int turn = 0; turn < 50 && bytes > goal; turn++) {
            System.gc();
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            long now = device.liveBytes();
            if (goal == Long.MIN_VALUE && turn > 5 && now == bytes) break;
            bytes = now;
        }
        return bytes;
    }

    /** The sum of tensors' elements with fixed random weights: one number that depends on each of them. */
    public static Tensor weightedSum(List<Tensor> tensors, int salt) {
        Tensor sum = null;
        for (int i = 0; i < tensors.size(); i++) {
            Tensor t = tensors.get(i);
            if (!t.dtype().isFloating()) continue;
            Tensor part = t.mul(Tensor.of(weights(t.spec(), salt * 100 + i))).sum();
            sum = sum == null ? part : sum.add(part);
        }
        return sum != null ? sum : Tensor.literal(0, DType.F64);
    }

    /** Fixed random numbers in [−1, 1). */
    public static HostArray weights(Spec spec, int salt) {
        HostArray a = HostArray.zeros(spec);
        int[] bits = new int[a.size()];
        Philox.bits(new Rng.Key(salt, 7), 0, 0, bits.length, bits, 0);
        for (int i = 0; i < bits.length; i++) a.set(i, Philox.uniform(bits[i]) * 2 - 1);
        return a;
    }

    private static boolean isRandom(OpCase c) {
        return Gradients.topological(c.apply(leaves(c.generate(0)))).stream().anyMatch(n -> n.op() instanceof Random);
    }

    private static void agrees(OpCase c, List<HostArray> expected, List<HostArray> got) {
        Optional<String> difference = c.difference(expected, got);
        assertThat(difference).as(difference.orElse("")).isEmpty();
    }
}

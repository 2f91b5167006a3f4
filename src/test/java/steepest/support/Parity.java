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
import steepest.selftest.OpCases;

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

    /** Evaluated eagerly, with constants instead of inputs, the case agrees too. */
    public static void eagerAgrees(Device device, OpCase c) {
        Device.setDefault(device);
        try {
            agrees(c, expected(c, 0, 0), host(c.apply(constants(c.generate(0)))));
        } finally {
            Device.setDefault(null);
        }
    }

    /** The gradients by all inputs, through the planner and the device's kernels, agree with the judge's. */
    public static void gradientsAgree(Device device, OpCase c) {
        // a gradient sums as many terms as the result has elements, each about 1: looser than one op
        OpCase g = new OpCase(
                c.op(),
                c.detail() + ", gradients",
                c.inputs(),
                in -> gradients(c, in),
                new OpCase.Tolerance(
                        3e-5 + 4 * c.tolerance().relative(),
                        1e-4 + 4 * c.tolerance().absolute()),
                false);
        List<HostArray> values = c.generate(0);
        try (Program p = Program.of(
                        c.inputs().size(),
                        (in, pass) -> Step.of(gradients(c, in).toArray(Tensor[]::new)))
                .on(device)) {
            List<Tensor> in = leaves(values);
            try (NodeByNode oracle = new NodeByNode(REF, in, gradients(c, in), false)) {
                agrees(g, oracle.run(values, 1), host(p.run(constants(values))));
            }
        }
    }

    /** After programs are closed and tensors forgotten, a device holds no more than before. */
    public static void memoryComesBack(Device device) {
        long before = settled(device, Long.MIN_VALUE);
        for (OpCase c : OpCases.all()) {
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

    private static List<Tensor> gradients(OpCase c, List<Tensor> in) {
        return weightedSum(c.apply(in), 1)
                .grad(in.stream().filter(t -> t.dtype().isFloating()).toList());
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

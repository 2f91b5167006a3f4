package steepest.selftest;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import steepest.Device;
import steepest.Gradients;
import steepest.Node;
import steepest.Tensor;
import steepest.backend.opencl.binding.Bindings;
import steepest.op.Fused;
import steepest.op.Leaf;
import steepest.op.MatMul;

/**
 * Runs the small ones of all op cases on Oclgrind, which {@code ci/kernel-safety} has put in the place of a device, and
 * says which kernels ran. What Oclgrind finds it writes to its own log.
 */
final class KernelSafety {
    /** Kernels of so many cases are built together. */
    private static final int BATCH = 32;

    private KernelSafety() {}

    /** @param args the most work of a case that is run, in elements and products; then ops (none: all) */
    public static void main(String[] args) {
        long most = Long.parseLong(args[0]);
        List<String> ops = List.of(args).subList(1, args.length);
        List<OpCase> cases = OpCases.all().stream()
                .filter(c -> ops.isEmpty() || ops.contains(c.op()))
                .filter(c -> work(c) <= most)
                .toList();
        var views = new ArrayList<OclgrindView>();
        Bindings.through(cl -> {
            views.add(new OclgrindView(cl));
            return views.get(0).cl();
        });
        int failed = 0;
        int skipped = 0;
        try (Device device = Device.of("opencl")) {
            if (!device.info().name().contains("Oclgrind"))
                throw new IllegalStateException("not Oclgrind: " + device.info());
            for (int i = 0; i < cases.size(); i += BATCH) {
                List<OpCase> batch = cases.subList(i, Math.min(cases.size(), i + BATCH));
                for (SelfTest.Outcome o : SelfTest.judge(device, Device.ref(), batch, 1)) {
                    if (o.verdict() == SelfTest.Verdict.SKIPPED) skipped++;
                    if (o.verdict() != SelfTest.Verdict.FAILED) continue;
                    failed++;
                    System.out.println("FAILED " + o.message());
                }
                System.out.printf(
                        Locale.ROOT, "%5.1f s of processor time until %s%n", seconds(), batch.get(batch.size() - 1));
            }
        }
        views.get(0).launched().forEach(kernel -> System.out.println("ran " + kernel));
        System.out.printf("%d cases, %d failed%n", cases.size() - skipped, failed);
        if (failed > 0) System.exit(1);
    }

    private static double seconds() {
        return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toMillis() / 1000.0;
    }

    /** How much there is to do: all that is read and written, and for each product its multiplications. */
    static long work(OpCase c) {
        List<Tensor> in = new ArrayList<>();
        for (OpCase.Input input : c.inputs()) in.add(Tensor.leaf(new Leaf.Input(in.size(), input.spec()), null));
        return work(c.apply(in), in);
    }

    private static long work(List<Tensor> outputs, List<Tensor> given) {
        long sum = 0;
        for (Node n : Gradients.topological(outputs)) {
            if (given.stream().anyMatch(t -> t.node() == n)) continue;
            if (n.op() instanceof Fused f) {
                sum += work(f.meaning(n.inputList()), n.inputList());
                continue;
            }
            long each = n.op() instanceof MatMul ? n.input(0).shape().dim(-1) : 1;
            for (int i = 0; i < n.outputCount(); i++) sum += each * n.output(i).size();
            for (Tensor t : n.inputList()) sum += t.size();
        }
        return sum;
    }
}

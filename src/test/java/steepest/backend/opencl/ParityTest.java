package steepest.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import steepest.HostArray;
import steepest.Spec;
import steepest.Tensor;
import steepest.backend.BackendDevice;
import steepest.backend.ref.RefBackend;
import steepest.op.Leaf;
import steepest.selftest.OpCase;
import steepest.selftest.OpCases;
import steepest.support.NodeByNode;

/**
 * The whole table of op cases against the reference, with the kernels for CPU devices and for GPUs, once with fused ops on
 * kernels of their own and once as their meanings. Without the planner: kernel by kernel. With the planner, through both
 * bindings and on other implementations the table is proved by {@code ci/prove}.
 */
@Tag("opencl")
@Tag("slow")
class ParityTest {
    static List<String> configurations() {
        return OpenCl.configurations().stream()
                .filter(c -> c.startsWith("lwjgl"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void everyOpGivesWhatTheReferenceGives(String configuration) {
        compare(OpenCl.device(configuration), true);
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void meaningsOfFusedOpsGiveWhatTheReferenceGives(String configuration) {
        compare(OpenCl.device(configuration), false);
    }

    private static void compare(BackendDevice device, boolean claim) {
        BackendDevice ref = new RefBackend().open(new RefBackend().devices().get(0));
        List<Tensor> inputs = new ArrayList<>();
        List<Tensor> outputs = new ArrayList<>();
        List<HostArray> values = new ArrayList<>();
        List<OpCase> cases = OpCases.all().stream()
                .filter(c -> c.inputs().stream()
                        .allMatch(i -> device.supports(i.spec().dtype())))
                .toList();
        List<Integer> ends = new ArrayList<>();
        List<OpCase> run = new ArrayList<>();
        for (OpCase c : cases) {
            List<Tensor> in = new ArrayList<>();
            for (HostArray a : c.generate(0)) {
                Spec spec = a.spec();
                in.add(Tensor.leaf(new Leaf.Input(inputs.size() + in.size(), spec), null));
                values.add(a);
            }
            List<Tensor> out = c.apply(in);
            inputs.addAll(in);
            outputs.addAll(out);
            ends.add(outputs.size());
            run.add(c);
        }
        List<HostArray> expected;
        try (NodeByNode oracle = new NodeByNode(ref, inputs, outputs, false)) {
            expected = oracle.run(values, 3);
        }
        List<HostArray> first;
        List<HostArray> second;
        try (NodeByNode tried = new NodeByNode(device, inputs, outputs, claim)) {
            first = tried.run(values, 3);
            second = tried.run(values, 3);
        }
        List<String> differences = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < run.size(); i++) {
            Optional<String> d =
                    run.get(i).difference(expected.subList(start, ends.get(i)), first.subList(start, ends.get(i)));
            d.ifPresent(differences::add);
            start = ends.get(i);
        }
        assertThat(differences).isEmpty();
        assertThat(second).as("the same run once more, bit for bit").isEqualTo(first);
        assertThat(run).hasSizeGreaterThanOrEqualTo(1100);
    }
}

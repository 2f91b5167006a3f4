package steepest.selftest.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import steepest.DType;
import steepest.Device;
import steepest.Gradients;
import steepest.Node;
import steepest.Spec;
import steepest.Tensor;
import steepest.op.Copy;
import steepest.op.Fused;
import steepest.op.Leaf;
import steepest.op.Op;
import steepest.op.Pointwise;
import steepest.op.ScalarOp;
import steepest.selftest.SelfTest.Outcome;
import steepest.selftest.SelfTest.Verdict;

/** Random programs on the CPU backend; the build runs it twice, on the Vector API and on plain loops. */
@Tag("backend")
class FuzzTest {
    private static final Fuzzer CPU = new Fuzzer(Device.cpu(), Device.ref());

    @Test
    void randomProgramsAgreeWithTheOracle() {
        for (long seed = 0; seed < 2000; seed++)
            assertThat(CPU.judge(seed).get(0).message()).isEmpty();
    }

    /** As OpenCL runs them: what one program leaves in memory must not reach another. */
    @Test
    void manyProgramsPlannedAsOneAgreeWithTheOracle() {
        for (int batch = 0; batch < 10; batch++)
            assertThat(CPU.judge(LongStream.range(10_000 + 50 * batch, 10_050 + 50 * batch)
                            .toArray()))
                    .allSatisfy(o -> assertThat(o.message()).isEmpty());
    }

    @Test
    void aSeedRepeatsItsProgramAndAnotherGivesAnother() {
        assertThat(Generator.program(5)).hasToString(Generator.program(5).toString());
        assertThat(LongStream.range(0, 200)
                        .mapToObj(s -> Generator.program(s).toString())
                        .distinct())
                .hasSizeGreaterThan(195);
        assertThat(Generator.program(5).values(0))
                .isEqualTo(Generator.program(5).values(0))
                .isNotEqualTo(Generator.program(5).values(1));
    }

    /** Ops that are equal as values and differ in how many inputs they take. */
    @Test
    void theOracleTellsConcatenationsApart() {
        List<FuzzProgram.Entry> entries = List.of(
                new FuzzProgram.Source(Spec.of(DType.F32, 2), false, false, 0, 0),
                new FuzzProgram.Line("Tensor.concat(0, %s, %s)", in -> Tensor.concat(0, in), List.of(0, 0)),
                new FuzzProgram.Line("Tensor.concat(0, %s, %s, %s)", in -> Tensor.concat(0, in), List.of(0, 1, 0)));
        assertThat(CPU.trouble(new FuzzProgram("two", entries, List.of(1, 2), Map.of())))
                .isEmpty();
    }

    /** What a program could be made of, the programs of a CI run are made of. */
    @Test
    void programsReachAllOps() {
        Set<ScalarOp> functions = new TreeSet<>();
        Set<Class<?>> ops = new HashSet<>();
        Set<String> fused = new TreeSet<>();
        for (long seed = 0; seed < 2000; seed++)
            for (Op op : ops(Generator.program(seed))) {
                ops.add(op.getClass());
                if (op instanceof Pointwise p) functions.add(p.f());
                if (op instanceof Fused f) fused.add(f.name());
            }
        assertThat(functions).containsExactlyInAnyOrder(ScalarOp.values());
        for (Class<?> c : Op.class.getPermittedSubclasses())
            if (!c.isSealed() && c != Copy.class && c != Fused.class && c != Leaf.class)
                assertThat(ops).contains(c);
        assertThat(fused)
                .contains("conv2d", "conv2dInputGrad", "conv2dWeightGrad", "maxPool2d", "maxPool2dGrad", "avgPool2d")
                .contains("softmaxCrossEntropy", "lstmCell", "gruCell", "rmsNorm", "groupNorm", "batchNorm");
    }

    private static List<Op> ops(FuzzProgram p) {
        List<Tensor> in = new ArrayList<>();
        for (int i : p.sources())
            in.add(Tensor.leaf(new Leaf.Input(i, p.source(i).spec()), null));
        return Gradients.topological(p.build(in)).stream().map(Node::op).toList();
    }

    /** Bounds are so near to the values that a wrong one would not pass. */
    @Test
    void nearlyAllElementsAreHeldToATightBound() {
        int elements = 0;
        int tight = 0;
        for (long seed = 0; seed < 300; seed++)
            for (Enclosure e : CPU.expected(Generator.program(seed)))
                for (int i = 0; i < e.error().length; i++) {
                    elements++;
                    if (e.isTight(i)) tight++;
                }
        assertThat((double) tight / elements).isGreaterThan(0.95);
    }

    /** Faults such as a backend could have. */
    private enum Fault {
        /** A function that is a little off where its argument is large. */
        TANH_OFF("tanh", 1),
        /** A sum that forgets the last of an odd number of rows. */
        SUM_SHORT("sum", 1),
        /** A product that reads its transposed right operand as it lies. */
        MATMUL_UNTRANSPOSED("matmul", 2),
        /** An index below the range reads the first element instead of 0. */
        GATHER_UNGUARDED("gather", 2),
        /** A comparison that leaves out equality. */
        STRICT("(", 2),
        /** A variable is written before all have read it. */
        EARLY_WRITE("becomes", 2);

        final String word;
        final int lines;

        Fault(String word, int lines) {
            this.word = word;
            this.lines = lines;
        }
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void plantedFaultsAreFoundAndShrunk(Fault fault) {
        Fuzzer wrong = new Fuzzer(Device.cpu(), Device.ref(), (p, in) -> Faulty.build(fault.name(), p, in));
        Optional<Outcome> found = LongStream.range(0, 1000)
                .mapToObj(seed -> wrong.judge(seed).get(0))
                .filter(o -> o.verdict() == Verdict.FAILED)
                .findFirst();
        assertThat(found).isPresent();
        String message = found.get().message();
        assertThat(message).contains(fault.word, "repeat it: --fuzz 1 --seed ");
        String lines = message.lines()
                .filter(l -> l.startsWith("  t") && l.contains("("))
                .collect(Collectors.joining("\n"));
        assertThat(lines.lines().count()).as(message).isLessThanOrEqualTo(fault.lines);
    }
}

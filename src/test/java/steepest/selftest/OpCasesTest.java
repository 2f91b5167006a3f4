package steepest.selftest;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnitAccess;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import steepest.Gradients;
import steepest.HostArray;
import steepest.Node;
import steepest.Shape;
import steepest.Tensor;
import steepest.op.Copy;
import steepest.op.Fused;
import steepest.op.Leaf;
import steepest.op.Op;
import steepest.op.Pointwise;
import steepest.op.ScalarOp;
import steepest.selftest.OpCase.Tolerance;

/** The table is complete: nothing is added to the library without a row here. */
class OpCasesTest {
    private static final List<Op> OPS =
            OpCases.all().stream().flatMap(OpCasesTest::ops).toList();

    private static Stream<Op> ops(OpCase c) {
        List<Tensor> in = new ArrayList<>();
        for (OpCase.Input i : c.inputs()) in.add(Tensor.leaf(new Leaf.Input(in.size(), i.spec()), null));
        return Gradients.topological(c.apply(in)).stream().map(Node::op);
    }

    @Test
    void everyScalarFunctionHasARow() {
        Set<ScalarOp> seen = OPS.stream()
                .filter(Pointwise.class::isInstance)
                .map(o -> ((Pointwise) o).f())
                .collect(Collectors.toSet());
        assertThat(seen).containsExactlyInAnyOrder(ScalarOp.values());
    }

    @Test
    void everyPrimitiveHasARow() {
        Set<Class<?>> primitives = new HashSet<>();
        collect(Op.class, primitives);
        // a copy between devices and a variable are no computations of one device
        primitives.removeAll(Set.of(Copy.class, Leaf.Read.class));
        Set<Class<?>> seen = OPS.stream().map(Object::getClass).collect(Collectors.toSet());
        seen.add(Leaf.Constant.class); // every eager evaluation of a row
        assertThat(seen).containsAll(primitives);
    }

    private static void collect(Class<?> sealed, Set<Class<?>> leaves) {
        if (sealed == Fused.class) return;
        if (!sealed.isSealed()) leaves.add(sealed);
        else for (Class<?> c : sealed.getPermittedSubclasses()) collect(c, leaves);
    }

    @Test
    void everyFusedOpHasARow() throws Exception {
        JavaClasses house = new ClassFileImporter().importPackages("steepest.fused");
        Set<String> fused = house.stream()
                .filter(c ->
                        c.getInterfaces().stream().anyMatch(i -> i.getName().equals(Fused.class.getName())))
                .map(c -> c.getName())
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(fused).hasSizeGreaterThanOrEqualTo(9);
        Set<String> seen = OPS.stream().map(o -> o.getClass().getName()).collect(Collectors.toSet());
        assertThat(seen).containsAll(fused);
    }

    @Test
    void everyMethodThatMakesATensorIsCalledByARow() throws Exception {
        Set<String> called = new HashSet<>();
        for (var c : new ClassFileImporter().importPackages("steepest.selftest"))
            if (c.getPackageName().equals("steepest.selftest")) // random programs are no rows
            for (JavaCodeUnitAccess<?> a : accesses(c)) called.add(a.getTarget().getName());
        Set<String> missing = new TreeSet<>();
        for (String room : List.of("steepest.Elementwise", "steepest.Indexing", "steepest.Contracting"))
            for (Method m : Class.forName(room).getDeclaredMethods())
                if (Modifier.isPublic(m.getModifiers())
                        && !m.isSynthetic()
                        && m.getReturnType() == Tensor.class
                        && !called.contains(m.getName())) missing.add(m.getName());
        missing.remove("self");
        assertThat(missing).isEmpty();
    }

    private static Set<JavaCodeUnitAccess<?>> accesses(com.tngtech.archunit.core.domain.JavaClass c) {
        Set<JavaCodeUnitAccess<?>> all = new HashSet<>(c.getMethodCallsFromSelf());
        all.addAll(c.getMethodReferencesFromSelf());
        return all;
    }

    @Test
    void thereAreHundredsOfRowsAndInputsRepeat() {
        assertThat(OpCases.all()).hasSizeGreaterThan(500);
        assertThat(OpCases.all().stream().filter(OpCase::smooth).count()).isGreaterThan(300);
        OpCase c = OpCases.all().get(0);
        assertThat(c.generate(0)).isEqualTo(c.generate(0)).isNotEqualTo(c.generate(1));
    }

    @Test
    void aDifferenceIsFoundAndTold() {
        OpCase c = new OpCase("op", "", List.of(), in -> in, new Tolerance(1e-3, 0), false);
        HostArray right = HostArray.of(new float[] {1, 2, Float.NaN, Float.POSITIVE_INFINITY}, Shape.of(4));
        HostArray near = HostArray.of(new float[] {1.0009f, 2, Float.NaN, Float.POSITIVE_INFINITY}, Shape.of(4));
        assertThat(c.difference(List.of(right), List.of(near))).isEmpty();
        float[][] wrongs = {
            {1.002f, 2, Float.NaN, Float.POSITIVE_INFINITY},
            {1, 2, 0, Float.POSITIVE_INFINITY},
            {1, Float.NaN, Float.NaN, Float.POSITIVE_INFINITY},
            {1, 2, Float.NaN, Float.MAX_VALUE},
            {1, Float.POSITIVE_INFINITY, Float.NaN, Float.POSITIVE_INFINITY}
        };
        for (float[] w : wrongs)
            assertThat(c.difference(List.of(right), List.of(HostArray.of(w, Shape.of(4)))))
                    .get()
                    .asString()
                    .contains("1 of 4 elements");
        assertThat(c.difference(List.of(right), List.of(HostArray.of(new float[4], Shape.of(2, 2)))))
                .isPresent();
    }
}

package steepest.op;

import java.util.List;
import steepest.DType;
import steepest.Shape;
import steepest.Spec;

/** Ops without inputs whose value is not computed. What they hold lies in the node's payload, never in a plan's key. */
public sealed interface Leaf extends Op {
    Spec spec();

    @Override
    default List<Spec> outputs(List<Spec> in) {
        return List.of(spec());
    }

    /** A number written into the code of the graph, such as the 2 in the derivative of x²; part of a plan's key. */
    record Literal(double value, DType dtype) implements Leaf {
        @Override
        public Spec spec() {
            return new Spec(dtype, Shape.SCALAR);
        }
    }

    /** A number the caller passed (ε, a learning rate): an argument of the plan and of its kernels. Payload: Double. */
    record Argument(DType dtype) implements Leaf {
        @Override
        public Spec spec() {
            return new Spec(dtype, Shape.SCALAR);
        }
    }

    /** An array that came from the host. Payload: {@link steepest.HostArray}. */
    record Constant(Spec spec) implements Leaf {}

    /** The value of a variable at one of its versions. Payload: {@link steepest.Variable.Version}. */
    record Read(Spec spec) implements Leaf {}

    /** The {@code index}-th input of a captured program; it has a value only while the program runs. */
    record Input(int index, Spec spec) implements Leaf {}
}

package steepest.backend;

import java.util.List;
import steepest.DType;
import steepest.Shape;
import steepest.op.Op;
import steepest.op.ScalarOp;

/**
 * One thing that a backend runs. There are two kinds: a loop over elements that the planner put together, and an op with
 * a kernel of its own.
 */
public sealed interface Kernel {

    /**
     * A fused chain of scalar functions over one index space, with strided loads and stores: also the strided copy, the
     * fill, the pad and the concatenation. Registers number the loads first, then the instructions, in order. Every
     * load and store view has the shape {@code space}. A load never overlaps a store of the same kernel, except that
     * both may be the very same elements at the same index (an update in place).
     */
    record PointwiseKernel(Shape space, List<Load> loads, List<Instruction> code, List<Store> stores)
            implements Kernel {
        /** The type in a register. */
        public DType type(int register) {
            return register < loads.size()
                    ? loads.get(register).dtype()
                    : code.get(register - loads.size()).dtype();
        }
    }

    /** What fills a register before the code runs. */
    sealed interface Load {
        DType dtype();
    }

    /** An element of a tensor. */
    record Element(View view) implements Load {
        @Override
        public DType dtype() {
            return view.dtype();
        }
    }

    /** A number given at each run: {@code Arguments.scalars[index]}. */
    record ScalarArgument(int index, DType dtype) implements Load {}

    /** A number known when the kernel is made. */
    record LiteralValue(double value, DType dtype) implements Load {}

    /**
     * A scalar function of registers.
     *
     * @param f null for a conversion of {@code args[0]} to {@code dtype}; see {@link steepest.op.Cast}
     */
    record Instruction(ScalarOp f, List<Integer> args, DType dtype) {}

    /** The result of the op whose {@linkplain OpKernel#epilogue epilogue} the loop is; register 0, and only there. */
    record Result(DType dtype) implements Load {}

    /** A register written to a tensor. */
    record Store(View view, int register) {}

    /**
     * An op by itself: Iota, Random, Reduce, ArgReduce, Scan, Sort, MatMul, Gather, ScatterAdd, Unfold, Fold, or a fused
     * op that the device claims. Outputs are contiguous. Inputs are contiguous too, but for the operands of MatMul and
     * the index of Gather and ScatterAdd, which may have any strides.
     *
     * @param outputs the op's own, or with an epilogue all that this one stores
     * @param key for Random, the index into {@code Arguments.keys}; else −1
     * @param epilogue what becomes of each element of the op's only output, whose shape is the loop's space: register 0 is the
     *     element. Only where the device {@linkplain BackendDevice#fusesInto asked for it}; else null
     */
    record OpKernel(Op op, List<View> inputs, List<View> outputs, int key, PointwiseKernel epilogue) implements Kernel {
        /** An op whose results are stored as they are. */
        public OpKernel(Op op, List<View> inputs, List<View> outputs, int key) {
            this(op, inputs, outputs, key, null);
        }

        /** An op and what becomes of its result. */
        public OpKernel(Op op, List<View> inputs, PointwiseKernel epilogue) {
            this(op, inputs, epilogue.stores().stream().map(Store::view).toList(), -1, epilogue);
        }
    }
}

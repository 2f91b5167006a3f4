package steepest.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import steepest.DType;
import steepest.HostArray;
import steepest.Rng;
import steepest.Shape;
import steepest.Spec;
import steepest.backend.BackendDevice;
import steepest.backend.Buffer;
import steepest.backend.Executable;
import steepest.backend.Kernel;
import steepest.backend.Kernel.OpKernel;
import steepest.backend.Schedule;
import steepest.backend.View;
import steepest.backend.ref.RefBackend;
import steepest.op.Op;

/** Runs single kernels from handmade schedules on several kinds of CPU device and on the reference. */
final class Harness {
    static final CpuDevice VECTOR_1 = CpuBackend.open(1, Simd.best());
    static final CpuDevice VECTOR_2 = CpuBackend.open(2, Simd.best());
    static final CpuDevice PLAIN_1 = CpuBackend.open(1, new ScalarLanes());
    static final CpuDevice PLAIN_2 = CpuBackend.open(2, new ScalarLanes());
    static final List<CpuDevice> ALL = List.of(VECTOR_2, VECTOR_1, PLAIN_2, PLAIN_1);

    private Harness() {}

    static BackendDevice reference() {
        RefBackend ref = new RefBackend();
        return ref.open(ref.devices().get(0));
    }

    /** Slots 0 … hold the inputs, the following ones the outputs. */
    static List<HostArray> run(BackendDevice device, Kernel kernel, List<HostArray> inputs, List<Spec> outputs) {
        return run(device, kernel, inputs, outputs, new Executable.Arguments(new double[0], new Rng.Key[0], 0));
    }

    static List<HostArray> run(
            BackendDevice device,
            Kernel kernel,
            List<HostArray> inputs,
            List<Spec> outputs,
            Executable.Arguments arguments) {
        List<DType> slots = new ArrayList<>();
        List<Buffer> buffers = new ArrayList<>();
        for (HostArray in : inputs) {
            Buffer b = device.allocate(in.dtype(), in.size());
            device.write(in, b);
            slots.add(in.dtype());
            buffers.add(b);
        }
        for (Spec out : outputs) {
            slots.add(out.dtype());
            buffers.add(device.allocate(out.dtype(), out.shape().size()));
            // what was there before must not matter
            HostArray garbage = HostArray.zeros(out);
            for (int i = 0; i < garbage.size(); i++) garbage.set(i, out.dtype() == DType.F32 ? Double.NaN : 1);
            device.write(garbage, buffers.get(buffers.size() - 1));
        }
        List<HostArray> results = new ArrayList<>();
        try (Executable e = device.compile(new Schedule(List.of(kernel), slots))) {
            e.run(buffers.toArray(Buffer[]::new), arguments);
            for (int i = 0; i < outputs.size(); i++)
                results.add(device.read(
                        buffers.get(inputs.size() + i), outputs.get(i).shape()));
        }
        buffers.forEach(Buffer::free);
        return results;
    }

    /** A kernel of an op on contiguous inputs. */
    static OpKernel kernel(Op op, List<Spec> inputs, List<Spec> outputs) {
        List<View> in = new ArrayList<>();
        List<View> out = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++)
            in.add(View.of(i, inputs.get(i).dtype(), inputs.get(i).shape(), 0));
        for (int i = 0; i < outputs.size(); i++)
            out.add(View.of(
                    inputs.size() + i, outputs.get(i).dtype(), outputs.get(i).shape(), 0));
        return new OpKernel(op, in, out, 0);
    }

    /** Runs on every CPU device, demands the same bits of all, and returns them. */
    static List<HostArray> everywhere(Kernel kernel, List<HostArray> inputs, List<Spec> outputs) {
        List<HostArray> first = run(ALL.get(0), kernel, inputs, outputs);
        for (CpuDevice d : ALL.subList(1, ALL.size())) {
            List<HostArray> other = run(d, kernel, inputs, outputs);
            for (int i = 0; i < first.size(); i++) sameBits(first.get(i), other.get(i), kernel);
        }
        return first;
    }

    static void sameBits(HostArray a, HostArray b, Object what) {
        for (int i = 0; i < a.size(); i++)
            if (a.get(i) != b.get(i) && !(Double.isNaN(a.get(i)) && Double.isNaN(b.get(i))))
                assertThat(b.get(i)).as("%s, element %d", what, i).isEqualTo(a.get(i));
    }

    /** An op on contiguous inputs: all CPU devices agree in their bits, and with the reference. */
    static void agrees(Op op, double tolerance, HostArray... inputs) {
        List<HostArray> in = List.of(inputs);
        List<Spec> specs = in.stream().map(HostArray::spec).toList();
        List<Spec> out = op.outputs(specs);
        OpKernel kernel = kernel(op, specs, out);
        agrees(kernel, tolerance, in, out);
    }

    static void agrees(Kernel kernel, double tolerance, List<HostArray> in, List<Spec> out) {
        List<HostArray> got = everywhere(kernel, in, out);
        List<HostArray> expected = run(reference(), kernel, in, out);
        for (int i = 0; i < out.size(); i++) close(got.get(i), expected.get(i).toDoubles(), tolerance, kernel);
    }

    /** Each within the tolerance, relative to the larger of 1 and the expected size; NaN only where NaN is expected. */
    static void close(HostArray got, double[] expected, double tolerance, Object what) {
        assertThat(got.size()).as("%s, elements", what).isEqualTo(expected.length);
        for (int i = 0; i < expected.length; i++) {
            double e = expected[i];
            double g = got.get(i);
            boolean ok = g == e
                    || Double.isNaN(g) && Double.isNaN(e)
                    || Math.abs(g - e) <= tolerance * Math.max(1, Math.abs(e));
            if (!ok) assertThat(g).as("%s, element %d", what, i).isEqualTo(e);
        }
    }

    static HostArray floats(long seed, int... dims) {
        Shape s = Shape.of(dims);
        Random random = new Random(seed);
        float[] v = new float[s.intSize()];
        for (int i = 0; i < v.length; i++) v[i] = (float) random.nextGaussian();
        return HostArray.of(v, s);
    }

    /** Integers from 0 to bound − 1; of both signs where it is negative; all there are where it is the least. */
    static HostArray ints(long seed, int bound, int... dims) {
        Shape s = Shape.of(dims);
        Random random = new Random(seed);
        int[] v = new int[s.intSize()];
        for (int i = 0; i < v.length; i++) {
            if (bound == Integer.MIN_VALUE) v[i] = random.nextInt();
            else v[i] = bound > 0 ? random.nextInt(bound) : random.nextInt(-2 * bound) + bound;
        }
        return HostArray.of(v, s);
    }
}

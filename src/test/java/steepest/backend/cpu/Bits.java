package steepest.backend.cpu;

import static steepest.backend.cpu.Harness.floats;
import static steepest.backend.cpu.Harness.ints;

import java.util.List;
import java.util.zip.CRC32;
import steepest.HostArray;
import steepest.Spec;
import steepest.fused.Conv2d;
import steepest.fused.Pool2d;
import steepest.fused.SoftmaxCrossEntropy;
import steepest.op.MatMul;
import steepest.op.Op;
import steepest.op.Reduce;
import steepest.op.ScalarOp;
import steepest.op.Window;

/** A checksum over the bits of results of all kernels in which rounding has a say; also a program that prints it. */
final class Bits {
    private Bits() {}

    public static void main(String[] args) {
        System.out.println(Long.toHexString(of(CpuBackend.open(2, Simd.best()), Simd.best())));
        System.exit(0);
    }

    static long of(CpuDevice device, Lanes lanes) {
        CRC32 crc = new CRC32();
        Conv2d.Geometry g = Conv2d.Geometry.of(1, 2, 1, 1);
        Conv2d.Geometry strided = Conv2d.Geometry.of(2, 1, 1, 1);
        Pool2d.Max max = new Pool2d.Max(new Window(2, 2, 2, 2, 1, 1), 0, 0);
        run(device, crc, new MatMul(), floats(1, 13, 70), floats(2, 70, 40));
        run(device, crc, new MatMul(), floats(1, 5, 3, 70), floats(2, 5, 70, 9));
        run(device, crc, new Reduce(Reduce.Kind.SUM, List.of(1)), floats(3, 5, 1000));
        run(device, crc, new Reduce(Reduce.Kind.SUM, List.of(0, 2)), floats(3, 5, 7, 90));
        run(device, crc, new Reduce(Reduce.Kind.PROD, List.of(0)), floats(3, 90, 7));
        run(device, crc, new Conv2d(g), floats(4, 3, 2, 18, 20), floats(5, 6, 2, 5, 5));
        run(device, crc, new Conv2d.InputGrad(strided, 18, 20), floats(4, 3, 8, 9, 10), floats(5, 8, 2, 3, 3));
        run(device, crc, new Conv2d.InputGrad(g, 18, 20), floats(4, 3, 6, 18, 20), floats(5, 6, 1, 5, 5));
        run(device, crc, new Conv2d.WeightGrad(g, 5, 5), floats(4, 9, 2, 18, 20), floats(5, 9, 6, 18, 20));
        run(device, crc, max, floats(6, 2, 3, 20, 40));
        run(device, crc, new Pool2d.MaxGrad(max), ints9(2, 3, 20, 40), floats(7, 2, 3, 10, 20));
        run(device, crc, new Pool2d.MaxGrad(max), ints9(2, 3, 14, 14), floats(7, 2, 3, 7, 7));
        run(device, crc, new SoftmaxCrossEntropy(), floats(8, 9, 70), ints(9, 70, 9));
        float[] x = floats(10, 1000).floats();
        float[] y = new float[x.length];
        for (ScalarOp f : ScalarOp.values()) {
            if (f.rule() != ScalarOp.Rule.FLOAT && f.rule() != ScalarOp.Rule.NUMERIC || f.arity() != 1) continue;
            lanes.unary(f, x, 0, y, 0, x.length);
            add(crc, HostArray.of(y, steepest.Shape.of(y.length)));
        }
        return crc.getValue();
    }

    /** Small whole numbers, so that there are ties. */
    private static HostArray ints9(int... dims) {
        HostArray i = ints(6, 3, dims);
        HostArray x = HostArray.zeros(new Spec(steepest.DType.F32, i.shape()));
        for (int j = 0; j < x.size(); j++) x.set(j, i.get(j));
        return x;
    }

    private static void run(CpuDevice device, CRC32 crc, Op op, HostArray... in) {
        List<Spec> specs = List.of(in).stream().map(HostArray::spec).toList();
        List<Spec> out = op.outputs(specs);
        for (HostArray a : Harness.run(device, Harness.kernel(op, specs, out), List.of(in), out)) add(crc, a);
    }

    private static void add(CRC32 crc, HostArray a) {
        float[] v = a.floats();
        for (int i = 0; i < v.length; i++) if (v[i] != v[i]) v[i] = Float.NaN; // whichever NaN it is
        crc.update(a.toLittleEndian());
    }
}

package steepest.selftest;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import steepest.backend.opencl.binding.Cl;

/**
 * OpenCL as Oclgrind 21.10 can watch it: notes which kernels are launched, and keeps away from three faults of Oclgrind's
 * that let it call values uninitialised that are not. {@link OclgrindFaults} shows them.
 *
 * <p>Its record of what has been written hangs on a buffer's number and on nothing else. A write by the host replaces it by
 * one of the write's own size: what kernels write behind that is not noted. And it outlives the buffer: the next one of
 * the same number inherits it, with its size. So here no buffer is ever released, and what the host writes goes into a
 * buffer of its own, from where a kernel copies it.
 *
 * <p>Where a vector is shuffled, it takes lane 11 for an undefined one. The upper half of sixteen lanes is such a shuffle, so
 * here it is put together lane by lane.
 */
final class OclgrindView implements InvocationHandler {
    private static final String COPY = """
            kernel void copy_bytes(global const uchar *from, global uchar *to, const ulong at) {
              to[at + get_global_id(0)] = from[get_global_id(0)];
            }
            """;

    private static final Pattern UPPER_HALF = Pattern.compile("([A-Za-z_]\\w*(?:\\[[^\\]]*\\])*)\\.hi\\b");

    private final Cl cl;
    private final Map<Cl.ClKernel, String> names = new HashMap<>();
    private final Map<Cl.Queue, Cl.Context> contexts = new HashMap<>();
    private final Map<Cl.Context, Cl.ClKernel> copies = new HashMap<>();
    private final Map<Cl.Mem, ByteBuffer> pinned = new HashMap<>();
    private final Set<String> launched = new TreeSet<>();

    OclgrindView(Cl cl) {
        this.cl = cl;
    }

    /** The names of all kernels launched, as in the program's source. */
    Set<String> launched() {
        return launched;
    }

    Cl cl() {
        return (Cl) Proxy.newProxyInstance(Cl.class.getClassLoader(), new Class<?>[] {Cl.class}, this);
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] a) throws Throwable {
        if (method.getName().equals("release") && a[0] instanceof Cl.Mem) return null;
        if (method.getName().equals("createHostBuffer")) return hostBuffer((Long) a[1]);
        if (method.getName().equals("map")) return pinned.get(a[1]).duplicate().order(ByteOrder.nativeOrder());
        if (method.getName().equals("unmap")) return null;
        if (method.getName().equals("write"))
            return write((Cl.Queue) a[0], (Cl.Mem) a[1], (Long) a[2], (ByteBuffer) a[3]);
        if (method.getName().equals("createProgram") && a[1] instanceof String source) a[1] = shuffleless(source);
        if (method.getName().startsWith("enqueue")) launched.add(names.get(a[1]));
        Object result;
        try {
            result = method.invoke(cl, a);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
        if (method.getName().equals("createKernel")) names.put((Cl.ClKernel) result, (String) a[1]);
        if (method.getName().equals("createQueue")) prepare((Cl.Context) a[0], (Cl.DeviceId) a[1], (Cl.Queue) result);
        return result;
    }

    /** A program that takes no upper half by a shuffle. */
    private static String shuffleless(String source) {
        var s = new StringBuilder();
        for (String type : List.of("float", "int")) {
            String half =
                    "static inline __attribute__((overloadable)) %1$s%2$s upper_half(%1$s%3$d v) { return %4$s; }\n";
            s.append(half.formatted(type, "", 2, "v.hi"));
            for (int n : new int[] {2, 4}) s.append(half.formatted(type, n, 2 * n, "v.hi"));
            s.append(half.formatted(type, 8, 16, "(" + type + "8)(v.s8, v.s9, v.sa, v.sb, v.sc, v.sd, v.se, v.sf)"));
        }
        return s + UPPER_HALF.matcher(source).replaceAll("upper_half($1)");
    }

    /** Memory that Oclgrind need not know of: what it does at each launch takes as long as its buffers are large. */
    private Cl.Mem hostBuffer(long bytes) {
        var buffer = new Cl.Mem() {};
        pinned.put(buffer, ByteBuffer.allocateDirect((int) bytes));
        return buffer;
    }

    private void prepare(Cl.Context context, Cl.DeviceId device, Cl.Queue queue) {
        Cl.ClProgram program = cl.createProgram(context, COPY);
        cl.build(program, device, "");
        copies.put(context, cl.createKernel(program, "copy_bytes"));
        contexts.put(queue, context);
    }

    private Cl.Event write(Cl.Queue queue, Cl.Mem to, long offset, ByteBuffer from) {
        Cl.Context context = contexts.get(queue);
        Cl.ClKernel copy = copies.get(context);
        long bytes = from.remaining();
        Cl.Mem own = cl.createBuffer(context, bytes);
        Cl.Event event = cl.write(queue, own, 0, from);
        cl.setArg(copy, 0, own);
        cl.setArg(copy, 1, to);
        cl.setArg(copy, 2, offset);
        cl.enqueue(queue, copy, new long[] {bytes}, new long[] {1});
        return event;
    }
}

package steepest.backend.opencl.binding;

import static org.jocl.CL.*;
import static steepest.backend.opencl.binding.ClException.check;
import static steepest.backend.opencl.binding.Words.integer;
import static steepest.backend.opencl.binding.Words.text;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_context_properties;
import org.jocl.cl_device_id;
import org.jocl.cl_device_partition_property;
import org.jocl.cl_event;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;
import org.jocl.cl_platform_id;
import org.jocl.cl_program;

/** OpenCL through JOCL, whose handles are objects of its own. */
final class JoclCl implements Cl {
    private record JoclPlatform(cl_platform_id id) implements Platform {}

    private record JoclDevice(cl_device_id id) implements DeviceId {}

    private record JoclContext(cl_context id) implements Context {}

    private record JoclQueue(cl_command_queue id) implements Queue {}

    /** @param pointer made once, since setting it as an argument is the most frequent call of all */
    private record JoclMem(cl_mem id, Pointer pointer) implements Mem {}

    private record JoclProgram(cl_program id) implements ClProgram {}

    private record JoclKernel(cl_kernel id) implements ClKernel {}

    private record JoclEvent(cl_event id) implements Event {}

    /** @throws LinkageError if the machine has no OpenCL loader */
    JoclCl() {
        CL.setExceptionsEnabled(false);
        clGetPlatformIDs(0, null, new int[1]);
    }

    private static cl_device_id id(DeviceId device) {
        return ((JoclDevice) device).id;
    }

    private static cl_command_queue id(Queue queue) {
        return ((JoclQueue) queue).id;
    }

    private static cl_program id(ClProgram program) {
        return ((JoclProgram) program).id;
    }

    private static cl_kernel id(ClKernel kernel) {
        return ((JoclKernel) kernel).id;
    }

    @Override
    public String binding() {
        return "jocl";
    }

    @Override
    public List<Platform> platforms() {
        int[] count = {0};
        int code = clGetPlatformIDs(0, null, count);
        if (code == ClException.PLATFORM_NOT_FOUND || code == 0 && count[0] == 0) return List.of();
        check("clGetPlatformIDs", code);
        cl_platform_id[] ids = new cl_platform_id[count[0]];
        check("clGetPlatformIDs", clGetPlatformIDs(ids.length, ids, null));
        return Arrays.stream(ids).<Platform>map(JoclPlatform::new).toList();
    }

    @Override
    public List<DeviceId> devices(Platform platform) {
        cl_platform_id p = ((JoclPlatform) platform).id;
        int[] count = {0};
        int code = clGetDeviceIDs(p, TYPE_ALL, 0, null, count);
        if (code == ClException.DEVICE_NOT_FOUND || code == 0 && count[0] == 0) return List.of();
        check("clGetDeviceIDs", code);
        cl_device_id[] ids = new cl_device_id[count[0]];
        check("clGetDeviceIDs", clGetDeviceIDs(p, TYPE_ALL, ids.length, ids, null));
        return Arrays.stream(ids).<DeviceId>map(JoclDevice::new).toList();
    }

    /** A query in the two steps that OpenCL wants: how long, then what. */
    private interface Query {
        int ask(long length, Pointer value, long[] size);
    }

    private static byte[] query(String call, Query query) {
        long[] size = {0};
        check(call, query.ask(0, null, size));
        byte[] bytes = new byte[Math.toIntExact(size[0])];
        if (bytes.length > 0) check(call, query.ask(bytes.length, Pointer.to(bytes), null));
        return bytes;
    }

    @Override
    public String string(Platform platform, int parameter) {
        cl_platform_id p = ((JoclPlatform) platform).id;
        return text(query("clGetPlatformInfo", (n, v, size) -> clGetPlatformInfo(p, parameter, n, v, size)));
    }

    @Override
    public String string(DeviceId device, int parameter) {
        return text(query("clGetDeviceInfo", (n, v, size) -> clGetDeviceInfo(id(device), parameter, n, v, size)));
    }

    @Override
    public long number(DeviceId device, int parameter) {
        return integer(query("clGetDeviceInfo", (n, v, size) -> clGetDeviceInfo(id(device), parameter, n, v, size)));
    }

    @Override
    public long[] words(DeviceId device, int parameter) {
        return Words.of(query("clGetDeviceInfo", (n, v, size) -> clGetDeviceInfo(id(device), parameter, n, v, size)));
    }

    @Override
    public List<DeviceId> subDevices(DeviceId device, long... properties) {
        cl_device_partition_property list = new cl_device_partition_property();
        // JOCL takes them in pairs and ends the list itself; a 0 too many does no harm
        for (int i = 0; i < properties.length; i += 2)
            list.addProperty(properties[i], i + 1 < properties.length ? properties[i + 1] : 0);
        int[] count = {0};
        check("clCreateSubDevices", clCreateSubDevices(id(device), list, 0, null, count));
        cl_device_id[] ids = new cl_device_id[count[0]];
        check("clCreateSubDevices", clCreateSubDevices(id(device), list, ids.length, ids, null));
        return Arrays.stream(ids).<DeviceId>map(JoclDevice::new).toList();
    }

    @Override
    public Context createContext(DeviceId device) {
        int[] code = {0};
        cl_context c =
                clCreateContext(new cl_context_properties(), 1, new cl_device_id[] {id(device)}, null, null, code);
        check("clCreateContext", code[0]);
        return new JoclContext(c);
    }

    @Override
    @SuppressWarnings("deprecation") // the call that takes a list of properties came after OpenCL 1.2
    public Queue createQueue(Context context, DeviceId device, boolean timed) {
        int[] code = {0};
        long properties = timed ? CL_QUEUE_PROFILING_ENABLE : 0;
        cl_command_queue q = clCreateCommandQueue(((JoclContext) context).id, id(device), properties, code);
        check("clCreateCommandQueue", code[0]);
        return new JoclQueue(q);
    }

    @Override
    public Mem createBuffer(Context context, long bytes) {
        return createBuffer(context, bytes, CL_MEM_READ_WRITE);
    }

    @Override
    public Mem createHostBuffer(Context context, long bytes) {
        return createBuffer(context, bytes, CL_MEM_READ_WRITE | CL_MEM_ALLOC_HOST_PTR);
    }

    private static Mem createBuffer(Context context, long bytes, long flags) {
        int[] code = {0};
        cl_mem m = clCreateBuffer(((JoclContext) context).id, flags, bytes, null, code);
        check("clCreateBuffer", code[0]);
        return new JoclMem(m, Pointer.to(m));
    }

    @Override
    public ByteBuffer map(Queue queue, Mem buffer, long bytes) {
        int[] code = {0};
        ByteBuffer mapped = clEnqueueMapBuffer(
                id(queue), ((JoclMem) buffer).id, true, CL_MAP_READ | CL_MAP_WRITE, 0, bytes, 0, null, null, code);
        check("clEnqueueMapBuffer", code[0]);
        return mapped;
    }

    @Override
    public void unmap(Queue queue, Mem buffer, ByteBuffer mapped) {
        check(
                "clEnqueueUnmapMemObject",
                clEnqueueUnmapMemObject(id(queue), ((JoclMem) buffer).id, mapped, 0, null, null));
    }

    @Override
    public ClProgram createProgram(Context context, String source) {
        int[] code = {0};
        cl_program p = clCreateProgramWithSource(((JoclContext) context).id, 1, new String[] {source}, null, code);
        check("clCreateProgramWithSource", code[0]);
        return new JoclProgram(p);
    }

    @Override
    public ClProgram createProgram(Context context, DeviceId device, byte[] binary) {
        int[] code = {0};
        int[] status = {0};
        cl_program p = clCreateProgramWithBinary(
                ((JoclContext) context).id,
                1,
                new cl_device_id[] {id(device)},
                new long[] {binary.length},
                new byte[][] {binary},
                status,
                code);
        check("clCreateProgramWithBinary", code[0]);
        return new JoclProgram(p);
    }

    @Override
    public void build(ClProgram program, DeviceId device, String options) {
        check("clBuildProgram", clBuildProgram(id(program), 1, new cl_device_id[] {id(device)}, options, null, null));
    }

    @Override
    public String buildLog(ClProgram program, DeviceId device) {
        return text(query(
                "clGetProgramBuildInfo",
                (n, v, size) -> clGetProgramBuildInfo(id(program), id(device), CL_PROGRAM_BUILD_LOG, n, v, size)));
    }

    @Override
    public byte[] binary(ClProgram program) {
        long[] size = {0};
        check(
                "clGetProgramInfo",
                clGetProgramInfo(id(program), CL_PROGRAM_BINARY_SIZES, Sizeof.size_t, Pointer.to(size), null));
        byte[] bytes = new byte[Math.toIntExact(size[0])];
        Pointer where = Pointer.to(Pointer.to(bytes));
        check("clGetProgramInfo", clGetProgramInfo(id(program), CL_PROGRAM_BINARIES, Sizeof.POINTER, where, null));
        return bytes;
    }

    @Override
    public ClKernel createKernel(ClProgram program, String name) {
        int[] code = {0};
        cl_kernel k = clCreateKernel(id(program), name, code);
        check("clCreateKernel", code[0]);
        return new JoclKernel(k);
    }

    @Override
    public long workGroupInfo(ClKernel kernel, DeviceId device, int parameter) {
        return integer(query(
                "clGetKernelWorkGroupInfo",
                (n, v, size) -> clGetKernelWorkGroupInfo(id(kernel), id(device), parameter, n, v, size)));
    }

    @Override
    public void setArg(ClKernel kernel, int index, Mem value) {
        check("clSetKernelArg", clSetKernelArg(id(kernel), index, Sizeof.cl_mem, ((JoclMem) value).pointer));
    }

    @Override
    public void setArg(ClKernel kernel, int index, int value) {
        check("clSetKernelArg", clSetKernelArg(id(kernel), index, Sizeof.cl_int, Pointer.to(new int[] {value})));
    }

    @Override
    public void setArg(ClKernel kernel, int index, long value) {
        check("clSetKernelArg", clSetKernelArg(id(kernel), index, Sizeof.cl_long, Pointer.to(new long[] {value})));
    }

    @Override
    public void setArg(ClKernel kernel, int index, float value) {
        check("clSetKernelArg", clSetKernelArg(id(kernel), index, Sizeof.cl_float, Pointer.to(new float[] {value})));
    }

    @Override
    public void enqueue(Queue queue, ClKernel kernel, long[] global, long[] local) {
        enqueue(queue, kernel, global, local, null);
    }

    @Override
    public Event enqueueTimed(Queue queue, ClKernel kernel, long[] global, long[] local) {
        cl_event event = new cl_event();
        enqueue(queue, kernel, global, local, event);
        return new JoclEvent(event);
    }

    private static void enqueue(Queue queue, ClKernel kernel, long[] global, long[] local, cl_event event) {
        check(
                "clEnqueueNDRangeKernel",
                clEnqueueNDRangeKernel(id(queue), id(kernel), global.length, null, global, local, 0, null, event));
    }

    @Override
    public Event write(Queue queue, Mem to, long offset, ByteBuffer from) {
        cl_event event = new cl_event();
        check(
                "clEnqueueWriteBuffer",
                clEnqueueWriteBuffer(
                        id(queue),
                        ((JoclMem) to).id,
                        false,
                        offset,
                        from.remaining(),
                        Pointer.toBuffer(from),
                        0,
                        null,
                        event));
        return new JoclEvent(event);
    }

    @Override
    public void read(Queue queue, Mem from, long offset, ByteBuffer to) {
        read(queue, from, offset, to, null);
    }

    @Override
    public Event readTimed(Queue queue, Mem from, long offset, ByteBuffer to) {
        cl_event event = new cl_event();
        read(queue, from, offset, to, event);
        return new JoclEvent(event);
    }

    private static void read(Queue queue, Mem from, long offset, ByteBuffer to, cl_event event) {
        check(
                "clEnqueueReadBuffer",
                clEnqueueReadBuffer(
                        id(queue),
                        ((JoclMem) from).id,
                        true,
                        offset,
                        to.remaining(),
                        Pointer.toBuffer(to),
                        0,
                        null,
                        event));
    }

    @Override
    public long time(Event event, int parameter) {
        long[] time = {0};
        check(
                "clGetEventProfilingInfo",
                clGetEventProfilingInfo(((JoclEvent) event).id, parameter, Sizeof.cl_ulong, Pointer.to(time), null));
        return time[0];
    }

    @Override
    public OptionalLong clock(DeviceId device) {
        return OptionalLong.empty(); // JOCL ends before OpenCL 2.1
    }

    @Override
    public void retain(Event event) {
        check("clRetainEvent", clRetainEvent(((JoclEvent) event).id));
    }

    @Override
    public void await(Event event) {
        check("clWaitForEvents", clWaitForEvents(1, new cl_event[] {((JoclEvent) event).id}));
    }

    @Override
    public void flush(Queue queue) {
        check("clFlush", clFlush(id(queue)));
    }

    @Override
    public void finish(Queue queue) {
        check("clFinish", clFinish(id(queue)));
    }

    @Override
    public void release(Handle handle) {
        int code;
        if (handle instanceof JoclMem m) code = clReleaseMemObject(m.id);
        else if (handle instanceof JoclEvent e) code = clReleaseEvent(e.id);
        else if (handle instanceof JoclKernel k) code = clReleaseKernel(k.id);
        else if (handle instanceof JoclProgram p) code = clReleaseProgram(p.id);
        else if (handle instanceof JoclQueue q) code = clReleaseCommandQueue(q.id);
        else code = clReleaseContext(((JoclContext) handle).id);
        check("clRelease", code);
    }
}

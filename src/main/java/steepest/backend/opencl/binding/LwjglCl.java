package steepest.backend.opencl.binding;

import static org.lwjgl.opencl.CL10.*;
import static steepest.backend.opencl.binding.ClException.check;
import static steepest.backend.opencl.binding.Words.integer;
import static steepest.backend.opencl.binding.Words.text;

import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongToIntFunction;
import java.util.stream.IntStream;
import org.lwjgl.PointerBuffer;
import org.lwjgl.opencl.CL;
import org.lwjgl.opencl.CL10;
import org.lwjgl.opencl.CL12;
import org.lwjgl.opencl.CL21;
import org.lwjgl.system.Configuration;
import org.lwjgl.system.MemoryStack;
import org.lwjgl.system.MemoryUtil;

/** OpenCL through LWJGL, whose handles are plain numbers. */
final class LwjglCl implements Cl {
    /** @param release the call that gives the handle back; null for platforms and devices */
    private record Id(long id, LongToIntFunction release)
            implements Cl.Platform, DeviceId, Context, Queue, Mem, ClProgram, ClKernel, Event {}

    /** @throws LinkageError if the machine has no OpenCL loader */
    LwjglCl() {
        // the name that every installation has; the unversioned one comes with development packages alone
        if (org.lwjgl.system.Platform.get() == org.lwjgl.system.Platform.LINUX
                && Configuration.OPENCL_LIBRARY_NAME.get() == null)
            Configuration.OPENCL_LIBRARY_NAME.set("libOpenCL.so.1");
        if (CL.getFunctionProvider() == null) throw new UnsatisfiedLinkError("no OpenCL loader");
    }

    private static long id(Object handle) {
        return ((Id) handle).id;
    }

    private static Id created(String call, long handle, IntBuffer code, LongToIntFunction release) {
        check(call, code.get(0));
        return new Id(handle, release);
    }

    @Override
    public String binding() {
        return "lwjgl";
    }

    @Override
    public List<Cl.Platform> platforms() {
        try (MemoryStack stack = MemoryStack.stackPush()) {
            IntBuffer count = stack.mallocInt(1);
            int code = clGetPlatformIDs(null, count);
            if (code == ClException.PLATFORM_NOT_FOUND || code == 0 && count.get(0) == 0) return List.of();
            check("clGetPlatformIDs", code);
            PointerBuffer ids = stack.mallocPointer(count.get(0));
            check("clGetPlatformIDs", clGetPlatformIDs(ids, (IntBuffer) null));
            return IntStream.range(0, ids.capacity())
                    .<Cl.Platform>mapToObj(i -> new Id(ids.get(i), null))
                    .toList();
        }
    }

    @Override
    public List<DeviceId> devices(Cl.Platform platform) {
        try (MemoryStack stack = MemoryStack.stackPush()) {
            IntBuffer count = stack.mallocInt(1);
            int code = clGetDeviceIDs(id(platform), TYPE_ALL, null, count);
            if (code == ClException.DEVICE_NOT_FOUND || code == 0 && count.get(0) == 0) return List.of();
            check("clGetDeviceIDs", code);
            PointerBuffer ids = stack.mallocPointer(count.get(0));
            check("clGetDeviceIDs", clGetDeviceIDs(id(platform), TYPE_ALL, ids, (IntBuffer) null));
            return IntStream.range(0, ids.capacity())
                    .<DeviceId>mapToObj(i -> new Id(ids.get(i), null))
                    .toList();
        }
    }

    /** A query in the two steps that OpenCL wants: how long, then what. */
    private interface Query {
        int ask(ByteBuffer value, PointerBuffer size);
    }

    private static byte[] query(String call, Query query) {
        try (MemoryStack stack = MemoryStack.stackPush()) {
            PointerBuffer size = stack.mallocPointer(1);
            check(call, query.ask(null, size));
            int n = Math.toIntExact(size.get(0));
            ByteBuffer value = MemoryUtil.memAlloc(Math.max(1, n));
            try {
                check(call, query.ask(value, null));
                byte[] bytes = new byte[n];
                value.get(0, bytes);
                return bytes;
            } finally {
                MemoryUtil.memFree(value);
            }
        }
    }

    @Override
    public String string(Cl.Platform platform, int parameter) {
        return text(query("clGetPlatformInfo", (v, n) -> clGetPlatformInfo(id(platform), parameter, v, n)));
    }

    @Override
    public String string(DeviceId device, int parameter) {
        return text(query("clGetDeviceInfo", (v, n) -> clGetDeviceInfo(id(device), parameter, v, n)));
    }

    @Override
    public long number(DeviceId device, int parameter) {
        return integer(query("clGetDeviceInfo", (v, n) -> clGetDeviceInfo(id(device), parameter, v, n)));
    }

    @Override
    public long[] words(DeviceId device, int parameter) {
        return Words.of(query("clGetDeviceInfo", (v, n) -> clGetDeviceInfo(id(device), parameter, v, n)));
    }

    @Override
    public List<DeviceId> subDevices(DeviceId device, long... properties) {
        try (MemoryStack stack = MemoryStack.stackPush()) {
            PointerBuffer list =
                    stack.callocPointer(properties.length + 1).put(properties).rewind();
            IntBuffer count = stack.mallocInt(1);
            check("clCreateSubDevices", CL12.clCreateSubDevices(id(device), list, null, count));
            PointerBuffer ids = stack.mallocPointer(count.get(0));
            check("clCreateSubDevices", CL12.clCreateSubDevices(id(device), list, ids, (IntBuffer) null));
            return IntStream.range(0, ids.capacity())
                    .<DeviceId>mapToObj(i -> new Id(ids.get(i), null))
                    .toList();
        }
    }

    @Override
    public Context createContext(DeviceId device) {
        try (MemoryStack stack = MemoryStack.stackPush()) {
            IntBuffer code = stack.mallocInt(1);
            PointerBuffer properties = stack.pointers(0);
            return created(
                    "clCreateContext",
                    clCreateContext(properties, id(device), null, 0, code),
                    code,
                    CL10::clReleaseContext);
        }
    }

    @Override
    public Queue createQueue(Context context, DeviceId device, boolean timed) {
        try (MemoryStack stack = MemoryStack.stackPush()) {
            IntBuffer code = stack.mallocInt(1);
            return created(
                    "clCreateCommandQueue",
                    clCreateCommandQueue(id(context), id(device), timed ? CL_QUEUE_PROFILING_ENABLE : 0, code),
                    code,
                    CL10::clReleaseCommandQueue);
        }
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
        try (MemoryStack stack = MemoryStack.stackPush()) {
            IntBuffer code = stack.mallocInt(1);
            return created(
                    "clCreateBuffer", clCreateBuffer(id(context), flags, bytes, code), code, CL10::clReleaseMemObject);
        }
    }

    @Override
    public ByteBuffer map(Queue queue, Mem buffer, long bytes) {
        try (MemoryStack stack = MemoryStack.stackPush()) {
            IntBuffer code = stack.mallocInt(1);
            ByteBuffer mapped = clEnqueueMapBuffer(
                    id(queue), id(buffer), true, CL_MAP_READ | CL_MAP_WRITE, 0, bytes, null, null, code, null);
            check("clEnqueueMapBuffer", code.get(0));
            return mapped;
        }
    }

    @Override
    public void unmap(Queue queue, Mem buffer, ByteBuffer mapped) {
        check("clEnqueueUnmapMemObject", clEnqueueUnmapMemObject(id(queue), id(buffer), mapped, null, null));
    }

    @Override
    public ClProgram createProgram(Context context, String source) {
        // not on the stack: a program's source can be longer than that
        ByteBuffer text = MemoryUtil.memUTF8(source, false);
        try (MemoryStack stack = MemoryStack.stackPush()) {
            IntBuffer code = stack.mallocInt(1);
            PointerBuffer strings = stack.pointers(text);
            PointerBuffer lengths = stack.pointers(text.remaining());
            return created(
                    "clCreateProgramWithSource",
                    clCreateProgramWithSource(id(context), strings, lengths, code),
                    code,
                    CL10::clReleaseProgram);
        } finally {
            MemoryUtil.memFree(text);
        }
    }

    @Override
    public ClProgram createProgram(Context context, DeviceId device, byte[] binary) {
        ByteBuffer bytes = MemoryUtil.memAlloc(binary.length).put(0, binary);
        try (MemoryStack stack = MemoryStack.stackPush()) {
            IntBuffer code = stack.mallocInt(1);
            IntBuffer status = stack.mallocInt(1);
            long program = clCreateProgramWithBinary(id(context), stack.pointers(id(device)), bytes, status, code);
            return created("clCreateProgramWithBinary", program, code, CL10::clReleaseProgram);
        } finally {
            MemoryUtil.memFree(bytes);
        }
    }

    @Override
    public void build(ClProgram program, DeviceId device, String options) {
        check("clBuildProgram", clBuildProgram(id(program), id(device), options, null, 0));
    }

    @Override
    public String buildLog(ClProgram program, DeviceId device) {
        return text(query(
                "clGetProgramBuildInfo",
                (v, n) -> clGetProgramBuildInfo(id(program), id(device), CL_PROGRAM_BUILD_LOG, v, n)));
    }

    @Override
    public byte[] binary(ClProgram program) {
        try (MemoryStack stack = MemoryStack.stackPush()) {
            PointerBuffer size = stack.mallocPointer(1);
            check("clGetProgramInfo", clGetProgramInfo(id(program), CL_PROGRAM_BINARY_SIZES, size, null));
            ByteBuffer bytes = MemoryUtil.memAlloc(Math.max(1, Math.toIntExact(size.get(0))));
            try {
                PointerBuffer where = stack.pointers(bytes);
                check("clGetProgramInfo", clGetProgramInfo(id(program), CL_PROGRAM_BINARIES, where, null));
                byte[] result = new byte[(int) size.get(0)];
                bytes.get(0, result);
                return result;
            } finally {
                MemoryUtil.memFree(bytes);
            }
        }
    }

    @Override
    public ClKernel createKernel(ClProgram program, String name) {
        try (MemoryStack stack = MemoryStack.stackPush()) {
            IntBuffer code = stack.mallocInt(1);
            return created("clCreateKernel", clCreateKernel(id(program), name, code), code, CL10::clReleaseKernel);
        }
    }

    @Override
    public long workGroupInfo(ClKernel kernel, DeviceId device, int parameter) {
        return integer(query(
                "clGetKernelWorkGroupInfo",
                (v, n) -> clGetKernelWorkGroupInfo(id(kernel), id(device), parameter, v, n)));
    }

    @Override
    public void setArg(ClKernel kernel, int index, Mem value) {
        check("clSetKernelArg", clSetKernelArg1p(id(kernel), index, id(value)));
    }

    @Override
    public void setArg(ClKernel kernel, int index, int value) {
        check("clSetKernelArg", clSetKernelArg1i(id(kernel), index, value));
    }

    @Override
    public void setArg(ClKernel kernel, int index, long value) {
        check("clSetKernelArg", clSetKernelArg1l(id(kernel), index, value));
    }

    @Override
    public void setArg(ClKernel kernel, int index, float value) {
        check("clSetKernelArg", clSetKernelArg1f(id(kernel), index, value));
    }

    @Override
    public void enqueue(Queue queue, ClKernel kernel, long[] global, long[] local) {
        try (MemoryStack stack = MemoryStack.stackPush()) {
            enqueue(queue, kernel, stack.pointers(global), stack.pointers(local), null);
        }
    }

    @Override
    public Event enqueueTimed(Queue queue, ClKernel kernel, long[] global, long[] local) {
        try (MemoryStack stack = MemoryStack.stackPush()) {
            PointerBuffer event = stack.mallocPointer(1);
            enqueue(queue, kernel, stack.pointers(global), stack.pointers(local), event);
            return event(event);
        }
    }

    private static void enqueue(
            Queue queue, ClKernel kernel, PointerBuffer global, PointerBuffer local, PointerBuffer event) {
        check(
                "clEnqueueNDRangeKernel",
                clEnqueueNDRangeKernel(id(queue), id(kernel), global.capacity(), null, global, local, null, event));
    }

    private static Event event(PointerBuffer event) {
        return new Id(event.get(0), CL10::clReleaseEvent);
    }

    @Override
    public Event write(Queue queue, Mem to, long offset, ByteBuffer from) {
        try (MemoryStack stack = MemoryStack.stackPush()) {
            PointerBuffer event = stack.mallocPointer(1);
            check("clEnqueueWriteBuffer", clEnqueueWriteBuffer(id(queue), id(to), false, offset, from, null, event));
            return event(event);
        }
    }

    @Override
    public void read(Queue queue, Mem from, long offset, ByteBuffer to) {
        check("clEnqueueReadBuffer", clEnqueueReadBuffer(id(queue), id(from), true, offset, to, null, null));
    }

    @Override
    public Event readTimed(Queue queue, Mem from, long offset, ByteBuffer to) {
        try (MemoryStack stack = MemoryStack.stackPush()) {
            PointerBuffer event = stack.mallocPointer(1);
            check("clEnqueueReadBuffer", clEnqueueReadBuffer(id(queue), id(from), true, offset, to, null, event));
            return event(event);
        }
    }

    @Override
    public long time(Event event, int parameter) {
        try (MemoryStack stack = MemoryStack.stackPush()) {
            LongBuffer time = stack.mallocLong(1);
            check("clGetEventProfilingInfo", clGetEventProfilingInfo(id(event), parameter, time, null));
            return time.get(0);
        }
    }

    @Override
    public OptionalLong clock(DeviceId device) {
        if (CL.getICD().clGetDeviceAndHostTimer == 0) return OptionalLong.empty(); // an older loader
        try (MemoryStack stack = MemoryStack.stackPush()) {
            LongBuffer now = stack.mallocLong(1);
            int code = CL21.clGetDeviceAndHostTimer(id(device), now, stack.mallocLong(1));
            return code == 0 ? OptionalLong.of(now.get(0)) : OptionalLong.empty();
        }
    }

    @Override
    public void retain(Event event) {
        check("clRetainEvent", clRetainEvent(id(event)));
    }

    @Override
    public void await(Event event) {
        check("clWaitForEvents", clWaitForEvents(id(event)));
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
        check("clRelease", ((Id) handle).release.applyAsInt(((Id) handle).id));
    }
}

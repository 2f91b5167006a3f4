package steepest.backend.opencl.binding;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.OptionalLong;

/**
 * The calls of OpenCL 1.2 that Steepest needs, some forty, over opaque handles: the seam behind which one Java binding can
 * stand in for another. The calls mean what the calls of the same name in the OpenCL specification mean. Whatever is not
 * {@code CL_SUCCESS} is thrown as a {@link ClException}.
 *
 * <p>Handles belong to the binding that made them. What is created here is given back by {@link #release}.
 */
public interface Cl {
    /** A {@code cl_platform_id}. */
    interface Platform {}

    /** A {@code cl_device_id}. */
    interface DeviceId {}

    /** What has to be released. */
    interface Handle {}

    /** A {@code cl_context}. */
    interface Context extends Handle {}

    /** A {@code cl_command_queue}, in order. */
    interface Queue extends Handle {}

    /** A {@code cl_mem}. */
    interface Mem extends Handle {}

    /** A {@code cl_program}. */
    interface ClProgram extends Handle {}

    /** A {@code cl_kernel}. */
    interface ClKernel extends Handle {}

    /** A {@code cl_event}. */
    interface Event extends Handle {}

    /** Parameters of the queries below, with their numbers from {@code cl.h}. */
    int PLATFORM_VERSION = 0x0901;

    int PLATFORM_NAME = 0x0902;

    int DEVICE_TYPE = 0x1000;
    int DEVICE_MAX_COMPUTE_UNITS = 0x1002;
    int DEVICE_MAX_WORK_GROUP_SIZE = 0x1004;
    int DEVICE_SINGLE_FP_CONFIG = 0x101B;
    int DEVICE_MAX_MEM_ALLOC_SIZE = 0x1010;
    int DEVICE_GLOBAL_MEM_SIZE = 0x101F;
    int DEVICE_LOCAL_MEM_SIZE = 0x1023;
    int DEVICE_ENDIAN_LITTLE = 0x1026;
    int DEVICE_AVAILABLE = 0x1027;
    int DEVICE_COMPILER_AVAILABLE = 0x1028;
    int DEVICE_NAME = 0x102B;
    int DEVICE_VENDOR = 0x102C;
    int DRIVER_VERSION = 0x102D;
    int DEVICE_VERSION = 0x102F;
    int DEVICE_PARTITION_PROPERTIES = 0x1044;
    int KERNEL_WORK_GROUP_SIZE = 0x11B0;
    int EVENT_QUEUED = 0x1280;
    int EVENT_SUBMITTED = 0x1281;
    int EVENT_STARTED = 0x1282;
    int EVENT_ENDED = 0x1283;

    /** Ways to partition a device: into parts of so many units, or by a list of units. */
    long PARTITION_EQUALLY = 0x1086;

    long PARTITION_BY_COUNTS = 0x1087;

    /** All bits of {@link #DEVICE_TYPE}: 32 of them, as strict drivers refuse more. */
    long TYPE_ALL = 0xFFFFFFFFL;

    /** Bits of {@link #DEVICE_TYPE}. */
    int TYPE_CPU = 2;

    int TYPE_GPU = 4;

    /** Bit of {@link #DEVICE_SINGLE_FP_CONFIG}: divisions and square roots can be had correctly rounded. */
    int FP_CORRECTLY_ROUNDED_DIVIDE_SQRT = 1 << 7;

    /** {@code lwjgl} or {@code jocl}. */
    String binding();

    /** The platforms; empty where a loader is there but no driver. */
    List<Platform> platforms();

    String string(Platform platform, int parameter);

    /** All devices of a platform; empty where it has none. */
    List<DeviceId> devices(Platform platform);

    String string(DeviceId device, int parameter);

    /** An integer parameter of whatever width. */
    long number(DeviceId device, int parameter);

    /** A parameter that is a list of words. */
    long[] words(DeviceId device, int parameter);

    /**
     * Parts of a device as devices, which stay for the life of the process.
     *
     * @param properties as in the specification, without the 0 at the end
     */
    List<DeviceId> subDevices(DeviceId device, long... properties);

    Context createContext(DeviceId device);

    /** @param timed whether the events of its commands can be asked for times */
    Queue createQueue(Context context, DeviceId device, boolean timed);

    Mem createBuffer(Context context, long bytes);

    /** Memory of the host that a device copies from and to at full speed (pinned), to be mapped. */
    Mem createHostBuffer(Context context, long bytes);

    /** The bytes of a host buffer, to be read and written until {@link #unmap}. Waits. */
    ByteBuffer map(Queue queue, Mem buffer, long bytes);

    void unmap(Queue queue, Mem buffer, ByteBuffer mapped);

    ClProgram createProgram(Context context, String source);

    /** A program from what {@link #binary} gave; still to be built. */
    ClProgram createProgram(Context context, DeviceId device, byte[] binary);

    void build(ClProgram program, DeviceId device, String options);

    String buildLog(ClProgram program, DeviceId device);

    byte[] binary(ClProgram program);

    ClKernel createKernel(ClProgram program, String name);

    long workGroupInfo(ClKernel kernel, DeviceId device, int parameter);

    void setArg(ClKernel kernel, int index, Mem value);

    void setArg(ClKernel kernel, int index, int value);

    void setArg(ClKernel kernel, int index, long value);

    void setArg(ClKernel kernel, int index, float value);

    /** @param global work-items per dimension, as many dimensions as entries; a multiple of {@code local} */
    void enqueue(Queue queue, ClKernel kernel, long[] global, long[] local);

    /** As {@link #enqueue}, with an event. */
    Event enqueueTimed(Queue queue, ClKernel kernel, long[] global, long[] local);

    /** Queues a copy of the remaining bytes of a direct buffer, which must not change before the event is complete. */
    Event write(Queue queue, Mem to, long offset, ByteBuffer from);

    /** Fills the rest of a direct buffer, when all that was queued before is done. */
    void read(Queue queue, Mem from, long offset, ByteBuffer to);

    /** As {@link #read}, with an event. */
    Event readTimed(Queue queue, Mem from, long offset, ByteBuffer to);

    /** Waits for an event. */
    void await(Event event);

    /** When a command of a timed queue that is done was queued, submitted, started or ended: ns of the device's clock. */
    long time(Event event, int parameter);

    /** The device's clock now, in ns; empty where driver or binding are older than OpenCL 2.1. */
    OptionalLong clock(DeviceId device);

    /** Holds on to an event: it takes one more {@link #release}. */
    void retain(Event event);

    /** Hands the queue's work to the device without waiting. */
    void flush(Queue queue);

    void finish(Queue queue);

    void release(Handle handle);
}

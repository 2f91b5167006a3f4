package steepest.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import steepest.DType;
import steepest.SteepestException;
import steepest.backend.BackendDevice;
import steepest.backend.Buffer;
import steepest.backend.OutOfDeviceMemory;
import steepest.backend.ref.RefBackend;

class MemoryTest {
    private static final long MIB = 1 << 20;

    /** The reference device with only so many bytes. */
    private static BackendDevice limited(long bytes, AtomicLong used) {
        RefBackend backend = new RefBackend();
        BackendDevice real = backend.open(backend.devices().get(0));
        return (BackendDevice) Proxy.newProxyInstance(
                BackendDevice.class.getClassLoader(), new Class<?>[] {BackendDevice.class}, (proxy, method, args) -> {
                    try {
                        if (!method.getName().equals("allocate")) return method.invoke(real, args);
                        DType type = (DType) args[0];
                        long n = (long) args[1] * type.bytes();
                        if (used.get() + n > bytes) throw new OutOfDeviceMemory("the device has " + bytes + " bytes");
                        used.addAndGet(n);
                        return new Counted(type, (long) args[1], used);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private record Counted(DType dtype, long length, AtomicLong used) implements Buffer {
        @Override
        public void free() {
            used.addAndGet(-length * dtype.bytes());
        }
    }

    @Test
    void freedMemoryIsUsedAgain() {
        AtomicLong used = new AtomicLong();
        Memory m = new Memory(limited(100 * MIB, used));
        Memory.Block a = m.acquire(DType.F32, 1000, "a");
        m.release(a);
        Memory.Block b = m.acquire(DType.F32, 1001, "b"); // 1000 and 1001 round to the same size
        assertThat(b.buffer).isSameAs(a.buffer);
        assertThat(m.liveBytes()).isEqualTo(1024 * 4);
        m.close();
        assertThat(used).hasValue(0);
    }

    @Test
    void anArrayThatOthersMayHoldIsNeverGivenOut() {
        Memory m = new Memory(limited(64 * MIB, new AtomicLong()));
        Counted theirs = new Counted(DType.F32, 4096, new AtomicLong());
        m.release(m.adopt(theirs, "tensors from the host"));
        assertThat(m.liveBytes()).isZero();
        assertThat(m.acquire(DType.F32, 4096, "results").buffer).isNotSameAs(theirs);
    }

    @Test
    void poolIsTrimmedBeforeGivingUp() {
        AtomicLong used = new AtomicLong();
        Memory m = new Memory(limited(64 * MIB, used));
        Memory.Block a = m.acquire(DType.F32, 10 * MIB, "a");
        m.release(a); // 40 MiB wait in the pool
        Memory.Block b = m.acquire(DType.F32, 12 * MIB, "b");
        assertThat(used).hasValue(48 * MIB);
        m.release(b);
    }

    @Test
    void exhaustionNamesTheHoldersAndWhatWasAskedFor() {
        Memory m = new Memory(limited(64 * MIB, new AtomicLong()));
        List<Memory.Block> held = new ArrayList<>();
        held.add(m.acquire(DType.F32, 10 * MIB, "results"));
        held.add(m.acquire(DType.F32, 2 * MIB, "a program's slab"));
        assertThatThrownBy(() -> m.acquire(DType.F32, 8 * MIB, "a program's slab"))
                .isInstanceOf(SteepestException.class)
                .hasMessageContaining("asked for 32.0 MiB")
                .hasMessageContaining("48.0 MiB in use (results 40.0 MiB, a program's slab 8.0 MiB)");
        assertThat(held).hasSize(2);
    }

    @Test
    void unreachableHoldersGiveTheirMemoryBack() {
        Memory m = new Memory(limited(64 * MIB, new AtomicLong()));
        for (int i = 0; i < 20; i++) {
            Object holder = new Object();
            m.releaseWith(holder, m.acquire(DType.F32, 4 * MIB, "results")); // 16 MiB each
        }
        assertThat(m.peakBytes()).isLessThanOrEqualTo(64 * MIB);
    }

    @Test
    void aLimitHoldsOnAnyDevice() {
        System.setProperty("steepest.memoryLimit", "3m");
        try {
            Memory m = new Memory(limited(64 * MIB, new AtomicLong()));
            Memory.Block a = m.acquire(DType.F32, MIB / 4, "results");
            m.release(m.acquire(DType.F32, MIB / 2, "results")); // 2 MiB, which wait in the pool
            assertThat(m.pooledBytes()).isEqualTo(2 * MIB);
            Memory.Block b = m.acquire(DType.I32, MIB / 2, "results");
            assertThat(m.pooledBytes()).isZero();
            assertThat(m.liveBytes()).isEqualTo(3 * MIB);
            assertThatThrownBy(() -> m.acquire(DType.F32, 1, "a program's slab"))
                    .hasMessage("device ref is out of memory: asked for 0.0 MiB for a program's slab, 3.0 MiB in use"
                            + " (results 3.0 MiB); steepest.memoryLimit allows 3.0 MiB");
            m.release(a);
            m.release(b);
            m.close();
            System.setProperty("steepest.memoryLimit", "much");
            assertThatThrownBy(() -> new Memory(limited(MIB, new AtomicLong())))
                    .hasMessageContaining("expected bytes, or a number with k, m or g such as 512m, got 'much'");
        } finally {
            System.clearProperty("steepest.memoryLimit");
        }
    }
}

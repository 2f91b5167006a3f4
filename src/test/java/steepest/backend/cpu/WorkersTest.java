package steepest.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("backend")
class WorkersTest {
    @Test
    void runsEachTaskOnce() {
        try (Workers workers = new Workers(3)) {
            for (int tasks : new int[] {0, 1, 2, 3, 100}) {
                AtomicIntegerArray done = new AtomicIntegerArray(tasks);
                for (int round = 0; round < 50; round++) workers.run(tasks, (i, s) -> done.incrementAndGet(i));
                for (int i = 0; i < tasks; i++) assertThat(done.get(i)).isEqualTo(50);
            }
        }
    }

    /** Two tasks that wait for each other only end if two threads run them, each with its own scratch. */
    @Test
    void runsTasksSideBySide() {
        try (Workers workers = new Workers(2)) {
            for (int round = 0; round < 3; round++) {
                CountDownLatch both = new CountDownLatch(2);
                var scratches = ConcurrentHashMap.newKeySet();
                workers.run(2, (i, s) -> {
                    scratches.add(s);
                    both.countDown();
                    try {
                        both.await();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                });
                assertThat(scratches).hasSize(2);
            }
        }
    }

    @Test
    void throwsWhatATaskThrows() {
        for (int threads : new int[] {1, 3})
            try (Workers workers = new Workers(threads)) {
                assertThatThrownBy(() -> workers.run(20, (i, s) -> {
                            if (i == 7) throw new IllegalStateException("task 7");
                        }))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("task 7");
                assertThatThrownBy(() -> workers.run(5, (i, s) -> {
                            throw new OutOfMemoryError("no room");
                        }))
                        .isInstanceOf(OutOfMemoryError.class);
                int[] sum = new int[1];
                workers.run(1, (i, s) -> sum[0]++); // and works on
                assertThat(sum[0]).isOne();
            }
    }

    @Test
    void threadsEndWhenClosed() throws InterruptedException {
        Workers workers = new Workers(3);
        Thread[] before = Thread.getAllStackTraces().keySet().stream()
                .filter(t -> t.getName().startsWith("steepest-cpu-"))
                .toArray(Thread[]::new);
        assertThat(before).allMatch(Thread::isDaemon);
        workers.close();
        workers.awaitEnd();
        assertThat(workers.alive()).isZero();
    }
}

package steepest.backend.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A small fixed pool of threads, the caller's being one of them. Work is a number of tasks that the shape alone decides;
 * any thread takes any task, so the number of threads has no say in a result. Idle threads spin for a moment, because the
 * next kernel mostly follows at once, and then park.
 */
final class Workers implements AutoCloseable {
    /** One piece of a kernel. */
    @FunctionalInterface
    interface Task {
        void run(int index, Scratch scratch);
    }

    /** About 50 µs: longer than the pause between two kernels of a program, shorter than a scheduler's slice. */
    private static final int SPINS = 1500;

    private final Thread[] threads;
    private final boolean[] awake;
    private final Scratch own = new Scratch();
    private volatile Job job;
    private volatile boolean closed;

    private static final class Job {
        final Task task;
        final int count;
        final AtomicInteger next = new AtomicInteger();
        final AtomicInteger done = new AtomicInteger();
        volatile Throwable failure;

        Job(Task task, int count) {
            this.task = task;
            this.count = count;
        }

        /** Runs tasks until none is left to take. */
        void work(Scratch scratch) {
            for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
                try {
                    if (failure == null) task.run(i, scratch);
                } catch (Throwable t) {
                    failure = t; // told to the caller, who throws it
                } finally {
                    done.getAndIncrement();
                }
            }
        }
    }

    Workers(int n) {
        threads = new Thread[Math.max(0, n - 1)];
        awake = new boolean[threads.length];
        for (int i = 0; i < threads.length; i++) {
            int id = i;
            threads[i] = new Thread(() -> serve(id), "steepest-cpu-" + (i + 1));
            threads[i].setDaemon(true);
            threads[i].start();
        }
    }

    /** How many threads work, the caller's included. */
    int threads() {
        return threads.length + 1;
    }

    /** The caller's working memory, for what is done before the tasks. */
    Scratch own() {
        return own;
    }

    /** Runs all tasks and returns when all are done; an exception of one of them is thrown here. */
    void run(int tasks, Task task) {
        if (tasks <= 1 || threads.length == 0) {
            for (int i = 0; i < tasks; i++) task.run(i, own);
            return;
        }
        Job j = new Job(task, tasks);
        job = j;
        for (int i = 0; i < Math.min(threads.length, tasks - 1); i++) if (!isAwake(i)) LockSupport.unpark(threads[i]);
        j.work(own);
        for (int spins = 0; j.done.get() < tasks; spins++) {
            if (spins < SPINS) Thread.onSpinWait();
            else Thread.yield();
        }
        job = null; // so that nothing of it is kept from the collector
        Throwable failure = j.failure;
        if (failure instanceof RuntimeException e) throw e;
        if (failure instanceof Error e) throw e;
    }

    private void serve(int id) {
        Scratch scratch = new Scratch();
        Job last = null;
        int idle = 0;
        setAwake(id, true);
        while (!closed) {
            Job j = job;
            if (j != null && j != last) {
                last = j;
                j.work(scratch);
                idle = 0;
            } else if (idle++ < SPINS) {
                Thread.onSpinWait();
            } else {
                setAwake(id, false);
                // a job set between the look above and here is seen here, or its caller sees that this thread sleeps
                if ((job == null || job == last) && !closed) LockSupport.park(this);
                setAwake(id, true);
                idle = 0;
                if (job == null) last = null;
            }
        }
    }

    private boolean isAwake(int id) {
        return (boolean) AWAKE.getVolatile(awake, id);
    }

    private void setAwake(int id, boolean value) {
        AWAKE.setVolatile(awake, id, value);
    }

    private static final java.lang.invoke.VarHandle AWAKE =
            java.lang.invoke.MethodHandles.arrayElementVarHandle(boolean[].class);

    /** How many of the pool's own threads still live. */
    int alive() {
        int n = 0;
        for (Thread t : threads) if (t.isAlive()) n++;
        return n;
    }

    /** Waits for the threads to end, once closed. */
    void awaitEnd() throws InterruptedException {
        for (Thread t : threads) t.join();
    }

    @Override
    public void close() {
        closed = true;
        for (Thread t : threads) LockSupport.unpark(t);
    }
}

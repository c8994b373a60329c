package dev.lutra.kernels.team;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A fixed team of threads that meet at a barrier. The thread that calls {@link #run} is worker 0; the others are daemons that
 * spin for the next task and park when none comes for a while. A model runs hundreds of tasks of some ten microseconds per
 * token, which is too short for a thread pool's queue.
 */
public final class Team implements AutoCloseable {
    /** Polls before a waiting thread gives up its core: about 50 microseconds, longer than the serial part between two tasks. */
    private static final int SPINS = 2_000;

    /** Parts per worker: the last one to end keeps the others waiting for at most an eighth of its share. */
    private static final int PARTS = 8;

    private final int size;
    private final Thread[] threads;
    private final Member[] members;
    private final AtomicInteger pending = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile int generation;
    private volatile @Nullable Task task;
    private volatile @Nullable Thread waitingCaller;
    private boolean running;

    private Team(int size) {
        this.size = size;
        threads = new Thread[size - 1];
        members = new Member[size - 1];
        for (int i = 0; i < threads.length; i++) {
            members[i] = new Member(i + 1);
            threads[i] =
                    Thread.ofPlatform().name("lutra-worker-" + (i + 1)).daemon().start(members[i]);
        }
    }

    /** Starts a team of {@code size} workers, the caller of {@link #run} included. */
    public static Team of(int size) {
        if (size < 1) throw new IllegalArgumentException("a team needs at least one worker, not " + size);
        return new Team(size);
    }

    /** Workers, the caller included. */
    public int size() {
        return size;
    }

    /**
     * Runs {@code work} once on every worker and returns when all are done. What the workers wrote is visible to the caller.
     *
     * @throws IllegalStateException when called from inside a task, or after {@link #close}
     */
    public synchronized void run(Task work) {
        if (running) throw new IllegalStateException("a task of this team is running already");
        if (generation < 0) throw new IllegalStateException("the team is closed");
        running = true;
        try {
            if (size == 1) work.run(0, 1);
            else runTogether(work);
        } finally {
            running = false;
        }
    }

    /**
     * Runs {@code work} over {@code [0, count)} in parts that workers take one after the other: one whose core is slower, or
     * busy with something else, takes fewer.
     */
    public void runParts(int count, Part work) {
        int part = Math.max(1, count / (size * PARTS));
        AtomicInteger next = new AtomicInteger();
        run((worker, workers) -> {
            for (int from; (from = next.getAndAdd(part)) < count; )
                work.run(worker, from, Math.min(from + part, count));
        });
    }

    private void runTogether(Task work) {
        pending.set(size - 1);
        task = work;
        release(generation == Integer.MAX_VALUE ? 0 : generation + 1);
        try {
            work.run(0, size);
        } catch (Throwable e) {
            failure.compareAndSet(null, e);
        }
        awaitMembers();
        task = null;
        Throwable thrown = failure.getAndSet(null);
        if (thrown instanceof RuntimeException e) throw e;
        if (thrown instanceof Error e) throw e;
    }

    private void release(int next) {
        generation = next;
        for (int i = 0; i < members.length; i++) if (members[i].parked) LockSupport.unpark(threads[i]);
    }

    private void awaitMembers() {
        for (int spins = 0; pending.get() != 0; spins++) {
            if (spins < SPINS) {
                Thread.onSpinWait();
                continue;
            }
            waitingCaller = Thread.currentThread();
            if (pending.get() != 0) LockSupport.park(this);
            waitingCaller = null;
        }
    }

    /** Ends the threads. A closed team runs nothing any more. */
    @Override
    public synchronized void close() {
        if (generation < 0) return;
        release(-1);
        boolean interrupted = false;
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
    }

    private final class Member implements Runnable {
        private final int worker;
        private volatile boolean parked;

        Member(int worker) {
            this.worker = worker;
        }

        @Override
        public void run() {
            int seen = 0;
            while ((seen = awaitChange(seen)) >= 0) {
                Task current = task;
                try {
                    if (current != null) current.run(worker, size);
                } catch (Throwable e) {
                    failure.compareAndSet(null, e);
                }
                if (pending.decrementAndGet() == 0) LockSupport.unpark(waitingCaller);
            }
        }

        private int awaitChange(int seen) {
            for (int spins = 0; ; spins++) {
                int now = generation;
                if (now != seen) return now;
                if (spins < SPINS) {
                    Thread.onSpinWait();
                    continue;
                }
                parked = true;
                if (generation == seen) LockSupport.park(Team.this);
                parked = false;
            }
        }
    }
}

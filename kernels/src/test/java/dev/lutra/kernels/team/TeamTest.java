package dev.lutra.kernels.team;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TeamTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7})
    void everyWorkerRunsEachTaskOnce(int size) {
        AtomicIntegerArray runs = new AtomicIntegerArray(size);
        int[] plain = new int[size];
        try (Team team = Team.of(size)) {
            for (int i = 0; i < 2000; i++)
                team.run((worker, workers) -> {
                    runs.incrementAndGet(worker);
                    plain[worker] += workers;
                });
        }
        for (int worker = 0; worker < size; worker++) {
            assertEquals(2000, runs.get(worker));
            assertEquals(2000 * size, plain[worker]);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 7, 100, 1000})
    void partsCoverTheRangeOnce(int count) {
        AtomicIntegerArray runs = new AtomicIntegerArray(count);
        for (int size = 1; size <= 3; size++) {
            try (Team team = Team.of(size)) {
                team.runParts(count, (worker, from, to) -> {
                    for (int i = from; i < to; i++) runs.incrementAndGet(i);
                });
            }
            for (int i = 0; i < count; i++) assertEquals(size, runs.get(i));
        }
    }

    @Test
    void tasksAfterALongPauseRunToo() throws InterruptedException {
        AtomicInteger runs = new AtomicInteger();
        try (Team team = Team.of(3)) {
            for (int i = 0; i < 5; i++) {
                Thread.sleep(20);
                team.run((worker, workers) -> runs.incrementAndGet());
            }
        }
        assertEquals(15, runs.get());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void anExceptionReachesTheCallerAndTheTeamGoesOn(int failing) {
        IllegalStateException thrown = new IllegalStateException("worker failed");
        try (Team team = Team.of(3)) {
            assertSame(
                    thrown,
                    assertThrows(
                            IllegalStateException.class,
                            () -> team.run((worker, workers) -> {
                                if (worker == failing) throw thrown;
                            })));
            AtomicInteger runs = new AtomicInteger();
            team.run((worker, workers) -> runs.incrementAndGet());
            assertEquals(3, runs.get());
        }
    }

    @Test
    void nestedAndLateTasksAreRefused() {
        Team team = Team.of(2);
        assertThrows(
                IllegalStateException.class,
                () -> team.run((worker, workers) -> {
                    if (worker == 0) team.run((w, n) -> {});
                }));
        team.close();
        team.close();
        assertThrows(IllegalStateException.class, () -> team.run((worker, workers) -> {}));
        assertThrows(IllegalArgumentException.class, () -> Team.of(0));
    }

    @Test
    void sharesCoverTheRangeEvenly() {
        for (int count : new int[] {0, 1, 31, 128, 129, 1000})
            for (int unit : new int[] {1, 4, 128})
                for (int workers = 1; workers <= 5; workers++) {
                    int next = 0;
                    for (int worker = 0; worker < workers; worker++) {
                        Share share = Share.of(count, unit, worker, workers);
                        assertEquals(next, share.from());
                        assertEquals(0, share.from() < count ? share.from() % unit : 0);
                        next = share.to();
                    }
                    assertEquals(count, next);
                }
    }
}

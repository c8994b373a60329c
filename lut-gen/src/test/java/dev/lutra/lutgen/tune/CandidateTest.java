package dev.lutra.lutgen.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class CandidateTest {
    private static final Candidate SMALL = new Candidate("quint", false, 100, 900);

    @Test
    void theFastestAtDecodingWins() {
        assertEquals(SMALL, Candidate.best(List.of(new Candidate("codes", false, 110, 10), SMALL)));
    }

    @Test
    void amongEqualsPrefillDecides() {
        Candidate codes = new Candidate("codes", true, 102, 800);
        assertEquals(codes, Candidate.best(List.of(SMALL, codes, new Candidate("five", false, 104, 1))));
        assertEquals("codes, generated", codes.label());
    }
}

package dev.lutra.kernels.ternary;

import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.activation.Int8QuantizerScalar;
import dev.lutra.kernels.activation.Int8Rows;
import dev.lutra.kernels.ffi.NativeLibrary;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * A safety net: before native kernels are used, those of the active instruction set multiply a small seeded matrix, and a set
 * whose sums differ from plain Java's is given up for the next lower one, with a warning. A compiler's mistake, or an
 * instruction that a hypervisor announces and does not do right, then costs speed instead of sense.
 */
public final class NativeCheck {
    /** More than a tile of rows, a group and a half of columns, and the batch that fills the tiles of AMX. */
    private static final int ROWS = 67, COLUMNS = 97, GROUP = 64, TOKENS = 33, SCALE = 5;

    private static final class Once {
        private static final Optional<String> FAILURE = run();
    }

    private NativeCheck() {}

    /** Why the native kernels must not be used; empty when they passed. Checks on first use. */
    public static Optional<String> failure() {
        return Once.FAILURE;
    }

    private static Optional<String> run() {
        NativeLibrary library = NativeLibrary.get();
        LinkageError missing = library.failure();
        if (missing != null) return Optional.of(String.valueOf(missing.getMessage()));
        for (String isa : library.isas().reversed()) {
            if (!library.use(isa) || passes()) {
                if (library.isa().equals(isa)) return Optional.empty();
                continue;
            }
            System.getLogger(NativeCheck.class.getName())
                    .log(
                            System.Logger.Level.WARNING,
                            "native " + isa + " kernels give wrong sums on this machine and are not used;"
                                    + " please report this with the CPU's name");
        }
        return Optional.of("native kernels give wrong sums on this machine");
    }

    /** Whether the active instruction set is right about one token and many, one digit and two. */
    static boolean passes() {
        Random random = new Random(ROWS);
        try (Arena arena = Arena.ofConfined();
                Team team = Team.of(1)) {
            for (int digits = 1; digits <= 2; digits++) {
                DigitMatrix matrix = random(digits, random, arena);
                TernaryNative linear = new TernaryNative(List.of(matrix), arena, team);
                if (!agrees(matrix, linear, digits == 1 ? 1 : TOKENS, random, arena, team)) return false;
            }
        }
        return true;
    }

    private static DigitMatrix random(int digits, Random random, Arena arena) {
        DigitMatrix matrix = DigitMatrix.allocate(ROWS, COLUMNS, digits, GROUP, arena);
        byte[] trits = new byte[digits * ROWS * COLUMNS];
        for (int i = 0; i < trits.length; i++) trits[i] = (byte) (random.nextInt(3) - 1);
        MemorySegment.copy(trits, 0, matrix.planes(), ValueLayout.JAVA_BYTE, 0, trits.length);
        matrix.groupScales().fill((byte) SCALE);
        return matrix;
    }

    private static boolean agrees(
            DigitMatrix matrix, TernaryNative linear, int tokens, Random random, Arena arena, Team team) {
        Activations x = new Activations(arena, tokens, COLUMNS, new Int8QuantizerScalar());
        FloatMatrix values = x.reset(tokens);
        for (int t = 0; t < tokens; t++) for (int k = 0; k < COLUMNS; k++) values.set(t, k, random.nextInt(-127, 128));
        MemorySegment sums = arena.allocate((long) tokens * ROWS * Integer.BYTES, FloatMatrix.ALIGNMENT);
        linear.accumulate(x, sums, team);
        Int8Rows q = x.int8(team);
        byte[] trits = matrix.planes().toArray(ValueLayout.JAVA_BYTE);
        byte[] bytes = q.values().toArray(ValueLayout.JAVA_BYTE);
        int[] actual = sums.toArray(ValueLayout.JAVA_INT);
        for (int t = 0; t < tokens; t++)
            for (int r = 0; r < ROWS; r++) {
                int sum = 0, worth = 1;
                for (int d = 0; d < matrix.digits(); d++, worth *= 3) {
                    int row = (d * ROWS + r) * COLUMNS, at = (int) q.offset(t);
                    for (int k = 0; k < COLUMNS; k++) sum += worth * trits[row + k] * bytes[at + k];
                }
                if (SCALE * sum != actual[t * ROWS + r]) return false;
            }
        return true;
    }
}

package dev.lutra.kernels.ternary;

import dev.lutra.kernels.ffi.NativeLibrary;
import dev.lutra.kernels.ffi.generated.Lutra;
import java.util.Optional;

/**
 * A safety net: before native kernels are used, those of the active instruction set multiply a small seeded matrix, and a set
 * whose sums differ from those of plain loops is given up for the next lower one, with a warning. A compiler's mistake, or an
 * instruction that a hypervisor announces and does not do right, then costs speed instead of sense.
 */
public final class NativeCheck {
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

    /** Whether the active instruction set is right about one token and many, one digit to three, in every layout. */
    static boolean passes() {
        return Lutra.lutra_check() == 1;
    }
}

package dev.lutra.kernels;

import dev.lutra.kernels.ternary.NativeCheck;
import java.util.Optional;

/** How kernels are written. */
public enum KernelKind {
    /** Plain loops: the specification, on every machine. */
    SCALAR,
    /** The JDK's Vector API; needs {@code --add-modules jdk.incubator.vector}. */
    VECTOR,
    /** The C library. */
    NATIVE;

    /** Why this process cannot run such kernels and what would help, or empty when it can. */
    public Optional<String> whyUnavailable() {
        return switch (this) {
            case SCALAR -> Optional.empty();
            case VECTOR ->
                VectorApi.isThere()
                        ? Optional.empty()
                        : Optional.of("Vector API kernels need the JVM option --add-modules jdk.incubator.vector");
            case NATIVE -> NativeCheck.failure().map(reason -> "native kernels: " + reason);
        };
    }
}

package dev.lutra.kernels;

/** How kernels are written. */
public enum KernelKind {
    /** Plain loops: the specification, on every machine. */
    SCALAR,
    /** The JDK's Vector API; needs {@code --add-modules jdk.incubator.vector}. */
    VECTOR,
    /** The C library. */
    NATIVE
}

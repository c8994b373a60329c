package dev.lutra.quant.block;

/** Whether the JVM was started with the Vector API; without it, the searches of one part do the same work, slower. */
final class VectorModule {
    static final boolean PRESENT =
            ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

    private VectorModule() {}
}

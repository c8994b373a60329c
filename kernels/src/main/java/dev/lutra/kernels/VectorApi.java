package dev.lutra.kernels;

/**
 * The JDK's Vector API, a module that a process has or has not from its start. Having it makes the start longer: with an
 * incubating module the JVM links no classes ahead of time. A launcher may leave it out and set {@link #ON_DEMAND}; it then
 * starts anew with the module when {@link Demanded} is thrown, which native kernels mostly spare it.
 */
public final class VectorApi {
    /** The system property that says so, when it is true. */
    public static final String ON_DEMAND = "lutra.vectorOnDemand";

    /** The JVM options of a process that has the module. */
    public static final String ADD_MODULES = "--add-modules=jdk.incubator.vector";

    private VectorApi() {}

    /** Whether this process has it. */
    static boolean isThere() {
        return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    }

    /** Asks for it where slower code would do its work otherwise. */
    static void demand() {
        if (!isThere() && Boolean.getBoolean(ON_DEMAND)) throw new Demanded();
    }

    /** Thrown before anything was computed by a process that needs the Vector API and was started to say so. */
    public static final class Demanded extends RuntimeException {
        private Demanded() {
            super("this takes the Vector API: start again with " + ADD_MODULES, null, false, false);
        }
    }
}

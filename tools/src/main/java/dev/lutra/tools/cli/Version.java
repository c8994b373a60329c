package dev.lutra.tools.cli;

import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints: the version of the jar and the JDK that runs it. */
public final class Version implements IVersionProvider {
    /** The version in the jar's manifest; {@code development} when classes run from a folder. */
    public static String number() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    @Override
    public String[] getVersion() {
        return new String[] {"lutra " + number() + " (Java " + Runtime.version() + ")"};
    }
}

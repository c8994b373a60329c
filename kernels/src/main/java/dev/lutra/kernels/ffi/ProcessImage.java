package dev.lutra.kernels.ffi;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;

/** Lets another program take this process's place, with the same process id, files and terminal: POSIX's execv. */
public final class ProcessImage {
    private ProcessImage() {}

    /**
     * Does not return.
     *
     * @param command path of the program and its arguments
     * @throws UnsupportedOperationException when the system has no such thing, or cannot start the program
     */
    @SuppressWarnings("restricted") // a function of the C library, called as it is declared
    public static void replace(List<String> command) {
        Linker linker = Linker.nativeLinker();
        MemorySegment function = linker.defaultLookup()
                .find("execv")
                .orElseThrow(() -> new UnsupportedOperationException("a process cannot be replaced on this system"));
        MethodHandle execv = linker.downcallHandle(
                function, FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment strings = arena.allocate(ValueLayout.ADDRESS, command.size() + 1L);
            for (int i = 0; i < command.size(); i++)
                strings.setAtIndex(ValueLayout.ADDRESS, i, arena.allocateFrom(command.get(i)));
            int failed = (int) execv.invokeExact(strings.getAtIndex(ValueLayout.ADDRESS, 0), strings);
            throw new UnsupportedOperationException("cannot start " + command.getFirst() + ": execv gave " + failed);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}

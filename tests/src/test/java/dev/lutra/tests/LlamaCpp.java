package dev.lutra.tests;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;

/**
 * llama.cpp's C interface in the library that the Maven artifact de.kherud:llama carries, as a foreign reader of our files.
 * Parameter structures are taken from llama.cpp's own defaults and handed back untouched, so their fields need not be known;
 * the layout below is only larger than they are.
 */
@SuppressWarnings("restricted")
final class LlamaCpp implements AutoCloseable {
    private static final MemoryLayout PARAMETERS =
            MemoryLayout.structLayout(MemoryLayout.sequenceLayout(64, JAVA_LONG));
    /** llama_batch: a count and six pointers. */
    private static final MemoryLayout BATCH = MemoryLayout.structLayout(MemoryLayout.sequenceLayout(7, JAVA_LONG));

    /** The last of them: which tokens' logits are wanted, a byte each. */
    private static final long BATCH_LOGITS = 6 * Long.BYTES;

    private final Arena arena = Arena.ofShared();
    private final SymbolLookup library;
    private final MemorySegment model;
    private final MemorySegment context;

    /** Whether the artifact has a library for this machine. */
    static boolean isAvailable() {
        return LlamaCpp.class.getResource(resource()) != null;
    }

    private static String resource() {
        String os = System.getProperty("os.name").startsWith("Mac") ? "Mac" : "Linux";
        String arch = System.getProperty("os.arch").equals("amd64") ? "x86_64" : System.getProperty("os.arch");
        return "/de/kherud/llama/" + os + "/" + arch + (os.equals("Mac") ? "/libjllama.dylib" : "/libjllama.so");
    }

    LlamaCpp(Path file) throws IOException {
        library = SymbolLookup.libraryLookup(extracted(), arena);
        mute();
        call("llama_backend_init", FunctionDescriptor.ofVoid());
        MemorySegment modelParameters =
                (MemorySegment) callStruct("llama_model_default_params", FunctionDescriptor.of(PARAMETERS));
        model = (MemorySegment) call(
                "llama_model_load_from_file",
                FunctionDescriptor.of(ADDRESS, ADDRESS, PARAMETERS),
                arena.allocateFrom(file.toString()),
                modelParameters);
        if (model.address() == 0) throw new AssertionError("llama.cpp does not load " + file);
        MemorySegment contextParameters =
                (MemorySegment) callStruct("llama_context_default_params", FunctionDescriptor.of(PARAMETERS));
        context = (MemorySegment) call(
                "llama_init_from_model", FunctionDescriptor.of(ADDRESS, ADDRESS, PARAMETERS), model, contextParameters);
        if (context.address() == 0) throw new AssertionError("llama.cpp makes no context for " + file);
    }

    private static Path extracted() throws IOException {
        Path file = Path.of("target", "llama.cpp", "libjllama.so").toAbsolutePath();
        if (!Files.isRegularFile(file)) {
            Files.createDirectories(file.getParent());
            Path part = Files.createTempFile(file.getParent(), "lib", ".part");
            try (InputStream in = LlamaCpp.class.getResourceAsStream(resource())) {
                if (in == null) throw new AssertionError("no library for this machine");
                Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
            }
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        }
        return file;
    }

    /** Logits after the last of {@code tokens}. */
    float[] logits(int[] tokens, int vocabulary) {
        MemorySegment batch = (MemorySegment) callStruct(
                "llama_batch_get_one",
                FunctionDescriptor.of(BATCH, ADDRESS, JAVA_INT),
                arena.allocateFrom(JAVA_INT, tokens),
                tokens.length);
        int status = (int) call("llama_decode", FunctionDescriptor.of(JAVA_INT, ADDRESS, BATCH), context, batch);
        if (status != 0) throw new AssertionError("llama_decode ended with " + status);
        MemorySegment logits = (MemorySegment)
                call("llama_get_logits_ith", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT), context, -1);
        return logits.reinterpret((long) vocabulary * Float.BYTES).toArray(JAVA_FLOAT);
    }

    /**
     * Mean negative log-likelihood of a token, in nats: each chunk read alone, every position but its first.
     *
     * @param context tokens of a chunk, at most 512
     */
    double nll(int[] ids, int context, int chunks, int vocabulary) {
        // One thread: on a busy machine the library's threads spend their time waiting for one another.
        call("llama_set_n_threads", FunctionDescriptor.ofVoid(ADDRESS, JAVA_INT, JAVA_INT), this.context, 1, 1);
        MemorySegment wanted = arena.allocate(context).fill((byte) 1);
        double sum = 0;
        for (int chunk = 0; chunk < chunks; chunk++) {
            call("llama_kv_self_clear", FunctionDescriptor.ofVoid(ADDRESS), this.context);
            int[] tokens = Arrays.copyOfRange(ids, chunk * context, (chunk + 1) * context);
            MemorySegment batch = (MemorySegment) callStruct(
                    "llama_batch_get_one",
                    FunctionDescriptor.of(BATCH, ADDRESS, JAVA_INT),
                    arena.allocateFrom(JAVA_INT, tokens),
                    tokens.length);
            batch.set(ADDRESS, BATCH_LOGITS, wanted);
            int status =
                    (int) call("llama_decode", FunctionDescriptor.of(JAVA_INT, ADDRESS, BATCH), this.context, batch);
            if (status != 0) throw new AssertionError("llama_decode ended with " + status);
            MemorySegment logits =
                    (MemorySegment) call("llama_get_logits", FunctionDescriptor.of(ADDRESS, ADDRESS), this.context);
            MemorySegment rows = logits.reinterpret((long) context * vocabulary * Float.BYTES);
            for (int i = 0; i + 1 < context; i++)
                sum += nll(
                        rows.asSlice((long) i * vocabulary * Float.BYTES, (long) vocabulary * Float.BYTES),
                        tokens[i + 1]);
        }
        return sum / ((double) chunks * (context - 1));
    }

    private static double nll(MemorySegment row, int token) {
        float[] logits = row.toArray(JAVA_FLOAT);
        float largest = logits[0];
        for (float logit : logits) largest = Math.max(largest, logit);
        double sum = 0;
        for (float logit : logits) sum += Math.exp(logit - largest);
        return largest + Math.log(sum) - logits[token];
    }

    private Object call(String name, FunctionDescriptor descriptor, Object... arguments) {
        try {
            MethodHandle function = Linker.nativeLinker().downcallHandle(library.findOrThrow(name), descriptor);
            return function.invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new AssertionError(name, e);
        }
    }

    /** A call whose result is a structure, which lives as long as this object. */
    private Object callStruct(String name, FunctionDescriptor descriptor, Object... arguments) {
        Object[] all = new Object[arguments.length + 1];
        all[0] = (SegmentAllocator) arena;
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return call(name, descriptor, all);
    }

    private void mute() {
        try {
            MethodHandle nothing = MethodHandles.empty(
                    MethodType.methodType(void.class, int.class, MemorySegment.class, MemorySegment.class));
            MemorySegment stub = Linker.nativeLinker()
                    .upcallStub(nothing, FunctionDescriptor.ofVoid(JAVA_INT, ADDRESS, ADDRESS), Arena.global());
            call("llama_log_set", FunctionDescriptor.ofVoid(ADDRESS, ADDRESS), stub, MemorySegment.NULL);
        } catch (IllegalArgumentException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        call("llama_free", FunctionDescriptor.ofVoid(ADDRESS), context);
        call("llama_model_free", FunctionDescriptor.ofVoid(ADDRESS), model);
        arena.close();
    }
}

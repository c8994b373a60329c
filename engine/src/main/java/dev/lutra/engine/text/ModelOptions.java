package dev.lutra.engine.text;

import dev.lutra.engine.tokenizer.PreTokenizer;
import dev.lutra.kernels.KernelKind;
import dev.lutra.kernels.TernaryTuning;
import dev.lutra.quant.ternary.I2sLayout;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How a model is opened.
 *
 * @param kernels the kind of kernels, null for the fastest that this process can run
 * @param threads workers, the caller included
 * @param i2sLayout order of the trits in I2_S tensors, which files do not tell
 * @param floatActivations whether quantized weights are decoded to float32 and multiplied by unrounded activations: slower
 *     and larger, the reference that kernels are judged by
 * @param preTokenizer how text is split, null for what the file says
 * @param tuning which kernels were measured to be fastest for which matrix
 * @param warnings takes lines for the user
 */
public record ModelOptions(
        @Nullable KernelKind kernels,
        int threads,
        I2sLayout i2sLayout,
        boolean floatActivations,
        @Nullable PreTokenizer preTokenizer,
        TernaryTuning tuning,
        Consumer<String> warnings) {
    /** The fastest kernels on {@code threads} threads. */
    public static ModelOptions threads(int threads) {
        return new ModelOptions(null, threads, I2sLayout.X86, false, null, TernaryTuning.NONE, warning -> {});
    }

    /** The same with kernels of {@code kind}. */
    public ModelOptions withKernels(KernelKind kind) {
        return new ModelOptions(kind, threads, i2sLayout, floatActivations, preTokenizer, tuning, warnings);
    }

    /** The same with the choices of {@code measured}. */
    public ModelOptions withTuning(TernaryTuning measured) {
        return new ModelOptions(kernels, threads, i2sLayout, floatActivations, preTokenizer, measured, warnings);
    }

    /** The same with quantized weights multiplied in float32. */
    public ModelOptions withFloatActivations() {
        return new ModelOptions(kernels, threads, i2sLayout, true, preTokenizer, tuning, warnings);
    }
}

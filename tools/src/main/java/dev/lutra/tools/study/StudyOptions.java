package dev.lutra.tools.study;

import dev.lutra.quant.imatrix.ImportanceMatrix;
import dev.lutra.quant.mix.TypeOverrides;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How a study is made.
 *
 * @param test ids of the text on which models are compared, scored in {@code chunks} chunks of {@code context}
 * @param context tokens of a chunk
 * @param chunks at least 1
 * @param importance mean squared activations, null for none
 * @param calibration ids of the texts, {@code calibrationLength} tokens each, that digits are fitted to; null for none
 * @param calibrationLength tokens of a calibration text
 * @param overrides types of single tensors and of the embedding, in every format
 * @param prompt begins the sample
 * @param sampleTokens length of the sample
 * @param kernels whether files are run by the product's kernels, which round activations to int8, instead of the reference
 * @param folder for files, existing
 * @param keepFiles whether every format's file stays there
 */
public record StudyOptions(
        int[] test,
        int context,
        int chunks,
        @Nullable ImportanceMatrix importance,
        int @Nullable [] calibration,
        int calibrationLength,
        TypeOverrides overrides,
        int[] prompt,
        int sampleTokens,
        boolean kernels,
        Path folder,
        boolean keepFiles) {}

package dev.lutra.tools.study;

import dev.lutra.gguf.type.DigitType;
import dev.lutra.gguf.type.GgmlType;
import dev.lutra.gguf.type.TensorType;
import dev.lutra.quant.RowCodec;
import dev.lutra.quant.codec.RowCodecs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * One row of the table.
 *
 * @param importance whether quantizers know the importance matrix
 */
public record StudyCase(StudyFormat format, boolean importance) {
    /** What {@link #data} says of calibrated formats. */
    public static final String CALIBRATION = "calibration";

    /** Cases for {@code formats}: each as it is and, if there is an importance matrix and it makes a difference, with that. */
    static List<StudyCase> of(List<StudyFormat> formats, boolean importance) {
        List<StudyCase> cases = new ArrayList<>();
        for (StudyFormat format : formats) {
            cases.add(new StudyCase(format, false));
            if (importance && usesImportance(format)) cases.add(new StudyCase(format, true));
        }
        return cases;
    }

    /** What the quantizer knew of the model's activations. */
    String data() {
        return switch (format) {
            case StudyFormat.Calibrated calibrated -> CALIBRATION;
            case StudyFormat.DigitMixture mixture -> CALIBRATION;
            default -> importance ? "importance" : "none";
        };
    }

    private static boolean usesImportance(StudyFormat format) {
        return switch (format) {
            case StudyFormat.Uniform uniform -> usesImportance(uniform.type());
            case StudyFormat.Mixture mixture ->
                usesImportance(mixture.fileType().base());
            default -> false;
        };
    }

    private static boolean usesImportance(TensorType type) {
        if (type instanceof DigitType) return true;
        return type instanceof GgmlType ggml
                && RowCodecs.find(ggml).map(StudyCase::usesImportance).orElse(false);
    }

    /** Whether a block comes out differently when some columns matter more. */
    private static boolean usesImportance(RowCodec codec) {
        int columns = codec.type().blockLength() * 2;
        float[] row = new float[columns], importance = new float[columns];
        Random random = new Random(1);
        for (int i = 0; i < columns; i++) {
            row[i] = (float) random.nextGaussian();
            importance[i] = (float) Math.exp(2 * random.nextGaussian());
        }
        try (Arena arena = Arena.ofConfined()) {
            long bytes = codec.type().byteSize(columns, 1).orElseThrow();
            MemorySegment plain = arena.allocate(bytes, Long.BYTES), weighed = arena.allocate(bytes, Long.BYTES);
            codec.encode(row, 0, columns, null, plain, 0);
            codec.encode(row, 0, columns, importance, weighed, 0);
            for (long i = 0; i < bytes; i++)
                if (plain.get(ValueLayout.JAVA_BYTE, i) != weighed.get(ValueLayout.JAVA_BYTE, i)) return true;
        }
        return false;
    }
}

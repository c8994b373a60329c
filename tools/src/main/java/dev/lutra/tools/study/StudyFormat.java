package dev.lutra.tools.study;

import dev.lutra.gguf.type.DigitType;
import dev.lutra.gguf.type.GgmlType;
import dev.lutra.gguf.type.TensorType;
import dev.lutra.gguf.type.TensorTypes;
import dev.lutra.quant.analysis.AnalysisFormat;
import dev.lutra.quant.codec.RowCodecs;
import dev.lutra.quant.mix.FileType;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What is done to a model's projections. */
public sealed interface StudyFormat {
    /** One type for all projections, or what stands in for it where its blocks do not divide the rows. */
    record Uniform(TensorType type) implements StudyFormat {
        @Override
        public String label() {
            return type.label();
        }
    }

    /** The types that llama.cpp's mixture gives them. */
    record Mixture(FileType fileType) implements StudyFormat {
        @Override
        public String label() {
            String name = fileType.label();
            return TensorTypes.byName(name).isPresent() ? name + MIX : name;
        }
    }

    /** Ternary digits, fitted to what the layers read. */
    record Calibrated(DigitType type) implements StudyFormat {
        @Override
        public String label() {
            return type.label() + CALIBRATED;
        }
    }

    /** Two digits, three digits and Q8_0 by measured damage, fitted, at most {@code bits} per weight. */
    record DigitMixture(double bits) implements StudyFormat {
        @Override
        public String label() {
            return String.format(Locale.ROOT, "%s%.2f", DIGITS_AT, bits);
        }
    }

    /** A format that no file holds. */
    record Analysis(AnalysisFormat format) implements StudyFormat {
        @Override
        public String label() {
            return format.label();
        }
    }

    /** Ends the name of a mixture that is called like a type: {@code q2_k} is the type, {@code q2_k_mix} the mixture. */
    String MIX = "_mix";

    /** Ends the name of calibrated digits. */
    String CALIBRATED = "_calibrated";

    /** Begins the name of a mixture of digits: {@code digits@4.50}. */
    String DIGITS_AT = "digits@";

    /** What users write and tables show. */
    String label();

    /** What kind of format it is. */
    default String family() {
        return switch (this) {
            case Uniform uniform -> uniform.type() instanceof DigitType ? "ternary digits" : "types";
            case Mixture mixture -> "mixtures";
            case Calibrated calibrated -> "ternary digits";
            case DigitMixture mixture -> "ternary digits";
            case Analysis analysis -> "for analysis";
        };
    }

    /**
     * Every format there is, most bits first in each group: types, mixtures, formats for analysis, ternary digits. TL1 and I2_S
     * are left out as they hold the very trits of TL2, and mixtures that are one type throughout.
     */
    static List<StudyFormat> all() {
        List<StudyFormat> formats = new ArrayList<>();
        for (GgmlType type : TYPES) formats.add(new Uniform(type));
        for (FileType type : MIXTURES) formats.add(new Mixture(type));
        for (AnalysisFormat format : AnalysisFormat.ALL) formats.add(new Analysis(format));
        formats.add(new Uniform(GgmlType.TL2));
        for (int digits = 3; digits >= 1; digits--)
            formats.add(new Uniform(new DigitType(digits, DigitType.DEFAULT_GROUP)));
        for (int digits = 3; digits >= 1; digits--)
            formats.add(new Calibrated(new DigitType(digits, DigitType.DEFAULT_GROUP)));
        return formats;
    }

    /** The types that are encoded row by row. */
    List<GgmlType> TYPES = List.of(
            GgmlType.F16,
            GgmlType.BF16,
            GgmlType.Q8_0,
            GgmlType.Q6_K,
            GgmlType.Q5_1,
            GgmlType.Q5_K,
            GgmlType.Q5_0,
            GgmlType.Q4_1,
            GgmlType.Q4_K,
            GgmlType.Q4_0,
            GgmlType.IQ4_NL,
            GgmlType.IQ4_XS,
            GgmlType.MXFP4,
            GgmlType.Q3_K,
            GgmlType.Q2_K,
            GgmlType.Q2_0,
            GgmlType.TQ2_0,
            GgmlType.IQ2_BN,
            GgmlType.TQ1_0,
            GgmlType.IQ1_BN,
            GgmlType.Q1_0);

    /** The mixtures that are not one type throughout. */
    Set<FileType> MIXTURES = EnumSet.of(
            FileType.Q5_K_M,
            FileType.Q4_K_M,
            FileType.Q4_K_S,
            FileType.IQ4_XS,
            FileType.Q3_K_L,
            FileType.Q3_K_M,
            FileType.Q2_K);

    /**
     * The format that a user calls {@code name}, in any letter case.
     *
     * @throws IllegalArgumentException when there is none
     */
    static StudyFormat byName(String name) {
        String lower = name.trim().toLowerCase(Locale.ROOT);
        if (lower.startsWith(DIGITS_AT)) return digitMixture(lower.substring(DIGITS_AT.length()), name);
        boolean calibrated = lower.endsWith(CALIBRATED), mixture = lower.endsWith(MIX);
        String stem = lower;
        if (calibrated) stem = lower.substring(0, lower.length() - CALIBRATED.length());
        if (mixture) stem = lower.substring(0, lower.length() - MIX.length());
        TensorType type = TensorTypes.byName(stem).orElse(null);
        if (type instanceof DigitType digits) return calibrated ? new Calibrated(digits) : new Uniform(digits);
        if (!calibrated && !mixture && type instanceof GgmlType ggml && isEncoded(ggml)) return new Uniform(ggml);
        if (!calibrated && AnalysisFormat.byLabel(stem).isPresent())
            return new Analysis(AnalysisFormat.byLabel(stem).get());
        if (calibrated || FileType.byName(stem).isEmpty())
            throw new IllegalArgumentException("no format to study is called '" + name + "'; known are " + names());
        return new Mixture(FileType.byName(stem).get());
    }

    private static StudyFormat digitMixture(String bits, String name) {
        try {
            double value = Double.parseDouble(bits);
            if (value > 0 && value < 16) return new DigitMixture(value);
        } catch (NumberFormatException e) {
            // told below
        }
        throw new IllegalArgumentException("'" + name + "' names no bits per weight; write it like digits@4.5");
    }

    private static boolean isEncoded(GgmlType type) {
        return type.isWholeTensorTernary() || RowCodecs.find(type).isPresent();
    }

    /** All names, for messages and help. */
    static String names() {
        return String.join(", ", all().stream().map(StudyFormat::label).toList()) + ", digits@BITS";
    }
}

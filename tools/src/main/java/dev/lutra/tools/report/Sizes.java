package dev.lutra.tools.report;

import java.util.Locale;

/** Byte counts and counts of parameters, in words and back. */
public final class Sizes {
    private static final String[] BYTE_UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

    private Sizes() {}

    /** {@code 1536} as {@code 1.50 KiB}. */
    public static String bytes(long count) {
        double value = count;
        int unit = 0;
        while (value >= 1024 && unit < BYTE_UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        return unit == 0 ? count + " B" : String.format(Locale.ROOT, "%.2f %s", value, BYTE_UNITS[unit]);
    }

    /** {@code 494032768} as {@code 494.03 M}, the way llama-bench counts parameters. */
    public static String count(long count) {
        if (count >= 1_000_000_000) return String.format(Locale.ROOT, "%.2f B", count / 1e9);
        if (count >= 1_000_000) return String.format(Locale.ROOT, "%.2f M", count / 1e6);
        return Long.toString(count);
    }

    /** Seconds as {@code 1 h 02 min}, {@code 3 min 20 s} or {@code 12 s}. */
    public static String duration(double seconds) {
        long whole = Math.round(seconds);
        if (whole >= 3600) return String.format(Locale.ROOT, "%d h %02d min", whole / 3600, whole / 60 % 60);
        if (whole >= 60) return String.format(Locale.ROOT, "%d min %02d s", whole / 60, whole % 60);
        return seconds < 10 ? String.format(Locale.ROOT, "%.1f s", seconds) : whole + " s";
    }

    /**
     * A size as users write it for {@code --split-max-size}: a number with an optional K, M or G, powers of 1000 as in
     * llama.cpp's gguf-split.
     */
    public static long parse(String text) {
        String trimmed = text.trim().toUpperCase(Locale.ROOT);
        long unit = switch (trimmed.isEmpty() ? ' ' : trimmed.charAt(trimmed.length() - 1)) {
            case 'K' -> 1_000L;
            case 'M' -> 1_000_000L;
            case 'G' -> 1_000_000_000L;
            default -> 1L;
        };
        String digits = unit == 1 ? trimmed : trimmed.substring(0, trimmed.length() - 1);
        try {
            long size = Math.multiplyExact(Long.parseLong(digits.trim()), unit);
            if (size > 0) return size;
        } catch (ArithmeticException | NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "' is no size; write a number with K, M or G: 2G", e);
        }
        throw new IllegalArgumentException("a size must be positive, not '" + text + "'");
    }
}

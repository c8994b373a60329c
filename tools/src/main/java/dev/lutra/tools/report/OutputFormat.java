package dev.lutra.tools.report;

/** How a table is written: {@code -o}. */
public enum OutputFormat {
    /** Columns aligned with spaces, for a terminal. */
    text,
    /** A Markdown table. */
    md,
    /** One JSON array of objects. */
    json,
    /** One JSON object per line. */
    jsonl,
    /** Comma-separated values with a header line (RFC 4180). */
    csv
}

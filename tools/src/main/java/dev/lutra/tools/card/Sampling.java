package dev.lutra.tools.card;

import dev.lutra.gguf.metadata.MetadataBuilder;
import dev.lutra.gguf.metadata.MetadataValue;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** The sampling that a checkpoint recommends in generation_config.json, as {@code general.sampling.*}: llama.cpp's tools obey it. */
enum Sampling {
    SEQUENCE("sequence", Kind.TEXT),
    TOP_K("top_k", Kind.WHOLE),
    TOP_P("top_p", Kind.REAL),
    MIN_P("min_p", Kind.REAL),
    XTC_PROBABILITY("xtc_probability", Kind.REAL),
    XTC_THRESHOLD("xtc_threshold", Kind.REAL),
    TEMP("temperature", Kind.REAL),
    PENALTY_LAST_N("penalty_last_n", Kind.WHOLE),
    PENALTY_REPEAT("penalty_repeat", Kind.REAL),
    MIROSTAT("mirostat", Kind.WHOLE),
    MIROSTAT_TAU("mirostat_tau", Kind.REAL),
    MIROSTAT_ETA("mirostat_eta", Kind.REAL);

    private enum Kind {
        TEXT,
        WHOLE,
        REAL
    }

    private final String field;
    private final Kind kind;

    Sampling(String field, Kind kind) {
        this.field = field;
        this.kind = kind;
    }

    private String key() {
        return "general.sampling." + name().toLowerCase(Locale.ROOT);
    }

    /** Adds a key for every field of {@code generation} that has a value of its kind. */
    static void write(JsonNode generation, MetadataBuilder metadata) {
        for (Sampling parameter : values()) parameter.writeOne(generation.path(parameter.field), metadata);
    }

    private void writeOne(JsonNode value, MetadataBuilder metadata) {
        switch (kind) {
            case TEXT -> {
                if (value.isString()) metadata.string(key(), value.stringValue());
            }
            case WHOLE -> {
                if (value.isIntegralNumber() && value.canConvertToInt())
                    metadata.put(key(), MetadataValue.i32(value.intValue()));
            }
            case REAL -> {
                if (value.isNumber() && Float.isFinite(value.floatValue())) metadata.f32(key(), value.floatValue());
            }
        }
    }
}

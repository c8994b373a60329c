package dev.lutra.engine.tokenizer;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The ids that a model names by role, in the order in which they were named (the order of their keys in a GGUF).
 *
 * @param ids id of each role that has one
 */
public record SpecialIds(Map<Role, Integer> ids) {
    /** The roles that GGUF has keys for. */
    public enum Role {
        BOS("bos", "tokenizer.ggml.bos_token_id"),
        EOS("eos", "tokenizer.ggml.eos_token_id"),
        UNKNOWN("unk", "tokenizer.ggml.unknown_token_id"),
        /** GGUF spells it so. */
        SEPARATOR("sep", "tokenizer.ggml.seperator_token_id"),
        PADDING("pad", "tokenizer.ggml.padding_token_id"),
        CLASSIFIER("cls", "tokenizer.ggml.cls_token_id"),
        MASK("mask", "tokenizer.ggml.mask_token_id"),
        END_OF_TURN("eot", "tokenizer.ggml.eot_token_id"),
        END_OF_MESSAGE("eom", "tokenizer.ggml.eom_token_id");

        private final String prefix;
        private final String ggufKey;

        Role(String prefix, String ggufKey) {
            this.prefix = prefix;
            this.ggufKey = ggufKey;
        }

        /** The stem of Hugging Face's keys: {@code eos} of {@code eos_token} and {@code eos_token_id}. */
        public String prefix() {
            return prefix;
        }

        public String ggufKey() {
            return ggufKey;
        }
    }

    public SpecialIds {
        ids = Collections.unmodifiableMap(new LinkedHashMap<>(ids));
    }

    public OptionalInt id(Role role) {
        Integer id = ids.get(role);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }
}

package dev.lutra.gguf.names;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Matrices over the same input that a repacked file stores as one, their rows one behind the other. */
public enum StackedTensor {
    QUERY_KEY_VALUE("attn_qkv.weight", List.of("attn_q.weight", "attn_k.weight", "attn_v.weight")),
    GATE_UP("ffn_gate_up.weight", List.of("ffn_gate.weight", "ffn_up.weight"));

    private final String suffix;
    private final List<String> parts;

    StackedTensor(String suffix, List<String> parts) {
        this.suffix = suffix;
        this.parts = parts;
    }

    /** The name of the whole in the layer of {@code prefix}, such as {@code blk.3.}. */
    public String name(String prefix) {
        return prefix + suffix;
    }

    /** The names of the parts in that layer, first rows first. */
    public List<String> parts(String prefix) {
        return parts.stream().map(part -> prefix + part).toList();
    }

    /** What a tensor called {@code name} is a part of. */
    public static Optional<StackedTensor> ofPart(String name) {
        return Arrays.stream(values())
                .filter(stack -> stack.parts.stream().anyMatch(part -> name.equals(prefix(name) + part)))
                .findFirst();
    }

    /** {@code blk.3.} of {@code blk.3.attn_q.weight}; empty for a tensor of no layer. */
    public static String prefix(String name) {
        if (!name.startsWith("blk.")) return "";
        int dot = name.indexOf('.', 4);
        return dot < 0 ? "" : name.substring(0, dot + 1);
    }
}

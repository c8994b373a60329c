package dev.lutra.tools.study;

import dev.lutra.quant.RelativeError;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Relative errors of a model's projections by what they are for, and of all together. */
final class ErrorsByKind {
    /** The kinds, as tables call them, in the order of a layer. */
    static final List<String> KINDS = List.of("q", "k", "v", "o", "gate", "up", "down", "all");

    private static final String ALL = KINDS.getLast();

    private final Map<String, RelativeError> errors = new LinkedHashMap<>();

    /** Adds what a tensor's windows gathered, in their order. */
    void add(String tensor, RelativeError[] windows) {
        for (RelativeError window : windows) {
            errors.computeIfAbsent(kind(tensor), kind -> new RelativeError()).add(window);
            errors.computeIfAbsent(ALL, kind -> new RelativeError()).add(window);
        }
    }

    private static String kind(String tensor) {
        String stem = tensor.substring(tensor.indexOf('.', 4) + 1);
        return switch (stem) {
            case "attn_q.weight" -> "q";
            case "attn_k.weight" -> "k";
            case "attn_v.weight" -> "v";
            case "attn_output.weight" -> "o";
            case "ffn_gate.weight", "ffn_gate_exps.weight", "ffn_gate_shexp.weight" -> "gate";
            case "ffn_up.weight", "ffn_up_exps.weight", "ffn_up_shexp.weight" -> "up";
            case "ffn_down.weight", "ffn_down_exps.weight", "ffn_down_shexp.weight" -> "down";
            default -> "other";
        };
    }

    /** {@code |w - w'| / |w|} by kind. */
    Map<String, Double> values() {
        Map<String, Double> values = new LinkedHashMap<>();
        errors.forEach((kind, error) -> values.put(kind, error.value()));
        return values;
    }
}

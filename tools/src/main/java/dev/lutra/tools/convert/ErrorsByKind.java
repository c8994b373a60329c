package dev.lutra.tools.convert;

import dev.lutra.gguf.names.TensorKind;
import dev.lutra.quant.RelativeError;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Relative errors of a model's projections by what they are for, and of all together. */
public final class ErrorsByKind {
    /** The kinds, as tables call them, in the order of a layer. */
    public static final List<String> KINDS = List.of("q", "k", "v", "o", "gate", "up", "down", "all");

    private static final String ALL = KINDS.getLast();

    private final Map<String, RelativeError> errors = new LinkedHashMap<>();

    /**
     * What a conversion reported: tensors weigh by their number of weights, since their sizes are not told. Tensors whose error
     * was not measured are left out.
     */
    public static ErrorsByKind of(List<TensorReport> tensors) {
        ErrorsByKind errors = new ErrorsByKind();
        for (TensorReport tensor : tensors) {
            if (tensor.kind() != TensorKind.PROJECTION || Double.isNaN(tensor.relativeError())) continue;
            for (String kind : List.of(kind(tensor.name()), ALL))
                errors.of(kind).add(tensor.relativeError(), tensor.elements());
        }
        return errors;
    }

    /** Adds what a tensor's windows gathered, in their order. */
    public void add(String tensor, RelativeError[] windows) {
        for (RelativeError window : windows) {
            of(kind(tensor)).add(window);
            of(ALL).add(window);
        }
    }

    private RelativeError of(String kind) {
        return errors.computeIfAbsent(kind, key -> new RelativeError());
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
    public Map<String, Double> values() {
        Map<String, Double> values = new LinkedHashMap<>();
        errors.forEach((kind, error) -> values.put(kind, error.value()));
        return values;
    }
}

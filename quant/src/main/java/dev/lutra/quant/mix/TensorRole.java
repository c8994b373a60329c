package dev.lutra.quant.mix;

import java.util.List;

/** What a tensor does, as far as the rules care, told from its name as llama.cpp does. */
enum TensorRole {
    TOKEN_EMBEDDING,
    OUTPUT,
    QUERY,
    KEY,
    /** Values, alone or fused with queries and keys: where quantization hurts most. */
    VALUE,
    ATTENTION_OUTPUT,
    FEED_FORWARD_DOWN,
    OTHER;

    /** Matrices that stay as they are: small, or read by code that wants floats. */
    private static final List<String> NEVER_QUANTIZED = List.of(
            "_norm.weight",
            "ffn_gate_inp.weight",
            "ffn_gate_tid2eid.weight",
            "altup",
            "laurel",
            "per_layer_model_proj",
            "ssm_conv1d",
            "shortconv.conv.weight",
            "indexer.k_proj.weight",
            "indexer.q_proj.weight",
            "time_mix_first.weight",
            "time_mix_w0.weight",
            "time_mix_w1.weight",
            "time_mix_w2.weight",
            "time_mix_v0.weight",
            "time_mix_v1.weight",
            "time_mix_v2.weight",
            "time_mix_a0.weight",
            "time_mix_a1.weight",
            "time_mix_a2.weight",
            "time_mix_g1.weight",
            "time_mix_g2.weight",
            "time_mix_decay_w1.weight",
            "time_mix_decay_w2.weight",
            "time_mix_lerp_fused.weight",
            "attn_rel_b.weight",
            ".position_embd",
            ".rel_pos",
            ".patch_embd",
            ".patch_merger");

    static TensorRole of(String name) {
        if (name.equals("output.weight")) return OUTPUT;
        if (name.equals("token_embd.weight") || name.equals("per_layer_token_embd.weight")) return TOKEN_EMBEDDING;
        if (name.contains("attn_qkv.weight") || name.contains("attn_kv_b.weight") || name.contains("attn_v.weight"))
            return VALUE;
        if (name.contains("attn_k.weight")) return KEY;
        if (name.contains("attn_q.weight")) return QUERY;
        if (name.contains("attn_output.weight")) return ATTENTION_OUTPUT;
        if (name.contains("ffn_down")) return FEED_FORWARD_DOWN;
        return OTHER;
    }

    /** Whether a tensor may be anything but floats. */
    static boolean isQuantizable(TensorShape tensor) {
        String name = tensor.name();
        return tensor.isMatrix()
                && name.endsWith("weight")
                && !name.equals("position_embd.weight")
                && !name.equals("token_types.weight")
                && NEVER_QUANTIZED.stream().noneMatch(name::contains);
    }
}

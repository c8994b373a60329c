package dev.lutra.tools.dummy;

import dev.lutra.engine.tokenizer.AddedToken;
import dev.lutra.engine.tokenizer.TokenType;
import dev.lutra.engine.tokenizer.TokenizerData;
import dev.lutra.gguf.model.Architecture;
import dev.lutra.gguf.model.Experts;
import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.gguf.model.RopeScaling;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The JSON files of a Hugging Face checkpoint that stand beside its weights. */
final class CheckpointFiles {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private CheckpointFiles() {}

    /** config.json, with the keys that transformers reads. */
    static ObjectNode config(ModelConfig config) {
        Architecture family = config.architecture();
        ObjectNode root = JSON.createObjectNode();
        root.putArray("architectures").add(family.className());
        root.put("model_type", family.modelType());
        root.put("hidden_act", family == Architecture.BITNET ? "relu2" : "silu");
        root.put("hidden_size", config.hidden());
        root.put("intermediate_size", config.feedForward());
        root.put("num_hidden_layers", config.layers());
        root.put("num_attention_heads", config.heads());
        root.put("num_key_value_heads", config.kvHeads());
        root.put("head_dim", config.headDim());
        root.put("vocab_size", config.vocabulary());
        root.put("tie_word_embeddings", config.tied());
        root.put("max_position_embeddings", config.context());
        root.put("rope_theta", config.ropeTheta());
        // A float's own decimal digits: 1e-6 and not the double nearest to the float.
        root.put("rms_norm_eps", Double.parseDouble(Float.toString(config.rmsNormEps())));
        root.put("torch_dtype", "bfloat16");
        root.put("use_sliding_window", false);
        root.put("eos_token_id", ByteVocabulary.END_OF_TURN);
        root.put("pad_token_id", ByteVocabulary.END_OF_TEXT);
        RopeScaling scaling = config.ropeScaling();
        if (scaling != null) {
            ObjectNode node = root.putObject("rope_scaling");
            node.put("rope_type", scaling.type());
            node.put("factor", scaling.factor());
            if (scaling.originalContext() > 0) node.put("original_max_position_embeddings", scaling.originalContext());
        }
        Experts experts = config.experts();
        if (experts != null) {
            root.put("num_experts", experts.count());
            root.put("num_experts_per_tok", experts.used());
            root.put("moe_intermediate_size", experts.feedForward());
            root.put("shared_expert_intermediate_size", experts.sharedFeedForward());
            root.put("norm_topk_prob", experts.normalized());
            root.put("decoder_sparse_step", 1);
        }
        return root;
    }

    /** tokenizer.json; ids without a token are left out, as in Qwen's own. */
    static ObjectNode tokenizer(TokenizerData data) {
        ObjectNode root = JSON.createObjectNode();
        root.put("version", "1.0");
        root.putNull("truncation").putNull("padding");
        ArrayNode added = root.putArray("added_tokens");
        for (AddedToken token : data.addedTokens()) added.add(addedToken(token).put("id", token.id()));
        root.putObject("normalizer").put("type", data.normalization().name());
        ArrayNode steps =
                root.putObject("pre_tokenizer").put("type", "Sequence").putArray("pretokenizers");
        ObjectNode split = steps.addObject().put("type", "Split");
        split.putObject("pattern").put("Regex", data.preTokenizer().regex());
        split.put("behavior", "Isolated").put("invert", false);
        steps.add(byteLevel(true));
        root.set("post_processor", byteLevel(false));
        root.set("decoder", byteLevel(true));
        ObjectNode model = root.putObject("model").put("type", "BPE");
        model.put("byte_fallback", false).put("ignore_merges", data.ignoreMerges());
        ObjectNode vocabulary = model.putObject("vocab");
        for (int id = 0; id < data.tokens().size(); id++)
            if (data.types().get(id) == TokenType.NORMAL)
                vocabulary.put(data.tokens().get(id), id);
        ArrayNode merges = model.putArray("merges");
        data.merges().forEach(merges::add);
        return root;
    }

    private static ObjectNode byteLevel(boolean trimOffsets) {
        return JSON.createObjectNode()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", trimOffsets)
                .put("use_regex", false);
    }

    private static ObjectNode addedToken(AddedToken token) {
        return JSON.createObjectNode()
                .put("content", token.content())
                .put("single_word", token.singleWord())
                .put("lstrip", token.lstrip())
                .put("rstrip", token.rstrip())
                .put("normalized", token.normalized())
                .put("special", token.special());
    }

    /** tokenizer_config.json. */
    static ObjectNode tokenizerConfig(TokenizerData data, int context) {
        ObjectNode root = JSON.createObjectNode();
        root.put("tokenizer_class", "Qwen2Tokenizer");
        root.put("add_bos_token", data.addBos());
        root.putNull("bos_token");
        root.put("eos_token", data.tokens().get(ByteVocabulary.END_OF_TURN));
        root.put("pad_token", data.tokens().get(ByteVocabulary.END_OF_TEXT));
        root.put("model_max_length", context);
        ObjectNode decoder = root.putObject("added_tokens_decoder");
        for (AddedToken token : data.addedTokens()) decoder.set(Integer.toString(token.id()), addedToken(token));
        return root;
    }
}

package dev.lutra.tools.calibrate;

/** The projections of a layer, with the GGUF names of their tensors. */
enum Place {
    QUERY("attn_q"),
    KEY("attn_k"),
    VALUE("attn_v"),
    OUTPUT("attn_output"),
    GATE("ffn_gate"),
    UP("ffn_up"),
    DOWN("ffn_down");

    private final String stem;

    Place(String stem) {
        this.stem = stem;
    }

    String weight(int layer) {
        return "blk." + layer + "." + stem + ".weight";
    }

    String bias(int layer) {
        return "blk." + layer + "." + stem + ".bias";
    }
}

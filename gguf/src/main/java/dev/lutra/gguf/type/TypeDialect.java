package dev.lutra.gguf.type;

/**
 * Who gave a type id its meaning. Forks of ggml reused numbers that upstream had freed or would take later, so an id alone
 * does not name a type: 39 is MXFP4 upstream and TL2 in bitnet.cpp.
 */
public enum TypeDialect {
    /** ggml as llama.cpp ships it. */
    GGML,
    /** microsoft/BitNet's fork (bitnet.cpp): I2_S, TL1, TL2. */
    BITNET,
    /** ik_llama.cpp: IQ1_BN, IQ2_BN. */
    IK
}

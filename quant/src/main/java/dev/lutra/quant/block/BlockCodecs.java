package dev.lutra.quant.block;

import dev.lutra.quant.RowCodec;
import java.util.List;

/** The codecs of this package. */
public final class BlockCodecs {
    private static final List<RowCodec> ALL = List.of(
            new F32Codec(),
            new F16Codec(),
            new Bf16Codec(),
            new Q8_0Codec(),
            SymmetricBlockCodec.q4(),
            AffineBlockCodec.q4(),
            SymmetricBlockCodec.q5(),
            AffineBlockCodec.q5(),
            new Q2KCodec(),
            new Q3KCodec(),
            Q4KCodec.q4(),
            Q4KCodec.q5(),
            new Q6KCodec(),
            new Iq4NlCodec(),
            new Iq4XsCodec(),
            new Mxfp4Codec());

    private BlockCodecs() {}

    /** One codec per type. */
    public static List<RowCodec> all() {
        return ALL;
    }
}

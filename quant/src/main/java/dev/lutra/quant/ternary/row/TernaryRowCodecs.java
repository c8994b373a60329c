package dev.lutra.quant.ternary.row;

import dev.lutra.quant.RowCodec;
import java.util.List;

/** The codecs of this package. */
public final class TernaryRowCodecs {
    private static final List<RowCodec> ALL =
            List.of(new Tq1Codec(), new Tq2Codec(), new Q1Codec(), new Q2Codec(), new Iq1BnCodec(), new Iq2BnCodec());

    private TernaryRowCodecs() {}

    /** One codec per type. */
    public static List<RowCodec> all() {
        return ALL;
    }
}

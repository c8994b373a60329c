package dev.lutra.quant.block;

/** Little-endian float16 scales inside a block. */
final class Half {
    private Half() {}

    static void put(byte[] block, int at, float value) {
        short bits = Float.floatToFloat16(value);
        if ((bits & 0x7C00) == 0x7C00)
            throw new IllegalArgumentException(
                    "block scale " + value + " does not fit float16; weights this large need f32, bf16 or f16");
        block[at] = (byte) bits;
        block[at + 1] = (byte) (bits >>> 8);
    }

    static float get(byte[] block, int at) {
        return Float.float16ToFloat((short) (block[at] & 0xFF | block[at + 1] << 8));
    }
}

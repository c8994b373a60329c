package dev.lutra.gguf.metadata;

/** One value of GGUF metadata. The stored type is part of it: {@code u32 1} and {@code i32 1} are different values. */
public sealed interface MetadataValue
        permits MetadataValue.IntegerValue,
                MetadataValue.FloatValue,
                MetadataValue.BoolValue,
                MetadataValue.StringValue,
                ArrayValue {
    /** The type under which the value is stored. */
    ValueType type();

    /** Any of the eight integer types. */
    record IntegerValue(ValueType type, long bits) implements MetadataValue {
        /** @param bits the value; for {@code u64} its 64 bits, so values from 2^63 on are negative here */
        public IntegerValue {
            boolean fits = switch (type) {
                case U8 -> bits >= 0 && bits <= 0xFF;
                case I8 -> bits == (byte) bits;
                case U16 -> bits >= 0 && bits <= 0xFFFF;
                case I16 -> bits == (short) bits;
                case U32 -> bits >= 0 && bits <= 0xFFFF_FFFFL;
                case I32 -> bits == (int) bits;
                case U64, I64 -> true;
                case F32, F64, BOOL, STRING, ARRAY -> false;
            };
            if (!fits) throw new IllegalArgumentException(bits + " is no value of type " + type);
        }

        /** Whether the value is a {@code u64} that no signed 64-bit integer can hold. */
        public boolean exceedsLong() {
            return type == ValueType.U64 && bits < 0;
        }

        @Override
        public String toString() {
            return type == ValueType.U64 ? Long.toUnsignedString(bits) : Long.toString(bits);
        }
    }

    /** {@code f32} or {@code f64}; an {@code f32} is held exactly. */
    record FloatValue(ValueType type, double value) implements MetadataValue {
        public FloatValue {
            if (type != ValueType.F32 && type != ValueType.F64)
                throw new IllegalArgumentException("not a floating-point type: " + type);
            if (type == ValueType.F32 && Double.compare((float) value, value) != 0)
                throw new IllegalArgumentException(value + " is no value of type f32");
        }

        @Override
        public String toString() {
            return type == ValueType.F32 ? Float.toString((float) value) : Double.toString(value);
        }
    }

    record BoolValue(boolean value) implements MetadataValue {
        @Override
        public ValueType type() {
            return ValueType.BOOL;
        }

        @Override
        public String toString() {
            return Boolean.toString(value);
        }
    }

    record StringValue(String value) implements MetadataValue {
        @Override
        public ValueType type() {
            return ValueType.STRING;
        }

        @Override
        public String toString() {
            return value;
        }
    }

    static MetadataValue u8(int value) {
        return new IntegerValue(ValueType.U8, value);
    }

    static MetadataValue i8(int value) {
        return new IntegerValue(ValueType.I8, value);
    }

    static MetadataValue u16(int value) {
        return new IntegerValue(ValueType.U16, value);
    }

    static MetadataValue i16(int value) {
        return new IntegerValue(ValueType.I16, value);
    }

    static MetadataValue u32(long value) {
        return new IntegerValue(ValueType.U32, value);
    }

    static MetadataValue i32(int value) {
        return new IntegerValue(ValueType.I32, value);
    }

    /** @param bits the unsigned value's 64 bits */
    static MetadataValue u64(long bits) {
        return new IntegerValue(ValueType.U64, bits);
    }

    static MetadataValue i64(long value) {
        return new IntegerValue(ValueType.I64, value);
    }

    static MetadataValue f32(float value) {
        return new FloatValue(ValueType.F32, value);
    }

    static MetadataValue f64(double value) {
        return new FloatValue(ValueType.F64, value);
    }

    static MetadataValue bool(boolean value) {
        return new BoolValue(value);
    }

    static MetadataValue string(String value) {
        return new StringValue(value);
    }
}

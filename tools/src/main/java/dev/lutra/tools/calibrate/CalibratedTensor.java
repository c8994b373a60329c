package dev.lutra.tools.calibrate;

import dev.lutra.gguf.names.TensorKind;
import dev.lutra.gguf.type.DigitType;
import dev.lutra.gguf.type.TensorType;
import dev.lutra.quant.RowCodec;
import dev.lutra.quant.codec.RowCodecs;
import dev.lutra.quant.ternary.DigitCodec;
import dev.lutra.quant.ternary.DigitMatrix;
import dev.lutra.quant.ternary.TernarySource;
import dev.lutra.tools.cli.CommandFailure;
import dev.lutra.tools.convert.SourceTensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** A tensor that calibration has changed. */
final class CalibratedTensor implements SourceTensor {
    private final SourceTensor original;
    private final @Nullable TensorType type;
    private final MemorySegment bytes;
    private final double relativeError;

    CalibratedTensor(SourceTensor original, LayerStore.Stored stored) {
        this.original = original;
        type = stored.type();
        bytes = stored.bytes();
        relativeError = stored.relativeError();
        long expected = type == null
                ? (long) original.columns() * Float.BYTES
                : type.byteSize(original.columns(), original.rows()).orElse(-1);
        if (bytes.byteSize() != expected)
            throw new CommandFailure("calibrated tensor " + original.name() + " has " + bytes.byteSize()
                    + " bytes instead of " + expected + "; remove the calibration folder and calibrate again");
    }

    @Override
    public String name() {
        return original.name();
    }

    @Override
    public TensorKind kind() {
        return original.kind();
    }

    @Override
    public List<Long> dimensions() {
        return original.dimensions();
    }

    @Override
    public void readRows(int from, int count, float[] into) {
        int columns = columns();
        if (type == null) {
            MemorySegment.copy(bytes, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, into, 0, columns);
        } else if (type instanceof DigitType digits) {
            try (Arena arena = Arena.ofConfined()) {
                DigitMatrix rows = DigitMatrix.allocate(count, columns, digits.digits(), digits.group(), arena);
                new DigitCodec(digits, rows(), columns).decodeRows(bytes, from, count, rows, 0);
                for (int row = 0; row < count; row++) rows.dequantizeRow(row, into, row * columns);
            }
        } else {
            RowCodec codec = RowCodecs.of(type);
            long rowBytes = bytes.byteSize() / rows();
            for (int row = 0; row < count; row++)
                codec.decode(bytes, (from + row) * rowBytes, into, row * columns, columns);
        }
    }

    @Override
    public Optional<TernarySource> ternary() {
        return Optional.empty();
    }

    @Override
    public Optional<MemorySegment> bytesOf(TensorType wanted) {
        return wanted.equals(type) ? Optional.of(bytes) : Optional.empty();
    }

    @Override
    public OptionalDouble relativeError() {
        return type == null ? OptionalDouble.empty() : OptionalDouble.of(relativeError);
    }

    @Override
    public long storedBytes() {
        return original.storedBytes();
    }
}

package dev.lutra.tools.convert;

import dev.lutra.gguf.file.GgufTensor;
import dev.lutra.gguf.names.TensorKind;
import dev.lutra.gguf.type.DigitType;
import dev.lutra.gguf.type.GgmlType;
import dev.lutra.gguf.type.TensorType;
import dev.lutra.quant.RowCodec;
import dev.lutra.quant.codec.RowCodecs;
import dev.lutra.quant.ternary.DigitCodec;
import dev.lutra.quant.ternary.DigitMatrix;
import dev.lutra.quant.ternary.TernaryCodec;
import dev.lutra.quant.ternary.TernarySource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A tensor of a GGUF file, decoded from whatever type it has. */
final class GgufSourceTensor implements SourceTensor {
    private static final Set<GgmlType> FLOATS = EnumSet.of(GgmlType.F32, GgmlType.F16, GgmlType.BF16);

    /** Types that hold trits row by row. Whether a tensor of Q2_0, with its fourth code, is ternary, its codes tell. */
    private static final Set<GgmlType> ROWS_OF_TRITS =
            EnumSet.of(GgmlType.TQ1_0, GgmlType.TQ2_0, GgmlType.Q2_0, GgmlType.IQ1_BN, GgmlType.IQ2_BN);

    private final GgufTensor tensor;
    private final TensorKind kind;
    private final @Nullable TernaryCodec codec;
    private final boolean requantize;
    private @Nullable Optional<TernarySource> ternary;
    /** The last format of digits that was asked for, and what is off its grid. */
    private @Nullable Misfit misfit;

    private record Misfit(TensorType target, Optional<String> reason) {}

    /**
     * @param codec of a tensor of I2_S, TL1 or TL2; null for others
     * @param requantize whether quantized weights may be quantized again, with the loss of both
     */
    GgufSourceTensor(GgufTensor tensor, TensorKind kind, @Nullable TernaryCodec codec, boolean requantize) {
        this.tensor = tensor;
        this.kind = kind;
        this.codec = codec;
        this.requantize = requantize;
    }

    @Override
    public String name() {
        return tensor.name();
    }

    @Override
    public TensorKind kind() {
        return kind;
    }

    @Override
    public List<Long> dimensions() {
        return tensor.dimensions();
    }

    @Override
    public void readRows(int from, int count, float[] into) {
        if (codec != null) PackedTensor.readTrits(TernarySource.of(codec, tensor.data()), from, count, into);
        else if (tensor.type() instanceof DigitType type) readDigits(type, from, count, into);
        else {
            RowCodec rows = RowCodecs.of(tensor.type());
            long rowBytes = rows.type().byteSize(columns(), 1).orElseThrow();
            for (int i = 0; i < count; i++)
                rows.decode(tensor.data(), (from + i) * rowBytes, into, i * columns(), columns());
        }
    }

    private void readDigits(DigitType type, int from, int count, float[] into) {
        try (Arena arena = Arena.ofConfined()) {
            DigitMatrix matrix = DigitMatrix.allocate(count, columns(), type.digits(), type.group(), arena);
            new DigitCodec(type, rows(), columns()).decodeRows(tensor.data(), from, count, matrix, 0);
            for (int i = 0; i < count; i++) matrix.dequantizeRow(i, into, i * columns());
        }
    }

    @Override
    public synchronized Optional<TernarySource> ternary() {
        Optional<TernarySource> known = ternary;
        if (known == null) ternary = known = findTrits();
        return known;
    }

    private Optional<TernarySource> findTrits() {
        if (codec != null) return Optional.of(TernarySource.of(codec, tensor.data()));
        if (!(tensor.type() instanceof GgmlType type) || !ROWS_OF_TRITS.contains(type)) return Optional.empty();
        return TernarySource.of(RowCodecs.of(type), tensor.data(), rows(), columns());
    }

    @Override
    public Optional<String> refusal(TensorType target) {
        boolean quantized = !(tensor.type() instanceof GgmlType type && FLOATS.contains(type));
        if (!quantized || requantize || target.equals(tensor.type())) return Optional.empty();
        if (keepsTrits(target) && ternary().isPresent()) return Optional.empty();
        if (tensor.type() instanceof DigitType && target instanceof GgmlType type && FLOATS.contains(type))
            return Optional.empty();
        Optional<DigitExchange> exchange = exchangeWith(target);
        if (exchange.isPresent())
            return misfit(exchange.get(), target)
                    .map(reason -> reason + ", so " + tensor.type().label()
                            + " cannot become " + target.label()
                            + " without loss; start from the original weights, or give --allow-requantize");
        return Optional.of("is " + tensor.type().label() + " already, and quantizing it again to " + target.label()
                + " would add to its loss; start from the original weights, or give --allow-requantize");
    }

    private static boolean keepsTrits(TensorType target) {
        return target instanceof GgmlType type
                && (type.isWholeTensorTernary() || ROWS_OF_TRITS.contains(type) || FLOATS.contains(type));
    }

    @Override
    public Optional<TensorType> storedType() {
        return Optional.of(tensor.type());
    }

    @Override
    public Optional<DigitExchange> exchange(TensorType target) {
        return exchangeWith(target).filter(exchange -> misfit(exchange, target).isEmpty());
    }

    private Optional<DigitExchange> exchangeWith(TensorType target) {
        return DigitExchange.of(tensor.type(), target, tensor.data(), rows(), columns());
    }

    private synchronized Optional<String> misfit(DigitExchange exchange, TensorType target) {
        Misfit known = misfit;
        if (known == null || !known.target().equals(target)) misfit = known = new Misfit(target, exchange.misfit());
        return known.reason();
    }

    /** Trits of whole tensors are coded anew: tiles and layouts of the output need not be those of the input. */
    @Override
    public Optional<MemorySegment> bytesOf(TensorType wanted) {
        return wanted.equals(tensor.type()) && codec == null ? Optional.of(tensor.data()) : Optional.empty();
    }

    @Override
    public long storedBytes() {
        return tensor.byteSize();
    }
}

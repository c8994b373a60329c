package dev.lutra.tools.convert;

import dev.lutra.gguf.type.DigitType;
import dev.lutra.gguf.type.TensorType;
import dev.lutra.gguf.write.GgufWriter;
import dev.lutra.gguf.write.PlannedTensor;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.digit.BlockExchange;
import dev.lutra.quant.ternary.DigitCodec;
import dev.lutra.quant.ternary.DigitMatrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.IntStream;

/** A stored tensor that goes from ternary digits to llama.cpp's blocks or back, codes to codes: no weight changes. */
final class DigitExchange {
    private final DigitType digits;
    private final BlockExchange blocks;
    private final boolean export;
    private final MemorySegment data;
    private final int rows;
    private final int columns;

    private DigitExchange(DigitType digits, boolean export, MemorySegment data, int rows, int columns) {
        this.digits = digits;
        this.blocks = new BlockExchange(digits.digits());
        this.export = export;
        this.data = data;
        this.rows = rows;
        this.columns = columns;
    }

    /**
     * The exchange of a tensor of {@code rows} x {@code columns}, when one of the two formats is of digits and the other holds
     * as many. Whether every row of blocks lies on the digits' grid, {@link #misfit} tells.
     */
    static Optional<DigitExchange> of(TensorType stored, TensorType target, MemorySegment data, int rows, int columns) {
        if (stored instanceof DigitType digits && target == BlockExchange.typeOf(digits.digits()))
            return Optional.of(new DigitExchange(digits, true, data, rows, columns));
        if (target instanceof DigitType digits && stored == BlockExchange.typeOf(digits.digits()))
            return Optional.of(new DigitExchange(digits, false, data, rows, columns));
        return Optional.empty();
    }

    /** Why some weight would have to change; empty when none has to. Going to digits, this reads the whole tensor. */
    Optional<String> misfit() {
        int block = blocks.type().blockLength();
        if (columns % block != 0)
            return Optional.of("has rows of " + columns + ", which "
                    + blocks.type().label() + "'s blocks of " + block + " do not divide");
        if (export) return Optional.empty();
        return IntStream.range(0, rows)
                .parallel()
                .mapToObj(this::rowMisfit)
                .flatMap(Optional::stream)
                .min(Comparator.naturalOrder());
    }

    private Optional<String> rowMisfit(int row) {
        try (Arena arena = Arena.ofConfined()) {
            DigitMatrix one = DigitMatrix.allocate(1, columns, digits.digits(), digits.group(), arena);
            return blocks.tryImport(data, row * rowBytes(), one, 0)
                    .map(reason -> "does not lie on the grid of " + digits.label() + ": row " + row + ", " + reason);
        }
    }

    private long rowBytes() {
        return blocks.type().byteSize(columns, 1).orElseThrow();
    }

    /** Writes the whole tensor. */
    void write(Team team, GgufWriter writer, PlannedTensor place) throws IOException {
        DigitCodec codec = new DigitCodec(digits, rows, columns);
        Windows windows = new Windows(rows, columns, 1);
        try (Arena arena = Arena.ofShared()) {
            MemorySegment out = arena.allocate(place.byteSize(), 64);
            windows.run(team, () -> {
                DigitMatrix matrix = DigitMatrix.allocate(
                        windows.rowsPerWindow(), columns, digits.digits(), digits.group(), Arena.ofAuto());
                return (window, from, count) -> {
                    if (export) codec.decodeRows(data, from, count, matrix, 0);
                    for (int i = 0; i < count; i++) {
                        long at = (from + i) * rowBytes();
                        if (export) blocks.export(matrix, i, out, at);
                        else requireFit(blocks.tryImport(data, at, matrix, i));
                    }
                    if (!export) codec.encodeRows(matrix, 0, count, from, out);
                };
            });
            writer.write(place, out);
        }
    }

    private static void requireFit(Optional<String> misfit) {
        misfit.ifPresent(reason -> {
            throw new IllegalArgumentException(reason);
        });
    }
}

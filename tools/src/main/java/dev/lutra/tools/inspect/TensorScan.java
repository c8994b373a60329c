package dev.lutra.tools.inspect;

import dev.lutra.gguf.MalformedFileException;
import dev.lutra.gguf.file.GgufTensor;
import dev.lutra.gguf.safetensors.SafetensorsTensor;
import dev.lutra.gguf.type.DigitType;
import dev.lutra.gguf.type.GgmlType;
import dev.lutra.gguf.type.RuntimeType;
import dev.lutra.kernels.team.Team;
import dev.lutra.kernels.ternary.RuntimeTensor;
import dev.lutra.quant.InvalidCodeException;
import dev.lutra.quant.RowCodec;
import dev.lutra.quant.codec.RowCodecs;
import dev.lutra.quant.ternary.DigitCodec;
import dev.lutra.quant.ternary.DigitMatrix;
import dev.lutra.quant.ternary.I2sLayout;
import dev.lutra.quant.ternary.TernaryCodec;
import dev.lutra.quant.ternary.TernaryCodecs;
import dev.lutra.quant.tile.TileTable;
import dev.lutra.tools.convert.Windows;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** Decodes whole tensors and looks at every value. */
final class TensorScan {
    private final Team team;
    private final TileTable tiles;

    /** @param tiles of the file's TL1 and TL2 tensors */
    TensorScan(Team team, TileTable tiles) {
        this.team = team;
        this.tiles = tiles;
    }

    /** Makes a reader of row windows with buffers of its own. */
    private interface ReaderFactory {
        Reader create(int rowsPerWindow);
    }

    /** Reads rows as floats. */
    private interface Reader {
        void read(int from, int count, float[] into);
    }

    /** What was found in a sound tensor: whether it holds anything but zeros. */
    enum Content {
        WEIGHTS,
        ZEROS,
        UNREADABLE
    }

    /**
     * Scans a tensor.
     *
     * @return {@link Content#UNREADABLE} for a type that nothing here decodes
     * @throws MalformedFileException at a NaN, an infinity, or a code that no encoder writes
     */
    Content scan(GgufTensor tensor) throws IOException {
        int rows = Math.toIntExact(tensor.rows()), columns = Math.toIntExact(tensor.columns());
        MemorySegment data = tensor.data();
        try {
            if (tensor.type() instanceof RuntimeType type) {
                ReaderFactory reader = runtime(new RuntimeTensor(type, rows, columns, data));
                return scan(tensor.file(), tensor.offset(), tensor.name(), rows, columns, 1, reader);
            }
            if (tensor.type() instanceof DigitType type)
                return scan(
                        tensor.file(),
                        tensor.offset(),
                        tensor.name(),
                        rows,
                        columns,
                        1,
                        digits(type, data, rows, columns));
            if (tensor.type() instanceof GgmlType type && type.isWholeTensorTernary()) {
                TernaryCodec codec = TernaryCodecs.forReading(type, rows, columns, tiles, I2sLayout.X86);
                ReaderFactory reader = trits(codec, data);
                return scan(tensor.file(), tensor.offset(), tensor.name(), rows, columns, codec.rowStep(), reader);
            }
            Optional<RowCodec> codec = RowCodecs.find(tensor.type());
            if (codec.isEmpty()) return Content.UNREADABLE;
            return scan(
                    tensor.file(), tensor.offset(), tensor.name(), rows, columns, 1, rows(codec.get(), data, columns));
        } catch (InvalidCodeException e) {
            throw new MalformedFileException(
                    tensor.file(), tensor.offset() + e.offset(), "tensor " + tensor.name() + ": " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new MalformedFileException(
                    tensor.file(), tensor.offset(), "tensor " + tensor.name() + ": " + e.getMessage(), e);
        }
    }

    /** As {@link #scan(GgufTensor)}; packed and integer tensors of a checkpoint are not read. */
    Content scan(SafetensorsTensor tensor) throws IOException {
        switch (tensor.dtype()) {
            case F32, F16, BF16, F64 -> {
                int rows = Math.toIntExact(tensor.rows()), columns = Math.toIntExact(tensor.columns());
                if (rows == 0) return Content.ZEROS;
                ReaderFactory reader = window ->
                        (from, count, into) -> tensor.readFloats((long) from * columns, into, 0, count * columns);
                return scan(tensor.file(), tensor.offset(), tensor.name(), rows, columns, 1, reader);
            }
            default -> {
                return Content.UNREADABLE;
            }
        }
    }

    private Content scan(Path file, long offset, String name, int rows, int columns, int step, ReaderFactory factory)
            throws IOException {
        AtomicBoolean nonZero = new AtomicBoolean();
        Windows windows = new Windows(rows, columns, step);
        windows.run(team, () -> {
            float[] values = new float[Math.multiplyExact(windows.rowsPerWindow(), columns)];
            Reader reader = factory.create(windows.rowsPerWindow());
            return (window, from, count) -> {
                reader.read(from, count, values);
                boolean found = false;
                for (int i = 0; i < count * columns; i++) {
                    float value = values[i];
                    if (!Float.isFinite(value))
                        throw new MalformedFileException(
                                file,
                                offset,
                                "tensor " + name + " holds " + value + " at row " + (from + i / columns) + ", column "
                                        + i % columns);
                    found |= value != 0;
                }
                if (found) nonZero.set(true);
            };
        });
        return nonZero.get() ? Content.WEIGHTS : Content.ZEROS;
    }

    private static ReaderFactory rows(RowCodec codec, MemorySegment data, int columns) {
        long rowBytes = codec.type().byteSize(columns, 1).orElseThrow();
        return window -> (from, count, into) -> {
            for (int i = 0; i < count; i++) codec.decode(data, (from + i) * rowBytes, into, i * columns, columns);
        };
    }

    private static ReaderFactory trits(TernaryCodec codec, MemorySegment data) {
        float scale = codec.decodeScale(data);
        int columns = codec.columns();
        return window -> {
            MemorySegment trits = Arena.ofAuto().allocate((long) window * columns);
            return (from, count, into) -> {
                codec.decodeRows(data, from, from + count, trits.asSlice(0, (long) count * columns));
                for (int i = 0; i < count * columns; i++) into[i] = scale * trits.get(ValueLayout.JAVA_BYTE, i);
            };
        };
    }

    private static ReaderFactory runtime(RuntimeTensor tensor) {
        return window -> {
            DigitMatrix matrix = tensor.window(window, Arena.ofAuto());
            return (from, count, into) -> {
                tensor.read(from, from + count, matrix);
                for (int i = 0; i < count; i++) {
                    matrix.rowScales()[i] = tensor.rowScale(from + i);
                    matrix.dequantizeRow(i, into, i * tensor.columns());
                }
            };
        };
    }

    private static ReaderFactory digits(DigitType type, MemorySegment data, int rows, int columns) {
        DigitCodec codec = new DigitCodec(type, rows, columns);
        return window -> {
            DigitMatrix matrix = DigitMatrix.allocate(window, columns, type.digits(), type.group(), Arena.ofAuto());
            float[] row = new float[columns];
            return (from, count, into) -> {
                Arrays.fill(into, 0, count * columns, 0);
                codec.decodeRows(data, from, count, matrix, 0);
                for (int i = 0; i < count; i++) {
                    matrix.dequantizeRow(i, row, 0);
                    System.arraycopy(row, 0, into, i * columns, columns);
                }
            };
        };
    }
}

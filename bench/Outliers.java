import dev.lutra.gguf.safetensors.Checkpoint;
import dev.lutra.gguf.safetensors.Dtype;
import dev.lutra.gguf.safetensors.SafetensorsTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Gives a BF16 checkpoint of one file the outlier channels that large models have, without changing what it computes: some
 * channels of every norm and of every up projection become k times as large, and what reads them k times smaller. k is a power
 * of two, so no weight loses a bit.
 *
 * <p>{@code java -cp tools/target/app/lutra.jar bench/Outliers.java FROM_DIR TO_DIR 64 4}
 */
final class Outliers {
    private final ByteBuffer file;
    private final Checkpoint checkpoint;
    private final float factor;

    private Outliers(ByteBuffer file, Checkpoint checkpoint, float factor) {
        this.file = file;
        this.checkpoint = checkpoint;
        this.factor = factor;
    }

    public static void main(String[] arguments) throws IOException {
        Path from = Path.of(arguments[0]), to = Path.of(arguments[1]);
        float factor = Float.parseFloat(arguments[2]);
        int channels = Integer.parseInt(arguments[3]);
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList())
                Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
        }
        try (Checkpoint checkpoint = Checkpoint.open(from)) {
            if (checkpoint.files().size() != 1) throw new IllegalArgumentException("one file of weights expected");
            Path weights = checkpoint.files().getFirst().path();
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(weights)).order(ByteOrder.LITTLE_ENDIAN);
            new Outliers(bytes, checkpoint, factor).inject(channels, new Random(1));
            Files.write(to.resolve(weights.getFileName()), bytes.array());
        }
    }

    private void inject(int channels, Random random) {
        for (int layer = 0;
                checkpoint
                        .find("model.layers." + layer + ".input_layernorm.weight")
                        .isPresent();
                layer++) {
            String prefix = "model.layers." + layer + ".", attention = prefix + "self_attn.", wide = prefix + "mlp.";
            int hidden = (int) tensor(prefix + "input_layernorm.weight").elements();
            int products = (int) tensor(wide + "up_proj.weight").rows();
            for (int channel : random.ints(0, hidden).distinct().limit(channels).toArray()) {
                scaleColumn(prefix + "input_layernorm.weight", channel, factor);
                for (String reader : List.of("q_proj", "k_proj", "v_proj"))
                    scaleColumn(attention + reader + ".weight", channel, 1 / factor);
            }
            for (int channel : random.ints(0, hidden).distinct().limit(channels).toArray()) {
                scaleColumn(prefix + "post_attention_layernorm.weight", channel, factor);
                for (String reader : List.of("gate_proj", "up_proj"))
                    scaleColumn(wide + reader + ".weight", channel, 1 / factor);
            }
            for (int channel :
                    random.ints(0, products).distinct().limit(channels).toArray()) {
                scaleRow(wide + "up_proj.weight", channel, factor);
                scaleColumn(wide + "down_proj.weight", channel, 1 / factor);
            }
        }
    }

    private SafetensorsTensor tensor(String name) {
        SafetensorsTensor tensor = checkpoint.tensor(name);
        if (tensor.dtype() != Dtype.BF16) throw new IllegalArgumentException(name + " is not BF16");
        return tensor;
    }

    private void scaleColumn(String name, int column, float by) {
        SafetensorsTensor tensor = tensor(name);
        for (long row = 0; row < tensor.rows(); row++) scale(tensor, row * tensor.columns() + column, by);
    }

    private void scaleRow(String name, int row, float by) {
        SafetensorsTensor tensor = tensor(name);
        for (long column = 0; column < tensor.columns(); column++) scale(tensor, row * tensor.columns() + column, by);
    }

    private void scale(SafetensorsTensor tensor, long element, float by) {
        int at = Math.toIntExact(tensor.offset() + element * Short.BYTES);
        float value = Float.intBitsToFloat(file.getShort(at) << 16) * by;
        file.putShort(at, (short) (Float.floatToRawIntBits(value) >>> 16));
    }
}

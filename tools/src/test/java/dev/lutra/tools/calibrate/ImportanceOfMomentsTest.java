package dev.lutra.tools.calibrate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lutra.engine.model.RopeTables;
import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.kernels.KernelKind;
import dev.lutra.kernels.Kernels;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.calibrate.Moments;
import dev.lutra.quant.imatrix.ColumnStatistics;
import dev.lutra.quant.imatrix.ImportanceFile;
import dev.lutra.tools.Lutra;
import dev.lutra.tools.convert.CheckpointSource;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An importance matrix is the diagonal of the second moments that error feedback works with. */
class ImportanceOfMomentsTest {
    private static final int LENGTH = 16;
    private static final int[] TOKENS =
            IntStream.range(0, 4 * LENGTH).map(i -> (i * 37 + 11) % 1400).toArray();

    @TempDir
    Path folder;

    @Test
    void everySiteOfEveryLayer() throws IOException, URISyntaxException {
        Path model = Path.of(Objects.requireNonNull(Lutra.class.getResource("embedded/story-ternary/config.json"))
                        .toURI())
                .getParent();
        Path file = folder.resolve("importance.gguf"), ids = folder.resolve("ids.json");
        Files.writeString(ids, Arrays.toString(TOKENS));
        String[] command = {
            "imatrix", "-m", model.toString(), "--ids-file", ids.toString(), "-c", "" + LENGTH, "-o", file.toString()
        };
        assertEquals(0, Lutra.commandLine().execute(command));
        Map<String, ColumnStatistics> importance = ImportanceFile.read(file).entries();
        try (CheckpointSource source = CheckpointSource.open(model, null, warning -> {});
                Team team = Team.of(1);
                Arena arena = Arena.ofShared()) {
            ModelConfig config = source.config();
            ModelTensors tensors = new ModelTensors(source);
            Texts texts = new Texts(LENGTH, TOKENS);
            LayerMath math = new LayerMath(config, Kernels.of(KernelKind.SCALAR, team), RopeTables.of(config, LENGTH));
            FloatMatrix stream = Streams.embed(tensors, texts, arena).full();
            FloatMatrix x = FloatMatrix.allocate(arena, TOKENS.length, config.hidden());
            FloatMatrix attended = FloatMatrix.allocate(arena, TOKENS.length, config.queryWidth());
            FloatMatrix product = FloatMatrix.allocate(arena, TOKENS.length, config.feedForward());
            for (int layer = 0; layer < config.layers(); layer++) {
                LayerWeights weights = LayerWeights.load(tensors, layer, arena);
                math.normalize(stream, weights.attentionNorm(), x);
                assertImportance(importance, layer, List.of(Place.QUERY, Place.KEY, Place.VALUE), x);
                math.attend(weights, x, LENGTH, attended);
                assertImportance(importance, layer, List.of(Place.OUTPUT), attended);
                math.addProjection(weights, Place.OUTPUT, attended, stream);
                math.normalize(stream, weights.feedForwardNorm(), x);
                assertImportance(importance, layer, List.of(Place.GATE, Place.UP), x);
                math.product(weights, x, product);
                assertImportance(importance, layer, List.of(Place.DOWN), product);
                math.addProjection(weights, Place.DOWN, product, stream);
            }
        }
    }

    private static void assertImportance(
            Map<String, ColumnStatistics> importance, int layer, List<Place> places, FloatMatrix inputs) {
        try (Arena arena = Arena.ofShared()) {
            Moments moments = new Moments(inputs.columns(), arena);
            moments.add(LayerMath.view(inputs));
            float[] expected = moments.meanSquares();
            for (Place place : places) {
                float[] found = importance.get(place.weight(layer)).means();
                for (int c = 0; c < expected.length; c++)
                    assertEquals(
                            expected[c], found[c], 1e-3 * expected[c] + 1e-6, place + " of layer " + layer + ", " + c);
            }
        }
    }
}

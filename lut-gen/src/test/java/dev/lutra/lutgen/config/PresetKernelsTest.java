package dev.lutra.lutgen.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.model.KnownModel;
import dev.lutra.gguf.model.ModelRegistry;
import dev.lutra.quant.tile.KernelConfig;
import dev.lutra.quant.tile.TileConfig;
import dev.lutra.quant.tile.TileFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The files in preset_kernels are what the generator makes today. */
class PresetKernelsTest {
    static Stream<KnownModel> qwen25() {
        return ModelRegistry.bundled().models().stream()
                .filter(model -> model.family().equals("qwen2.5"));
    }

    private static Path presets() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.isDirectory(folder.resolve("preset_kernels"))) folder = folder.getParent();
        return folder.resolve("preset_kernels");
    }

    @Test
    void allSevenSizesHavePresets() throws IOException {
        assertEquals(7, qwen25().count());
        try (Stream<Path> folders = Files.list(presets())) {
            assertEquals(
                    qwen25().map(KnownModel::name).sorted().toList(),
                    folders.filter(Files::isDirectory)
                            .map(folder -> folder.getFileName().toString())
                            .sorted()
                            .toList());
        }
    }

    @ParameterizedTest
    @MethodSource("qwen25")
    void presetsAreWhatTheGeneratorMakes(KnownModel model) throws IOException {
        for (TileFormat format : TileFormat.values()) {
            KernelConfigFile config = KernelConfigFile.of(format, model.kernelShapes());
            assertEquals(List.of(), config.unfit());
            Path file = presets().resolve(model.name()).resolve(config.fileName());
            assertEquals(config.text(), Files.readString(file), file.toString());
        }
    }

    @ParameterizedTest
    @MethodSource("qwen25")
    void presetsHoldFourLegalShapes(KnownModel model) throws IOException {
        int hidden = model.config().hidden(), ffn = model.config().feedForward();
        for (TileFormat format : TileFormat.values()) {
            Path file = presets().resolve(model.name()).resolve("kernel_config_" + format.type() + ".ini");
            List<TileConfig> tiles = KernelConfig.read(file);
            tiles.forEach(format::check);
            List<String> shapes =
                    tiles.stream().map(tile -> tile.m() + "x" + tile.k()).toList();
            assertEquals(4, shapes.size());
            assertTrue(shapes.containsAll(List.of(
                    hidden + "x" + hidden,
                    model.config().keyWidth() + "x" + hidden,
                    ffn + "x" + hidden,
                    hidden + "x" + ffn)));
        }
    }
}

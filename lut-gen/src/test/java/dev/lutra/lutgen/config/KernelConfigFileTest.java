package dev.lutra.lutgen.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lutra.gguf.model.KnownModel.Shape;
import dev.lutra.quant.tile.KernelConfig;
import dev.lutra.quant.tile.TileFormat;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelConfigFileTest {
    private static final List<Shape> SHAPES = List.of(new Shape(512, 256), new Shape(96, 256), new Shape(512, 256));

    @Test
    void everyShapeOnceAndInOrder() {
        KernelConfigFile config = KernelConfigFile.of(TileFormat.TL2, SHAPES);
        assertEquals(2, config.tiles().size());
        assertEquals(512, config.tiles().get(0).m());
        assertEquals(96, config.tiles().get(1).bm());
        assertEquals("kernel_config_tl2.ini", config.fileName());
    }

    @Test
    void shapesWithoutATileAreReportedAndTheOthersKept() {
        Shape odd = new Shape(60, 256);
        KernelConfigFile config = KernelConfigFile.of(TileFormat.TL1, List.of(odd, new Shape(64, 256)));
        assertEquals(List.of(odd), config.unfit());
        assertEquals(1, config.tiles().size());
    }

    @Test
    void writesNothingOverOtherTextUnlessTold(@TempDir Path folder) throws IOException {
        KernelConfigFile config = KernelConfigFile.of(TileFormat.TL2, SHAPES);
        Path file = config.write(folder.resolve("new"), false);
        assertEquals(config.tiles(), KernelConfig.read(file));
        assertEquals(file, config.write(folder.resolve("new"), false));
        Files.writeString(file, "tuned by hand");
        assertThrows(FileAlreadyExistsException.class, () -> config.write(folder.resolve("new"), false));
        config.write(folder.resolve("new"), true);
        assertEquals(config.text(), Files.readString(file));
        try (Stream<Path> files = Files.list(folder.resolve("new"))) {
            assertEquals(1, files.count());
        }
    }
}

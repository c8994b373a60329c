package dev.lutra.lutgen.config;

import dev.lutra.gguf.model.KnownModel.Shape;
import dev.lutra.quant.tile.KernelConfig;
import dev.lutra.quant.tile.TileConfig;
import dev.lutra.quant.tile.TileFormat;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/**
 * The kernel_config.ini of a model: a legal tile for every shape of its matrices.
 *
 * @param format what the tiles are for
 * @param tiles one for each shape that has a legal tile, in the order of the shapes
 * @param unfit shapes that no tile is legal for: their matrices need another type
 */
public record KernelConfigFile(TileFormat format, List<TileConfig> tiles, List<Shape> unfit) {
    public KernelConfigFile {
        tiles = List.copyOf(tiles);
        unfit = List.copyOf(unfit);
    }

    /** Chooses the default tiles of {@code shapes}, each shape once. */
    public static KernelConfigFile of(TileFormat format, List<Shape> shapes) {
        List<TileConfig> tiles = new ArrayList<>();
        List<Shape> unfit = new ArrayList<>();
        for (Shape shape : shapes.stream().distinct().toList()) {
            if (format.fits(shape.m(), shape.k())) tiles.add(format.defaultTile(shape.m(), shape.k()));
            else unfit.add(shape);
        }
        return new KernelConfigFile(format, tiles, unfit);
    }

    /** {@code kernel_config_tl1.ini} or {@code kernel_config_tl2.ini}. */
    public String fileName() {
        return "kernel_config_" + format.type().label() + ".ini";
    }

    /** The text of the ini file. */
    public String text() {
        return KernelConfig.format(tiles);
    }

    /**
     * Writes the ini file into {@code folder}, which is created when missing. A file with the same text is left as it is.
     *
     * @return the file
     * @throws FileAlreadyExistsException when it exists with another text and {@code overwrite} is not given
     */
    public Path write(Path folder, boolean overwrite) throws IOException {
        Files.createDirectories(folder);
        Path file = folder.resolve(fileName());
        if (Files.exists(file)) {
            if (Files.readString(file).equals(text())) return file;
            if (!overwrite) throw new FileAlreadyExistsException(file.toString());
        }
        Path part = folder.resolve(fileName() + ".part");
        try {
            Files.writeString(part, text());
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
        return file;
    }
}

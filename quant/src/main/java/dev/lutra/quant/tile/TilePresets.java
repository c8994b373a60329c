package dev.lutra.quant.tile;

import java.util.List;

/**
 * The tiles that bitnet.cpp used for its own models. Its files do not name their tiles and nothing in the codes betrays them
 * (a wrong tile only moves weights about), so a file without our metadata is read by these.
 *
 * <p>The figures are those of preset_kernels/&#42;/kernel_config_tl?.ini and of setup_env.py (microsoft/BitNet, 16da220). Where
 * the two disagree, setup_env.py's come first: it regenerates the kernels with its own values after copying a preset.
 */
public final class TilePresets {
    private static final List<TileConfig> TL1 = List.of(
            // bitnet_b1_58-large
            new TileConfig(1536, 4096, 256, 128, 32),
            new TileConfig(1536, 1536, 128, 64, 64),
            new TileConfig(4096, 1536, 256, 128, 32),
            // bitnet_b1_58-3B
            new TileConfig(3200, 8640, 160, 64, 32),
            new TileConfig(3200, 3200, 320, 128, 64),
            new TileConfig(8640, 3200, 320, 64, 32),
            // Llama3-8B-1.58 and Falcon3: setup_env.py, then the preset where it differs
            new TileConfig(14336, 4096, 256, 128, 32),
            new TileConfig(14336, 4096, 256, 128, 64),
            new TileConfig(4096, 14336, 128, 64, 64),
            new TileConfig(4096, 14336, 256, 128, 32),
            new TileConfig(1024, 4096, 256, 128, 32),
            new TileConfig(1024, 4096, 128, 64, 64),
            new TileConfig(4096, 4096, 128, 64, 64),
            new TileConfig(4096, 4096, 128, 64, 32));

    private static final List<TileConfig> TL2 = List.of(
            // bitnet_b1_58-large
            new TileConfig(1536, 4096, 256, 96, 32),
            new TileConfig(1536, 1536, 128, 192, 32),
            new TileConfig(4096, 1536, 256, 96, 32),
            // bitnet_b1_58-3B
            new TileConfig(3200, 8640, 160, 96, 32),
            new TileConfig(3200, 3200, 320, 96, 32),
            new TileConfig(8640, 3200, 320, 96, 32),
            // Llama3-8B-1.58 and Falcon3
            new TileConfig(14336, 4096, 256, 96, 32),
            new TileConfig(4096, 14336, 128, 96, 32),
            new TileConfig(1024, 4096, 256, 96, 32),
            new TileConfig(4096, 4096, 128, 96, 32));

    private TilePresets() {}

    /** The tiles that bitnet.cpp is known to use for a shape, likeliest first; empty for a shape that it never had. */
    public static List<TileConfig> candidates(TileFormat format, int m, int k) {
        return switch (format) {
            case TL1 -> of(TL1, m, k);
            case TL2 -> of(TL2, m, k);
        };
    }

    private static List<TileConfig> of(List<TileConfig> presets, int m, int k) {
        return presets.stream().filter(tile -> tile.m() == m && tile.k() == k).toList();
    }
}

package dev.lutra.tools.convert;

import dev.lutra.gguf.write.SplitLimits;
import dev.lutra.quant.mix.TypeOverrides;
import dev.lutra.quant.tile.TileTable;

/**
 * What a conversion is to make.
 *
 * @param format of the projections
 * @param overrides the user's wishes for single tensors
 * @param tiles tiles of TL1 and TL2 that the user gave; missing ones are chosen
 * @param split when the output is spread over files
 * @param requireTernary whether weights that are not ternary already are a failure
 */
public record ConversionRequest(
        TargetFormat format, TypeOverrides overrides, TileTable tiles, SplitLimits split, boolean requireTernary) {}

package dev.lutra.kernels.elementwise;

import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;

/** The specification of {@link Rope}. */
public final class RopeScalar implements Rope {
    @Override
    public void apply(FloatMatrix x, int headLength, int firstPosition, RopeTable table, Team team) {
        Rope.checkShapes(x, headLength, firstPosition, table);
        Rows.share(x.rows(), team, (from, to) -> {
            for (int row = from; row < to; row++)
                for (int head = 0; head < x.columns(); head += headLength)
                    rotate(x, row, head, firstPosition + row, table);
        });
    }

    private static void rotate(FloatMatrix x, int row, int head, int position, RopeTable table) {
        int pairs = table.pairs();
        for (int i = 0; i < pairs; i++) {
            float cos = table.cos()[position * pairs + i], sin = table.sin()[position * pairs + i];
            float a = x.get(row, head + i), b = x.get(row, head + pairs + i);
            x.set(row, head + i, a * cos - b * sin);
            x.set(row, head + pairs + i, b * cos + a * sin);
        }
    }
}

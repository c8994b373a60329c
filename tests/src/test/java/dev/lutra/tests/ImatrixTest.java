package dev.lutra.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.quant.imatrix.ColumnStatistics;
import dev.lutra.quant.imatrix.ImportanceFile;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Importance matrices of a mixture of experts: every expert counts the tokens that were sent to it. */
class ImatrixTest {
    private static final int CONTEXT = 8, CHUNKS = 3;

    @TempDir
    Path folder;

    @Test
    void expertsCountTheirTokens() throws IOException, URISyntaxException {
        Path model = Path.of(Objects.requireNonNull(getClass().getResource("/families/qwen2moe/config.json"))
                        .toURI())
                .getParent();
        Path ids = folder.resolve("ids.json"), file = folder.resolve("importance.gguf");
        Files.writeString(ids, "[3,1,4,1,5,9,2,6,5,3,5,8,9,7,9,3,2,3,8,4,6,2,6,4]");
        Program.succeed(
                "imatrix",
                "-m",
                model.toString(),
                "--ids-file",
                ids.toString(),
                "-c",
                Integer.toString(CONTEXT),
                "-o",
                file.toString());
        Map<String, ColumnStatistics> entries = ImportanceFile.read(file).entries();
        ColumnStatistics router = entry(entries, "ffn_gate_inp"), shared = entry(entries, "ffn_gate_shexp");
        assertArrayEquals(router.sums(), shared.sums(), "both read the normalized state");
        assertArrayEquals(new float[] {CONTEXT * CHUNKS}, router.counts());
        ColumnStatistics gate = entry(entries, "ffn_gate_exps"), up = entry(entries, "ffn_up_exps");
        assertEquals(gate, up);
        ColumnStatistics down = entry(entries, "ffn_down_exps");
        assertArrayEquals(gate.counts(), down.counts());
        assertTrue(entry(entries, "ffn_down_shexp").coverage() == 1);

        // What the experts read together is what the router read, as often as each token has experts.
        float visits = 0;
        for (float count : gate.counts()) visits += count;
        assertEquals(0, visits % (CONTEXT * CHUNKS), "every token visits as many experts");
        float used = visits / (CONTEXT * CHUNKS);
        int hidden = router.sums().length, experts = gate.counts().length;
        assertTrue(used >= 1 && used < experts, used + " of " + experts);
        for (int c = 0; c < hidden; c++) {
            double sum = 0;
            for (int e = 0; e < experts; e++) sum += gate.sums()[e * hidden + c];
            assertEquals(used * router.sums()[c], sum, 1e-4 * sum, "column " + c);
        }
    }

    private static ColumnStatistics entry(Map<String, ColumnStatistics> entries, String name) {
        return Objects.requireNonNull(entries.get("blk.0." + name + ".weight"), entries.keySet()::toString);
    }
}

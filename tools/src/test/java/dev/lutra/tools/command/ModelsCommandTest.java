package dev.lutra.tools.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.quant.tile.KernelConfig;
import dev.lutra.tools.report.Sizes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class ModelsCommandTest {
    @TempDir
    private Path folder;

    @Test
    void jsonHasDimensionsAndMemory() {
        for (JsonNode model : Outcome.of("models", "--json").done().json()) {
            if (!model.path("name").asString().equals("qwen2.5-7B")) continue;
            assertEquals(3584, model.path("hidden").intValue());
            assertEquals(7_615_616_512L, model.path("parameters").longValue());
            // 28 layers x 2 x 512 values x 2 bytes, for each token.
            assertEquals(
                    4096L * 28 * 2 * 512 * 2,
                    model.path("cache_bytes_f16").path("4096").longValue());
            // Norms and biases are float32.
            long small = 28 * (2 * 3584 + 3584 + 2 * 512) + 3584;
            assertEquals(
                    7_615_616_512L * 2 + small * 2,
                    model.path("weight_bytes").path("f16").longValue());
            return;
        }
        throw new AssertionError("qwen2.5-7B is not listed");
    }

    @Test
    void memoryIsWhatADummyModelTakes() {
        long planned = 0;
        for (JsonNode model : Outcome.of("models", "--json").done().json())
            if (model.path("name").asString().equals("qwen2.5-0.5B"))
                planned = model.path("weight_bytes").path("tl2").longValue();
        String table = Outcome.of("dummy-model", "0.5B", "-o", folder.resolve("x.gguf"), "--dry-run")
                .done()
                .out();
        assertTrue(table.contains(Sizes.bytes(planned)), table);
    }

    @Test
    void textListsEveryModel() {
        String text = Outcome.of("models").done().out();
        for (String name : new String[] {"qwen2.5-0.5B", "qwen2.5-72B", "qwen3-8B"})
            assertTrue(text.contains(name), text);
    }

    @Test
    void kernelsOfAKnownSize() throws IOException {
        Outcome outcome =
                Outcome.of("generate-kernels", "7B", "--output", folder).done();
        assertEquals(
                4, KernelConfig.read(folder.resolve("kernel_config_tl1.ini")).size());
        assertEquals(
                4, KernelConfig.read(folder.resolve("kernel_config_tl2.ini")).size());
        assertTrue(outcome.out().contains("18944"), outcome.out());
    }

    @Test
    void kernelsOfACheckpointServeItsConversion() throws IOException {
        Outcome.of("generate-kernels", Outcome.storyModel(), "--quant", "tl2", "--output", folder)
                .done();
        assertTrue(Files.notExists(folder.resolve("kernel_config_tl1.ini")));
        Path gguf = folder.resolve("story.gguf");
        Path ini = folder.resolve("kernel_config_tl2.ini");
        Outcome.of("convert-qwen25", Outcome.storyModel(), "-o", gguf, "--kernel-config", ini, "--quant", "tl2")
                .done();
        Path again = folder.resolve("again");
        Outcome.of("generate-kernels", gguf, "--quant", "tl2", "--output", again)
                .done();
        assertEquals(Files.readString(ini), Files.readString(again.resolve("kernel_config_tl2.ini")));
    }

    @Test
    void otherTilesAreNotReplacedUnasked() throws IOException {
        Files.writeString(folder.resolve("kernel_config_tl1.ini"), "");
        Outcome.of("generate-kernels", "0.5B", "--output", folder).failed(1, "--overwrite");
        Outcome.of("generate-kernels", "0.5B", "--output", folder, "--overwrite")
                .done();
        Outcome.of("generate-kernels", "0.5B", "--output", folder, "--quant", "tl3")
                .failed(2, "tl3");
    }
}

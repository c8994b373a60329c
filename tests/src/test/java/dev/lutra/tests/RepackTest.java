package dev.lutra.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lutra.engine.model.Sequence;
import dev.lutra.engine.text.LanguageModel;
import dev.lutra.engine.text.ModelOptions;
import dev.lutra.gguf.file.GgufFile;
import dev.lutra.gguf.file.GgufTensor;
import dev.lutra.gguf.type.RuntimeType;
import dev.lutra.kernels.KernelKind;
import dev.lutra.kernels.attention.CacheType;
import dev.lutra.kernels.linear.Linear;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Repacked files are the same model, mapped. */
class RepackTest {
    private static final int[] PROMPT = {5, 17, 300, 42, 7, 99, 1000, 3};

    @TempDir
    private Path folder;

    @BeforeEach
    void needsNativeKernels() {
        assumeTrue(KernelKind.NATIVE.whyUnavailable().isEmpty(), "no native kernels here");
    }

    private static float[] logits(Path file, KernelKind kind) throws IOException {
        try (LanguageModel model =
                        LanguageModel.open(file, ModelOptions.threads(2).withKernels(kind));
                Sequence sequence = model.transformer().newSequence(CacheType.F32, PROMPT.length + 1)) {
            var transformer = model.transformer();
            transformer.forward(PROMPT, 0, PROMPT.length, sequence);
            float[] logits = new float[model.config().vocabulary()];
            transformer.logits(transformer.forward(PROMPT, 0, 1, sequence)).copyRow(0, logits, 0);
            return logits;
        }
    }

    @ParameterizedTest
    @CsvSource({
        "tl2, quint",
        "tl2, five",
        "i2_s, codes",
        "tq2_0, quint",
        "tq2_0, triple",
        "tl2x2, quint",
        "tl2x3, codes"
    })
    void logitsAreTheSameToTheBit(String type, String layout) throws IOException {
        Path original = StoryModels.TERNARY.gguf(type), repacked = folder.resolve("repacked.gguf");
        Program.succeed("repack", original.toString(), repacked.toString(), "--layout", layout);
        try (GgufFile file = GgufFile.open(repacked)) {
            assertEquals(64, file.alignment());
            GgufTensor fused = file.tensor("blk.0.attn_qkv.weight");
            assertTrue(fused.type() instanceof RuntimeType, fused.type().label());
            assertTrue(file.find("blk.0.attn_q.weight").isEmpty());
        }
        for (KernelKind kind : KernelKind.values())
            assertArrayEquals(logits(original, kind), logits(repacked, kind), kind + " " + type + " " + layout);
        Program.succeed("validate", repacked.toString(), "--deep");
        assertTrue(Program.succeed("inspect", repacked.toString()).out().contains(layout), "the type has a name");
    }

    @Test
    void nothingIsCopiedAtLoad() throws IOException {
        Path repacked = folder.resolve("repacked.gguf");
        Program.succeed("repack", StoryModels.TERNARY.gguf("tl2").toString(), repacked.toString());
        try (LanguageModel model =
                LanguageModel.open(repacked, ModelOptions.threads(1).withKernels(KernelKind.NATIVE))) {
            assertEquals(
                    0,
                    model.transformer().head().parts().stream()
                            .mapToLong(Linear::residentBytes)
                            .sum());
            assertEquals(0, model.transformer().residentBytes());
        }
    }

    @Test
    void damageIsFoundByValidate() throws IOException {
        Path repacked = folder.resolve("repacked.gguf");
        Program.succeed("repack", StoryModels.TERNARY.gguf("tl2").toString(), repacked.toString(), "--layout", "quint");
        byte[] bytes = Files.readAllBytes(repacked);
        try (GgufFile file = GgufFile.open(repacked)) {
            GgufTensor tensor = file.tensor("blk.1.ffn_gate_up.weight");
            long header = 256L * Math.min(32, Math.ceilDiv(tensor.rows(), 64));
            bytes[(int) (tensor.offset() + header)] = (byte) 0x7F;
        }
        Files.write(repacked, bytes);
        Program validated = Program.run("validate", repacked.toString(), "--deep");
        assertEquals(1, validated.exit());
        assertTrue((validated.out() + validated.err()).contains("blk.1.ffn_gate_up.weight"), validated.err());
    }

    @Test
    void modelsWithoutTritsAreRefused() {
        Path output = folder.resolve("x.gguf");
        Program refused = Program.run("repack", StoryModels.FLOAT.gguf("q8_0").toString(), output.toString());
        assertEquals(1, refused.exit());
        assertTrue(refused.err().contains("no ternary matrices"), refused.err());
        assertTrue(Files.notExists(output));
    }
}

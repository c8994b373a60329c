package dev.lutra.tools.command;

import dev.lutra.gguf.model.KnownModel;
import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.gguf.model.ModelRegistry;
import dev.lutra.gguf.model.ModelSize;
import dev.lutra.tools.cli.BaseCommand;
import dev.lutra.tools.report.OutputFormat;
import dev.lutra.tools.report.Sizes;
import dev.lutra.tools.report.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/** {@code models}: what is known without a file. */
@Command(name = "models", description = "Lists the known models: dimensions, and memory by type and context.")
public final class ModelsCommand extends BaseCommand {
    @Option(names = "--json", description = "Print JSON, an object per model.")
    private boolean json;

    @Override
    protected void run() {
        List<KnownModel> models = ModelRegistry.bundled().models();
        if (json) {
            List<Map<String, Object>> objects =
                    models.stream().map(ModelsCommand::object).toList();
            out().println(JsonMapper.builder()
                    .build()
                    .writerWithDefaultPrettyPrinter()
                    .writeValueAsString(objects));
            return;
        }
        out().print(dimensions(models).render(OutputFormat.text));
        out().println();
        out().println("Bytes of weights by type, and of a float16 cache by tokens of context:");
        out().print(memory(models).render(OutputFormat.text));
    }

    private static Table dimensions(List<KnownModel> models) {
        Table table = new Table(
                "model",
                "parameters",
                "hidden",
                "ffn",
                "layers",
                "heads",
                "kv heads",
                "head dim",
                "vocabulary",
                "tied",
                "context");
        for (KnownModel model : models) {
            ModelConfig config = model.config();
            long parameters = ModelSize.of(config).parameters();
            table.add(
                    model.name(),
                    new Table.Cell(parameters, Sizes.count(parameters)),
                    config.hidden(),
                    config.feedForward(),
                    config.layers(),
                    config.heads(),
                    config.kvHeads(),
                    config.headDim(),
                    config.vocabulary(),
                    config.tied() ? "yes" : "no",
                    config.context());
        }
        return table;
    }

    private static Table memory(List<KnownModel> models) {
        List<String> columns = new ArrayList<>(List.of("model"));
        columns.addAll(ModelMemory.FORMATS);
        columns.add("cache " + ModelMemory.COMMON_CONTEXT);
        columns.add("cache, all");
        Table table = new Table(columns.toArray(String[]::new));
        for (KnownModel model : models) {
            ModelMemory memory = ModelMemory.of(model);
            List<Object> cells = new ArrayList<>(List.of(model.name()));
            memory.weights().values().forEach(bytes -> cells.add(size(bytes)));
            memory.cache().values().forEach(bytes -> cells.add(size(bytes)));
            while (cells.size() < columns.size()) cells.add(cells.getLast());
            table.add(cells.toArray());
        }
        return table;
    }

    private static Table.Cell size(long bytes) {
        return new Table.Cell(bytes, Sizes.bytes(bytes));
    }

    private static Map<String, Object> object(KnownModel model) {
        ModelConfig config = model.config();
        ModelMemory memory = ModelMemory.of(model);
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("name", model.name());
        object.put("family", model.family());
        object.put("size", model.size());
        object.put("architecture", config.architecture().ggufName());
        object.put("checkpoints", model.checkpoints());
        object.put("parameters", ModelSize.of(config).parameters());
        object.put("hidden", config.hidden());
        object.put("ffn", config.feedForward());
        object.put("layers", config.layers());
        object.put("heads", config.heads());
        object.put("kv_heads", config.kvHeads());
        object.put("head_dim", config.headDim());
        object.put("vocabulary", config.vocabulary());
        object.put("tied", config.tied());
        object.put("context", config.context());
        object.put("rope_theta", config.ropeTheta());
        object.put("rms_norm_eps", config.rmsNormEps());
        if (config.experts() != null) object.put("experts", config.experts());
        object.put("weight_bytes", memory.weights());
        object.put("cache_bytes_f16", memory.cache());
        return object;
    }
}

package dev.lutra.tools.command;

import dev.lutra.engine.model.Sequence;
import dev.lutra.engine.text.LanguageModel;
import dev.lutra.kernels.attention.CacheType;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.tools.cli.BaseCommand;
import dev.lutra.tools.cli.CommandFailure;
import dev.lutra.tools.report.OutputFormat;
import dev.lutra.tools.report.Table;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/** {@code logits}: what the model thinks of the next token. */
@Command(name = "logits", description = "Prints the logits after the last token of a text.")
public final class LogitsCommand extends BaseCommand {
    private static final int SHOWN = 10;

    @Mixin
    private ModelOption model = new ModelOption();

    @Mixin
    private PromptOptions prompt = new PromptOptions();

    @Option(names = "--json", description = "Print all logits as JSON: {\"ids\":[...],\"logits\":[...]}.")
    private boolean json;

    @Override
    protected void run() throws IOException {
        try (LanguageModel opened = model.open(err()::println)) {
            int[] ids = prompt.tokens(opened);
            if (ids.length == 0) throw new CommandFailure("the text has no tokens; give one with -p or --ids");
            float[] logits = new float[opened.config().vocabulary()];
            try (Sequence sequence = opened.transformer().newSequence(model.cacheType(CacheType.F32), ids.length)) {
                FloatMatrix hidden = opened.transformer().forward(ids, 0, ids.length, sequence);
                opened.transformer().logits(hidden.rows(hidden.rows() - 1, 1)).copyRow(0, logits, 0);
            }
            if (json) printJson(ids, logits);
            else printBest(opened, logits);
        }
    }

    private void printJson(int[] ids, float[] logits) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("ids", ids);
        result.put("logits", logits);
        out().println(JsonMapper.builder().build().writeValueAsString(result));
    }

    private void printBest(LanguageModel opened, float[] logits) {
        Table table = new Table("id", "token", "logit");
        IntStream.range(0, logits.length)
                .boxed()
                .sorted((a, b) -> Float.compare(logits[b], logits[a]))
                .limit(SHOWN)
                .forEach(id -> table.add(id, opened.tokenizer().decode(id), Table.number(logits[id], 4)));
        out().print(table.render(OutputFormat.text));
    }
}

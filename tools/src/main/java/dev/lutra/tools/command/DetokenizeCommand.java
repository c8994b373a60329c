package dev.lutra.tools.command;

import dev.lutra.engine.tokenizer.Tokenizer;
import dev.lutra.tools.cli.BaseCommand;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/** {@code detokenize}: from token ids to text. */
@Command(
        name = "detokenize",
        description =
                "Prints the text of token ids; with --json or --batch as {\"ids\":[...],\"pieces\":[...],\"text\":\"...\"}.")
public final class DetokenizeCommand extends BaseCommand {
    @Mixin
    private TokenizerOptions options = new TokenizerOptions();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    protected void run() throws IOException {
        Tokenizer tokenizer = options.open(err()::println);
        List<Tokens.Decoded> results = options.ids(tokenizer).stream()
                .map(ids -> Tokens.Decoded.of(tokenizer, ids, options.skipsSpecial()))
                .toList();
        if (json || options.isBatch())
            out().println(JsonMapper.builder()
                    .build()
                    .writeValueAsString(options.isBatch() ? results : results.getFirst()));
        else out().println(results.getFirst().text());
    }
}

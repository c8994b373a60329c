package dev.lutra.tools.command;

import dev.lutra.engine.tokenizer.Tokenizer;
import dev.lutra.tools.cli.BaseCommand;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/** {@code tokenize}: from text to token ids. */
@Command(name = "tokenize", description = "Prints the tokens of a text as JSON: {\"ids\":[...],\"pieces\":[...]}.")
public final class TokenizeCommand extends BaseCommand {
    @Mixin
    private TokenizerOptions options = new TokenizerOptions();

    @Option(names = "--json", description = "Print JSON, which is the only form.")
    @SuppressWarnings("unused") // accepted, so that every command that can print JSON takes it
    private boolean json;

    @Override
    protected void run() throws IOException {
        Tokenizer tokenizer = options.open(err()::println);
        List<Tokens> results = options.ids(tokenizer).stream()
                .map(ids -> Tokens.of(tokenizer, ids))
                .toList();
        out().println(JsonMapper.builder()
                .build()
                .writeValueAsString(options.isBatch() ? results : results.getFirst()));
    }
}

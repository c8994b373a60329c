package dev.lutra.tools.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class StartupSuiteTest {
    @Test
    void readsTheTimesThatRunInferencePrints() {
        String messages = """
                a warning

                        load time =     298.83 ms
                 prompt eval time =      35.01 ms /     1 tokens (   35.01 ms per token,    28.56 tokens per second)
                        eval time =     118.99 ms /    14 runs
                       total time =      39.57 ms /     1 tokens
                """;
        assertEquals(298.83, StartupSuite.reported("load time", messages));
        assertEquals(35.01, StartupSuite.reported("prompt eval time", messages));
        assertEquals(Double.NaN, StartupSuite.reported("other time", messages));
    }

    @Test
    void whatPrecedesLoadingIsTheRest() {
        assertEquals(100, new StartupSuite.Start(200, 50, 350, 400, 0).beforeLoad());
        assertEquals(0, new StartupSuite.Start(200, 160, 350, 400, 0).beforeLoad(), "clocks differ a little");
    }
}

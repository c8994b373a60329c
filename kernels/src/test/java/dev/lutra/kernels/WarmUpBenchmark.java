package dev.lutra.kernels;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.linear.Linear;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.codec.RowCodecs;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.util.List;

/** How soon kernels reach their speed in a fresh process: products of four of the 0.5B's layers and a Q8_0 head, again and again. */
public final class WarmUpBenchmark {
    private static final int[][] SHAPES = {{1152, 896}, {896, 896}, {9728, 896}, {896, 4864}};

    public static void main(String[] args) throws InterruptedException {
        long start = System.nanoTime();
        try (Team team = Team.of(1)) {
            Kernels kernels = args[0].equals("warm")
                    ? Kernels.of(KernelKind.VECTOR, team)
                    : Kernels.withoutWarmUp(KernelKind.VECTOR, team);
            if (args.length > 1) Thread.sleep(Integer.parseInt(args[1]));
            System.out.printf("kernels after %.2f s of processor time%n", processorSeconds());
            Arena arena = Arena.ofShared();
            Linear[] linears = new Linear[5];
            Activations[] inputs = new Activations[5];
            FloatMatrix[] outputs = new FloatMatrix[5];
            for (int i = 0; i < 5; i++) {
                int rows = i < 4 ? SHAPES[i][0] : 15000, columns = i < 4 ? SHAPES[i][1] : 896;
                linears[i] = i < 4
                        ? kernels.ternary(List.of(DigitMatrix.allocate(rows, columns, 1, columns, arena)), arena)
                        : kernels.blocks(RowCodecs.of(GgmlType.Q8_0), arena.allocate(15000L * 28 * 34), rows, columns);
                inputs[i] = kernels.activations(arena, 1, columns);
                outputs[i] = FloatMatrix.allocate(arena, 1, rows);
            }
            for (int pass = 0; pass < 120; pass++) {
                long begin = System.nanoTime();
                for (int i = 0; i < 5; i++) {
                    inputs[i].reset(1);
                    linears[i].multiply(inputs[i], outputs[i], team);
                }
                long end = System.nanoTime();
                if (pass < 10 || pass % 10 == 0)
                    System.out.printf(
                            "pass %3d ends at %5.2f s (%5.2f s of processor time), takes %9.2f ms%n",
                            pass, (end - start) * 1e-9, processorSeconds(), (end - begin) * 1e-6);
            }
        }
    }

    private static double processorSeconds() {
        return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos() * 1e-9;
    }
}

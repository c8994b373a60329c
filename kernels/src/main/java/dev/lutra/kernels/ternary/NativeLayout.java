package dev.lutra.kernels.ternary;

import dev.lutra.gguf.type.RuntimeType;
import dev.lutra.kernels.ffi.NativeLibrary;
import dev.lutra.kernels.ffi.generated.Lutra;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The run-time layouts of ternary digits that the C library knows; {@code lutra_kernels.h} describes them bit by bit. */
public enum NativeLayout {
    /** Three 5-bit indices in 16 bits, 1.78 bits per trit: fewest instructions for one digit, needs AVX-512 BW. */
    FIVE(1),
    /** Five trits in a byte as sign and magnitude, 1.6 bits per trit: fewest bytes, needs AVX-512 VBMI. */
    QUINT(2),
    /** Levels in 2, 4 or 8 bits for multiply-add instructions. */
    CODES(3),
    /**
     * Three trits as a nibble of magnitude and a sign, TL2's code in other places, 1.67 bits per trit: AVX2 and NEON look them
     * up in tables of 16 bytes.
     */
    TRIPLE(4);

    private final int id;

    NativeLayout(int id) {
        this.id = id;
    }

    int id() {
        return id;
    }

    /** The layout with that number in the C library. */
    static NativeLayout ofId(int id) {
        for (NativeLayout layout : values()) if (layout.id == id) return layout;
        throw new IllegalArgumentException("no layout has the number " + id);
    }

    /**
     * The layouts for which the active instruction set has kernels of its own, the one to take untuned first. One and two
     * digits are multiplied as codes, which are read at nearly the memory's speed and make up for being a quarter larger than
     * the smallest layout; three digits, whose codes would take a byte, take the smallest. Tables of 16 bytes take more
     * instructions than they save bytes.
     */
    public static List<NativeLayout> fast(int digits) {
        NativeLibrary.get().require();
        int bits = Lutra.lutra_ternary_layouts(digits);
        List<NativeLayout> layouts =
                new ArrayList<>(digits < 3 ? List.of(CODES, QUINT, FIVE, TRIPLE) : List.of(QUINT, FIVE, CODES, TRIPLE));
        layouts.removeIf(layout -> (bits >> layout.id & 1) == 0);
        return layouts;
    }

    /** The layout to take when nothing is known about machine and shape; every instruction set can read it. */
    public static NativeLayout preferred(int digits) {
        List<NativeLayout> layouts = fast(digits);
        return layouts.isEmpty() ? CODES : layouts.getFirst();
    }

    /** The type of a tensor in this layout; {@code group} is 0 without group scales. */
    public RuntimeType tensorType(int digits, int group) {
        return new RuntimeType(id, digits, group);
    }

    /** "five" and the like. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The layout of that {@link #label}. */
    public static NativeLayout named(String label) {
        return Arrays.stream(values())
                .filter(layout -> layout.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no layout is named " + label));
    }
}

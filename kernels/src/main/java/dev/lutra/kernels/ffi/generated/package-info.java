/** Bindings of {@code lutra_kernels.h}, made by jextract; the command stands in the header. Not edited. */
package dev.lutra.kernels.ffi.generated;

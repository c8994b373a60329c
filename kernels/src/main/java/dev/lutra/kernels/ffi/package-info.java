/**
 * The native library: found or unpacked, loaded, checked. The bindings in {@code generated} are made by jextract from
 * {@code lutra_kernels.h} and are touched only once {@link dev.lutra.kernels.ffi.NativeLibrary} says that the library is there.
 */
@NullMarked
package dev.lutra.kernels.ffi;

import org.jspecify.annotations.NullMarked;

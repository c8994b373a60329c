/** Times matrix products on this machine, alone and as a layer runs them. */
@NullMarked
package dev.lutra.lutgen.measure;

import org.jspecify.annotations.NullMarked;

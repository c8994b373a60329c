/**
 * Vector API products of float activations with rows of any format: what dense and block weights have in common. A format
 * says how its rows are decoded and, where that pays, how they are multiplied by one token without being stored.
 */
@NullMarked
package dev.lutra.kernels.product;

import org.jspecify.annotations.NullMarked;

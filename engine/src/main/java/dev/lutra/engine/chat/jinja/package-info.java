/**
 * An interpreter for the part of Jinja that chat templates are written in: expressions with filters, tests and Python's
 * methods on strings and mappings; {@code if}, {@code for}, {@code set}, {@code macro}, loop controls and whitespace
 * control, set up as Hugging Face's renderer sets Jinja up (trim_blocks, lstrip_blocks). No includes, no inheritance, no
 * access to anything but the variables given. Templates come with model files and are hostile until rendered: work, output
 * and nesting are bounded.
 */
@NullMarked
package dev.lutra.engine.chat.jinja;

import org.jspecify.annotations.NullMarked;

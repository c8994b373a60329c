/** How results reach people and programs: tables in several formats, progress lines, sizes in words. */
@NullMarked
package dev.lutra.tools.report;

import org.jspecify.annotations.NullMarked;

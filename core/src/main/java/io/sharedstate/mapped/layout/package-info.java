/**
 * The file format: one descriptor class for each structure, the only source of its offsets. {@code docs/file-format.md} tells
 * the same byte for byte. All integers are in native byte order; all files begin with a {@link io.sharedstate.mapped.layout.FileHeader}.
 */
@NullMarked
package io.sharedstate.mapped.layout;

import org.jspecify.annotations.NullMarked;

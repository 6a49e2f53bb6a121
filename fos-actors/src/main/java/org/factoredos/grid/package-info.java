/** Tiles, nodes and the distance between them: what stands for the chip (paper §2). */
@NullMarked
package org.factoredos.grid;

import org.jspecify.annotations.NullMarked;

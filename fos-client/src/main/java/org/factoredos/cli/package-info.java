/** The commands of {@code ./fos}. */
@NullMarked
package org.factoredos.cli;

import org.jspecify.annotations.NullMarked;

/** The files of fos as {@code java.nio.file} has files, for programs and libraries that know nothing of fos. */
@NullMarked
package org.factoredos.lib.nio;

import org.jspecify.annotations.NullMarked;

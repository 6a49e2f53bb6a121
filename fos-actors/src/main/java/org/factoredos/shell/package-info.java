/** The command language, itself a program. */
@NullMarked
package org.factoredos.shell;

import org.jspecify.annotations.NullMarked;

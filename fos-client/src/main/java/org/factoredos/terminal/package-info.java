/** The consoles of this machine: a terminal edited by JLine, or the plain streams of a command. */
@NullMarked
package org.factoredos.terminal;

import org.jspecify.annotations.NullMarked;

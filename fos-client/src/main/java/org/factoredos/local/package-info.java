/** Grids of several JVMs on this machine: their processes, and the file by which later commands find them. */
@NullMarked
package org.factoredos.local;

import org.jspecify.annotations.NullMarked;

/** What users bring and the system runs: programs from jars in the tree of files (A3). */
@NullMarked
package org.factoredos.load;

import org.jspecify.annotations.NullMarked;

/** The name server fleet (§3.4): fronts on every node, and owners that hold the canonical directory. */
@NullMarked
package org.factoredos.naming;

import org.jspecify.annotations.NullMarked;

/** The privilege server fleet (§3.1.2): fronts on every node, and owners that hold the rights of domains. */
@NullMarked
package org.factoredos.privilege;

import org.jspecify.annotations.NullMarked;

/** Where things are: nodes, tiles and the hops between them. */
@NullMarked
package org.factoredos.grid;

import org.jspecify.annotations.NullMarked;

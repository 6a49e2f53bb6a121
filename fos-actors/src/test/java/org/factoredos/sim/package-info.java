@NullMarked
package org.factoredos.sim;

import org.jspecify.annotations.NullMarked;

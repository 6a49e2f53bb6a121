@NullMarked
package org.factoredos.naming;

import org.jspecify.annotations.NullMarked;

/** The programs that come with the system; each is an ordinary fos client. */
@NullMarked
package org.factoredos.program;

import org.jspecify.annotations.NullMarked;

/** libfos (§3): the translation library that turns system calls into messages. */
@NullMarked
package org.factoredos.lib;

import org.jspecify.annotations.NullMarked;

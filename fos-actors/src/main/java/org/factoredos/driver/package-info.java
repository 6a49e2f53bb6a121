/** The driver fleet (§3.3): the only clients that touch a device. */
@NullMarked
package org.factoredos.driver;

import org.jspecify.annotations.NullMarked;

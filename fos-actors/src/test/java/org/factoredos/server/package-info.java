@NullMarked
package org.factoredos.server;

import org.jspecify.annotations.NullMarked;

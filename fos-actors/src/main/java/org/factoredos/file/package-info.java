/** The file system fleet: volumes, their metadata in owners, their data in chunks behind the block drivers. */
@NullMarked
package org.factoredos.file;

import org.jspecify.annotations.NullMarked;

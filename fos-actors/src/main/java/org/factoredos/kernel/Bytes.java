package org.factoredos.kernel;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** An immutable run of bytes: a payload's data. Slices share the array, which nobody writes after construction. */
public final class Bytes {
    public static final Bytes EMPTY = new Bytes(new byte[0], 0, 0);

    private final byte[] array;
    private final int offset;
    private final int length;

    private Bytes(byte[] array, int offset, int length) {
        this.array = array;
        this.offset = offset;
        this.length = length;
    }

    /** Copies {@code length} bytes of {@code source}, so that the caller may go on writing there. */
    public static Bytes copyOf(byte[] source, int offset, int length) {
        return length == 0 ? EMPTY : new Bytes(Arrays.copyOfRange(source, offset, offset + length), 0, length);
    }

    /** Wraps without a copy: the caller hands {@code array} over and never writes to it again. */
    public static Bytes owning(byte[] array) {
        return new Bytes(array, 0, array.length);
    }

    public static Bytes utf8(String text) {
        return owning(text.getBytes(StandardCharsets.UTF_8));
    }

    public int length() {
        return length;
    }

    public boolean isEmpty() {
        return length == 0;
    }

    public byte at(int index) {
        return array[offset + checked(index, 1)];
    }

    /** The {@code count} bytes from {@code from} on, without a copy. */
    public Bytes slice(int from, int count) {
        return new Bytes(array, offset + checked(from, count), count);
    }

    public void copyTo(int from, byte[] target, int at, int count) {
        System.arraycopy(array, offset + checked(from, count), target, at, count);
    }

    /** Writes all of it at the buffer's position. */
    public void writeTo(ByteBuffer target) {
        target.put(array, offset, length);
    }

    public byte[] toArray() {
        return Arrays.copyOfRange(array, offset, offset + length);
    }

    /** The CRC32C of the bytes, as disks and networks know it. */
    public int crc32c() {
        CRC32C crc = new CRC32C();
        crc.update(array, offset, length);
        return (int) crc.getValue();
    }

    public String toUtf8() {
        return new String(array, offset, length, StandardCharsets.UTF_8);
    }

    private int checked(int from, int count) {
        if (from < 0 || count < 0 || from > length - count) {
            throw new IndexOutOfBoundsException(from + "+" + count + " of " + length);
        }
        return from;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Bytes that
                && Arrays.equals(array, offset, offset + length, that.array, that.offset, that.offset + that.length);
    }

    @Override
    public int hashCode() {
        int hash = 1;
        for (int i = offset; i < offset + length; i++) {
            hash = 31 * hash + array[i];
        }
        return hash;
    }

    @Override
    public String toString() {
        return length + " bytes";
    }
}

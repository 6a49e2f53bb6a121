package org.factoredos.shell;

import org.factoredos.placement.Stream;

/** Where the standard streams of a command lead. */
record Streams(Stream in, Stream out, Stream err) {
    Stream get(int number) {
        return switch (number) {
            case 0 -> in;
            case 1 -> out;
            default -> err;
        };
    }

    Streams with(int number, Stream stream) {
        return switch (number) {
            case 0 -> new Streams(stream, out, err);
            case 1 -> new Streams(in, stream, err);
            default -> new Streams(in, out, stream);
        };
    }
}

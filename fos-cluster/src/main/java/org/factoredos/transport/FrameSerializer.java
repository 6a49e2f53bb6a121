package org.factoredos.transport;

import akka.serialization.ByteBufferSerializer;
import akka.serialization.SerializerWithStringManifest;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Akka's way to {@link FrameFormat}. It reads whatever arrives: what is no frame becomes a message that says so, and its
 * receiver goes on.
 */
public final class FrameSerializer extends SerializerWithStringManifest implements ByteBufferSerializer {
    /** Of all serializers of a system, and for good; Akka keeps those up to 40. */
    private static final int IDENTIFIER = 2009;

    private static final String MANIFEST = "frame";

    @Override
    public int identifier() {
        return IDENTIFIER;
    }

    @Override
    public String manifest(Object message) {
        return MANIFEST;
    }

    @Override
    public void toBinary(Object message, ByteBuffer out) {
        FrameFormat.write(((LinkHost.FrameArrived) message).frame(), out);
    }

    @Override
    public byte[] toBinary(Object message) {
        ByteBuffer out = ByteBuffer.allocate(FrameFormat.mostBytes(((LinkHost.FrameArrived) message).frame()));
        toBinary(message, out);
        return Arrays.copyOf(out.array(), out.position());
    }

    @Override
    public Object fromBinary(ByteBuffer in, String manifest) {
        if (!manifest.equals(MANIFEST)) {
            return new LinkHost.StrangeArrived("it is called \"" + manifest + "\"");
        }
        try {
            return new LinkHost.FrameArrived(FrameFormat.read(in));
        } catch (MalformedFrame e) {
            return new LinkHost.StrangeArrived(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public Object fromBinary(byte[] in, String manifest) {
        return fromBinary(ByteBuffer.wrap(in), manifest);
    }
}

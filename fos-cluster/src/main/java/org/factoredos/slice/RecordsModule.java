package org.factoredos.slice;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DatabindContext;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.annotation.JsonTypeIdResolver;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.jsontype.impl.TypeIdResolverBase;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import java.io.IOException;
import java.lang.reflect.Modifier;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Destination;
import org.factoredos.kernel.Payload;
import org.factoredos.placement.Stream;
import org.factoredos.server.Event;
import org.factoredos.server.Snapshot;

/**
 * How the records of fos are written as CBOR: each value of an open type carries its record's name.
 *
 * <p>What may be read back is a record of ours of the type that is expected there, and nothing else, whatever the bytes
 * say.
 */
public final class RecordsModule extends SimpleModule {
    private static final String ROOT = "org.factoredos.";

    public RecordsModule() {
        super("fos-records");
        for (Class<?> open :
                new Class<?>[] {Event.class, Snapshot.class, Payload.class, Destination.class, Stream.class}) {
            setMixInAnnotation(open, Named.class);
        }
        addSerializer(new BytesWriter());
        addDeserializer(Bytes.class, new BytesReader());
    }

    @JsonTypeInfo(use = JsonTypeInfo.Id.CUSTOM, property = "@")
    @JsonTypeIdResolver(RecordNames.class)
    private interface Named {}

    /** A record's name is its class's, without our root package: to move one is to write a new version. */
    static final class RecordNames extends TypeIdResolverBase {
        private JavaType expected = com.fasterxml.jackson.databind.type.TypeFactory.unknownType();

        @Override
        public void init(JavaType base) {
            expected = base;
        }

        @Override
        public String idFromValue(Object value) {
            return idFromValueAndType(value, value.getClass());
        }

        @Override
        public String idFromValueAndType(Object value, Class<?> type) {
            if (!mayCross(type) || !type.getName().startsWith(ROOT)) {
                throw new IllegalArgumentException(type.getName() + " is no record of fos");
            }
            return type.getName().substring(ROOT.length());
        }

        @Override
        public JavaType typeFromId(DatabindContext context, String id) throws IOException {
            try {
                // Not initialised before it is known to be one that may be read.
                Class<?> type = Class.forName(ROOT + id, false, RecordsModule.class.getClassLoader());
                if (mayCross(type) && expected.getRawClass().isAssignableFrom(type)) {
                    return context.constructSpecializedType(expected, type);
                }
            } catch (ClassNotFoundException e) {
                // Falls through to the refusal.
            }
            throw new IOException("\"" + id + "\" is no record that may stand here");
        }

        /** A payload that is private to its class, such as what a microkernel tells itself, comes from no other node. */
        private static boolean mayCross(Class<?> type) {
            return type.isRecord() && (Modifier.isPublic(type.getModifiers()) || !Payload.class.isAssignableFrom(type));
        }

        @Override
        public JsonTypeInfo.Id getMechanism() {
            return JsonTypeInfo.Id.CUSTOM;
        }
    }

    private static final class BytesWriter extends StdSerializer<Bytes> {
        BytesWriter() {
            super(Bytes.class);
        }

        @Override
        public void serialize(Bytes bytes, JsonGenerator out, SerializerProvider provider) throws IOException {
            out.writeBinary(bytes.toArray());
        }
    }

    private static final class BytesReader extends StdDeserializer<Bytes> {
        BytesReader() {
            super(Bytes.class);
        }

        @Override
        public Bytes deserialize(JsonParser in, DeserializationContext context) throws IOException {
            return Bytes.owning(in.getBinaryValue());
        }
    }
}

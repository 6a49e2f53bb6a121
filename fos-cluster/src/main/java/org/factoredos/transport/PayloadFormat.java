package org.factoredos.transport;

import akka.actor.typed.ActorSystem;
import akka.serialization.jackson.JacksonObjectMapperProvider;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import java.io.IOException;
import java.util.Optional;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Payload;

/** Payloads as CBOR, in which data are byte strings; {@link org.factoredos.slice.RecordsModule} says which there are. */
final class PayloadFormat {
    private final ObjectWriter writer;
    private final ObjectReader reader;

    PayloadFormat(ActorSystem<?> system) {
        ObjectMapper mapper =
                JacksonObjectMapperProvider.get(system).getOrCreate("jackson-cbor", Optional.of(new CBORFactory()));
        writer = mapper.writerFor(Payload.class);
        reader = mapper.readerFor(Payload.class);
    }

    /** @throws JsonProcessingException for what cannot cross: it is no record, or private to its class */
    Bytes write(Payload payload) throws JsonProcessingException {
        return Bytes.owning(writer.writeValueAsBytes(payload));
    }

    /** @throws IOException where the bytes are no payload that may cross */
    Payload read(Bytes data) throws IOException {
        Payload payload = reader.readValue(data.toArray());
        if (payload == null) {
            throw new IOException("nothing where a payload should be");
        }
        return payload;
    }
}

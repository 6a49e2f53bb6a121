package org.factoredos.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.typesafe.config.ConfigFactory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.Trace;
import org.factoredos.node.Settings;
import org.factoredos.server.Membership;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every payload of every protocol crosses; nothing else does. */
@Tag("M18")
class PayloadFormatTest {
    private static ActorTestKit kit;
    private static PayloadFormat format;

    private record Own(int number) implements Payload {}

    @BeforeAll
    static void start() {
        kit = ActorTestKit.create(
                ConfigFactory.parseMap(Map.of("akka.actor.provider", "local", "akka.extensions", List.of()))
                        .withFallback(Settings.load().akka()));
        format = new PayloadFormat(kit.system());
    }

    @AfterAll
    static void stop() {
        kit.shutdownTestKit();
    }

    static Stream<Class<?>> payloads() {
        return new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .importPackages("org.factoredos")
                        .stream()
                        .filter(type -> type.isRecord() && type.isAssignableTo(Payload.class))
                        .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                        // The machine room's own news, for the servers of one node.
                        .filter(type -> !type.isEquivalentTo(Membership.class))
                        .map(type -> (Class<?>) type.reflect());
    }

    @ParameterizedTest
    @MethodSource("payloads")
    void aPayloadIsReadAsItWasWritten(Class<?> type) throws Exception {
        Payload payload = (Payload) sample(type);

        assertThat(format.read(format.write(payload))).isEqualTo(payload);
    }

    @Test
    void whatIsPrivateToAClassDoesNotCross() throws Exception {
        assertThatExceptionOfType(JsonProcessingException.class)
                .isThrownBy(() -> format.write(new Own(1)))
                .withMessageContaining("is no record of fos");
        for (String name :
                List.of("kernel.Microkernel$Ended", "transport.PayloadFormatTest$Own", "naming.NameOwner$x")) {
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> format.read(named(name)))
                    .withMessageContaining("is no record that may stand here");
        }
    }

    @Test
    void aClassThatIsNoPayloadIsNotMade() {
        for (String name : List.of("grid.NodeId", "node.Node", "server.OwnerLife$OwnerStarted")) {
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> format.read(named(name)))
                    .withMessageContaining("is no record that may stand here");
        }
    }

    @Test
    void otherBytesAreRefused() {
        for (Bytes bytes : List.of(Bytes.EMPTY, Bytes.utf8("fos"), Bytes.owning(new byte[] {(byte) 0xF6}))) {
            assertThatExceptionOfType(IOException.class).isThrownBy(() -> format.read(bytes));
        }
    }

    private static Bytes named(String record) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (var cbor = new CBORFactory().createGenerator(out)) {
            cbor.writeStartObject();
            cbor.writeStringField("@", record);
            cbor.writeNumberField("number", 1);
            cbor.writeEndObject();
        }
        return Bytes.owning(out.toByteArray());
    }

    /** A value of the type in which nothing is empty. */
    private static Object sample(Type type) throws ReflectiveOperationException {
        if (type instanceof ParameterizedType generic
                && Payload.class.isAssignableFrom((Class<?>) generic.getRawType())) {
            return sample(generic.getRawType()); // A request, which is a record however its answer is called.
        }
        if (type instanceof ParameterizedType generic) {
            Object inner = sample(generic.getActualTypeArguments()[0]);
            return switch ((Class<?>) generic.getRawType()) {
                case Class<?> raw when raw.isAssignableFrom(List.class) -> List.of(inner, inner);
                case Class<?> raw when raw.equals(Optional.class) -> Optional.of(inner);
                default -> new TreeMap<>(Map.of(inner, sample(generic.getActualTypeArguments()[1])));
            };
        }
        Class<?> raw = (Class<?>) type;
        return switch (raw) {
            case Class<?> t when t == int.class || t == Integer.class -> 1_000_000_007;
            case Class<?> t when t == long.class || t == Long.class -> 1L << 60;
            case Class<?> t when t == boolean.class -> true;
            case Class<?> t when t == String.class -> "é\n\"text\"";
            case Class<?> t when t == Bytes.class -> Bytes.utf8("data").slice(1, 2);
            case Class<?> t when t == Payload.class -> new Delegation.BindFailed();
            case Class<?> t
            when t == Trace.class ->
                Trace.begin((TileId) record(TileId.class), 1).then(Trace.Step.SENT, (TileId) record(TileId.class), 2);
            case Class<?> t when t.isEnum() -> t.getEnumConstants()[t.getEnumConstants().length - 1];
            case Class<?> t when t.isSealed() -> sample(t.getPermittedSubclasses()[0]);
            default -> record(raw);
        };
    }

    private static Object record(Class<?> type) throws ReflectiveOperationException {
        RecordComponent[] components = type.getRecordComponents();
        Object[] values = new Object[components.length];
        Class<?>[] types = new Class<?>[components.length];
        for (int i = 0; i < components.length; i++) {
            values[i] = sample(components[i].getGenericType());
            types[i] = components[i].getType();
        }
        Constructor<?> constructor = type.getDeclaredConstructor(types);
        constructor.setAccessible(true);
        return constructor.newInstance(values);
    }
}

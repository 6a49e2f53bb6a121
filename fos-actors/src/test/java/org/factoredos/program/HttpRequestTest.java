package org.factoredos.program;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Heads of requests as browsers, and others, send them. */
@Tag("O7")
class HttpRequestTest {
    private static HttpRequest parse(String text) throws HttpRequest.Bad {
        byte[] bytes = text.getBytes(ISO_8859_1);
        return HttpRequest.parse(bytes, HttpRequest.endOfHead(bytes, bytes.length));
    }

    private static HttpRequest asking(String target) throws HttpRequest.Bad {
        return parse("GET " + target + " HTTP/1.1\r\nHost: fos\r\n\r\n");
    }

    @Test
    void aHeadEndsAtItsEmptyLine() {
        byte[] two = "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /b".getBytes(ISO_8859_1);
        assertThat(HttpRequest.endOfHead(two, two.length)).isEqualTo(27);
        assertThat(HttpRequest.endOfHead(two, 26)).isEqualTo(-1);
    }

    @Test
    void fieldsAreFoundWhateverTheirCase() throws HttpRequest.Bad {
        HttpRequest request =
                parse("GET /x?y=1 HTTP/1.1\r\nHOST: fos\r\nRange:bytes=0-1 \r\nconnection: Close\r\n\r\n");
        assertThat(request.path()).isEqualTo("/x");
        assertThat(request.field("range")).contains("bytes=0-1");
        assertThat(request.keepsAlive()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "/, /",
        "/a%20b, /a b",
        "/%C3%A9, /\u00e9",
        "http://fos/x, /x",
        "http://fos, /",
        "/..., /...",
        "/a//b, /a//b"
    })
    void aPathIsDecoded(String target, String path) throws HttpRequest.Bad {
        assertThat(asking(target).path()).isEqualTo(path);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/..",
                "/a/../../b",
                "/%2e%2e/x",
                "/a/%2E./x",
                "/x%2f..%2fy",
                "/%0",
                "/%zz",
                "/a%00",
                "a",
                "*",
                "/./x"
            })
    void whatCouldLeadOutIsRefused(String target) throws HttpRequest.Bad {
        HttpRequest request = asking(target);
        assertThatExceptionOfType(HttpRequest.Bad.class)
                .isThrownBy(request::path)
                .satisfies(bad -> assertThat(bad.status()).isEqualTo(400));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
                "GET /\r\n\r\n"
            })
    void whatIsAmbiguousIsRefused(String text) {
        assertThatExceptionOfType(HttpRequest.Bad.class)
                .isThrownBy(() -> parse(text))
                .satisfies(bad -> assertThat(bad.status()).isEqualTo(400));
    }

    @Test
    void anotherVersionIsToldWhichIsSpoken() {
        assertThatExceptionOfType(HttpRequest.Bad.class)
                .isThrownBy(() -> parse("GET / HTTP/2.0\r\n\r\n"))
                .satisfies(bad -> assertThat(bad.status()).isEqualTo(505));
    }
}

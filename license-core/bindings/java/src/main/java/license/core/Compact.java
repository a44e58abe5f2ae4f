package license.core;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import license.core.internal.Base64Url;
import license.core.internal.Json;
import license.core.internal.Texts;

/**
 * The parts of a compact JWS (<a href="https://www.rfc-editor.org/rfc/rfc7515#section-7.1">RFC 7515, section 7.1</a>)
 * before anything is verified; licenses and key sets differ in {@code typ} alone.
 *
 * @param token as it was received, without white space around it
 * @param kid the key that it names
 * @param payload decoded from base64url, but not looked into
 * @param signingInput the bytes that were signed, as received
 */
record Compact(String token, String kid, byte[] payload, byte[] signingInput, byte[] signature) {
    /** Longest token that is read, in bytes. */
    static final int LONGEST = 16_384;

    private static final Set<String> HEADER = Set.of("alg", "kid", "typ");

    /** Splits a token and reads its header. */
    static Compact split(String text, String typ) throws Json.Malformed {
        String token = Texts.trimAscii(text);
        if (token.length() > LONGEST) {
            throw new Json.Malformed("it is longer than " + LONGEST + " bytes");
        }
        String[] parts = parts(token);
        if (parts == null) {
            throw new Json.Malformed("it is not three parts joined by dots; was all of it copied?");
        }
        String kid = kid(decoded(parts[0], "header"), typ);
        byte[] signature = Base64Url.decode(parts[2], 64);
        if (signature == null) {
            throw new Json.Malformed("its signature is not base64url without padding; was it changed on the way?");
        }
        byte[] payload = decoded(parts[1], "payload");
        byte[] signingInput = token.substring(0, token.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII);
        return new Compact(token, kid, payload, signingInput, signature);
    }

    /** Three parts joined by dots, or null. */
    static String[] parts(String token) {
        int first = token.indexOf('.');
        int last = token.lastIndexOf('.');
        if (first == last || token.indexOf('.', first + 1) != last) {
            return null;
        }
        return new String[] {token.substring(0, first), token.substring(first + 1, last), token.substring(last + 1)};
    }

    private static byte[] decoded(String part, String name) throws Json.Malformed {
        byte[] bytes = Base64Url.decode(part);
        if (bytes == null) {
            throw new Json.Malformed("its " + name + " is not base64url without padding; was it changed on the way?");
        }
        return bytes;
    }

    /** Exactly these three members: the algorithm is taken from here, not from the token. */
    private static String kid(byte[] json, String typ) throws Json.Malformed {
        Map<String, Object> header = Json.parseObject(json);
        if (!header.keySet().equals(HEADER)) {
            throw new Json.Malformed("its header does not have exactly alg, kid and typ");
        }
        if (!"EdDSA".equals(header.get("alg")) || !typ.equals(header.get("typ"))) {
            throw new Json.Malformed("its header is not that of " + typ);
        }
        String kid = Json.text(header, "kid");
        if (!Base64Url.is(kid, 32)) {
            throw new Json.Malformed("its kid is no key id");
        }
        return kid;
    }
}

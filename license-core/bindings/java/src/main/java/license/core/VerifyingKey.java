package license.core;

import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import license.core.internal.Base64Url;
import license.core.internal.Ed25519;
import license.core.internal.Json;
import license.core.internal.Texts;

/** An Ed25519 public key that was checked when it was made, with its name. */
public final class VerifyingKey {
    private final PublicKey key;
    private final String id;

    private VerifyingKey(PublicKey key, String id) {
        this.key = key;
        this.id = id;
    }

    /**
     * From the {@code x} of a JWK: 32 bytes in base64url.
     *
     * @throws LicenseException {@link OutcomeCode#UNUSABLE_TRUST} if they are no point of the curve, one of small
     *     order, or a second spelling of one
     */
    public static VerifyingKey of(String x) throws LicenseException {
        try {
            return point(x);
        } catch (Json.Malformed e) {
            throw new LicenseException(
                    OutcomeCode.UNUSABLE_TRUST, "a key of the vendor cannot be used: " + e.getMessage());
        }
    }

    /**
     * Its SHA-256 thumbprint in base64url, 43 characters, which is the {@code kid} of what it signs (<a
     * href="https://www.rfc-editor.org/rfc/rfc7638">RFC 7638</a>).
     */
    public String id() {
        return id;
    }

    /** Whether these are the 64 bytes of its signature of a message, verified strictly. */
    boolean verifies(byte[] message, byte[] signature) {
        return Ed25519.verifies(key, message, signature);
    }

    /** A JWK as in vendor files and key sets; members that are not named here are ignored (RFC 7517, section 4). */
    static VerifyingKey ofJwk(Object value) throws Json.Malformed {
        Map<String, Object> jwk = Json.object(value, "a key");
        if (!Json.text(jwk, "kty").equals("OKP") || !Json.text(jwk, "crv").equals("Ed25519")) {
            throw new Json.Malformed("only kty OKP with crv Ed25519 is understood");
        }
        String alg = optional(jwk, "alg");
        if (alg != null && !alg.equals("EdDSA") && !alg.equals("Ed25519")) {
            throw new Json.Malformed("alg is not EdDSA");
        }
        String use = optional(jwk, "use");
        if (use != null && !use.equals("sig")) {
            throw new Json.Malformed("use is not sig");
        }
        VerifyingKey key = point(Json.text(jwk, "x"));
        String kid = optional(jwk, "kid");
        if (kid != null && !kid.equals(key.id)) {
            throw new Json.Malformed("a key id does not belong to the key beside it");
        }
        return key;
    }

    /** A list of JWKs, each key once. */
    static List<VerifyingKey> ofJwks(Object value) throws Json.Malformed {
        List<VerifyingKey> keys = new ArrayList<>();
        for (Object jwk : Json.list(value, "keys")) {
            VerifyingKey key = ofJwk(jwk);
            if (find(keys, key.id) == null) {
                keys.add(key);
            }
        }
        return keys;
    }

    /** The key of that name; null if it is not among them. */
    static VerifyingKey find(List<VerifyingKey> keys, String id) {
        for (VerifyingKey key : keys) {
            if (key.id.equals(id)) {
                return key;
            }
        }
        return null;
    }

    private static String optional(Map<String, Object> jwk, String member) throws Json.Malformed {
        return jwk.get(member) == null ? null : Json.text(jwk, member);
    }

    static VerifyingKey point(String x) throws Json.Malformed {
        byte[] bytes = Base64Url.decode(x, 32);
        if (bytes == null) {
            throw new Json.Malformed("x is not 32 bytes of base64url");
        }
        PublicKey key = Ed25519.key(bytes);
        if (key == null) {
            throw new Json.Malformed("it is not a usable Ed25519 public key");
        }
        // RFC 7638, section 3.2, and RFC 8037, section 2: these members in this order, without white space.
        String jwk = "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"" + x + "\"}";
        return new VerifyingKey(key, Base64Url.encode(Texts.sha256(jwk.getBytes(StandardCharsets.US_ASCII))));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof VerifyingKey key && key.id.equals(id);
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    @Override
    public String toString() {
        return "VerifyingKey(" + id + ")";
    }
}

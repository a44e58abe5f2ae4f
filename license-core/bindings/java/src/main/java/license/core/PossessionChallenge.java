package license.core;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Map;
import license.core.internal.Base64Url;
import license.core.internal.Json;
import license.core.internal.Texts;

/**
 * 32 random bytes that this machine's key signs: a copied file is then no copied license. Make one for each check, use
 * it once, and let {@link Agent#prove} answer it.
 */
public final class PossessionChallenge {
    private static final int LONGEST_PROOF = 4096;

    private final byte[] bytes;

    private PossessionChallenge(byte[] bytes) {
        this.bytes = bytes;
    }

    /** A new one from the system's source of randomness. */
    public static PossessionChallenge random() {
        byte[] bytes = new byte[32];
        new SecureRandom().nextBytes(bytes);
        return new PossessionChallenge(bytes);
    }

    /**
     * Reads 43 characters of base64url.
     *
     * @throws IllegalArgumentException if they are not that
     */
    public static PossessionChallenge parse(String text) {
        byte[] bytes = Base64Url.decode(Texts.trimAscii(text), 32);
        if (bytes == null) {
            throw new IllegalArgumentException("a challenge is 43 characters of base64url");
        }
        return new PossessionChallenge(bytes);
    }

    /** Checks an answer: form, signature, challenge, license and key, in that order. */
    void check(String deviceKey, String token, String proof) throws LicenseException {
        if (deviceKey == null) {
            throw new LicenseException(PossessionFault.NO_KEY);
        }
        String answer = Texts.trimAscii(proof);
        if (Texts.utf8Length(answer) > LONGEST_PROOF) {
            throw new LicenseException(PossessionFault.TOO_LONG);
        }
        String[] parts = Compact.parts(answer);
        if (parts == null) {
            throw new LicenseException(PossessionFault.PARTS);
        }
        VerifyingKey key = header(decoded(parts[0]));
        byte[] signature = Base64Url.decode(parts[2], 64);
        if (signature == null) {
            throw new LicenseException(PossessionFault.ENCODING);
        }
        byte[] payload = decoded(parts[1]);
        if (!key.verifies((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII), signature)) {
            throw new LicenseException(PossessionFault.SIGNATURE);
        }
        byte[][] claims = claims(payload);
        if (!MessageDigest.isEqual(claims[0], bytes)) {
            throw new LicenseException(PossessionFault.CHALLENGE);
        }
        if (!MessageDigest.isEqual(claims[1], Texts.sha256(token.getBytes(StandardCharsets.US_ASCII)))) {
            throw new LicenseException(PossessionFault.LICENSE);
        }
        if (!key.id().equals(deviceKey)) {
            throw new LicenseException(PossessionFault.OTHER_KEY);
        }
    }

    private static byte[] decoded(String part) throws LicenseException {
        byte[] bytes = Base64Url.decode(part);
        if (bytes == null) {
            throw new LicenseException(PossessionFault.ENCODING);
        }
        return bytes;
    }

    /**
     * Members that are not known are ignored, as RFC 7515 section 4 has it, unless {@code crit} says that they count.
     */
    private static VerifyingKey header(byte[] json) throws LicenseException {
        try {
            Map<String, Object> header = Json.parseObject(json);
            Map<String, Object> jwk = Json.object(header.get("jwk"), "jwk");
            String alg = Json.text(header, "alg");
            boolean isKnown = alg.equals("EdDSA") || alg.equals("Ed25519");
            boolean isAnswer = Json.text(header, "typ").equals("license-possession+jwt");
            boolean isKey = Json.text(jwk, "kty").equals("OKP") && Json.text(jwk, "crv").equals("Ed25519");
            // "d" is the private half, which is never to be sent.
            if (isKnown && isAnswer && isKey && !header.containsKey("crit") && !jwk.containsKey("d")) {
                return VerifyingKey.point(Json.text(jwk, "x"));
            }
        } catch (Json.Malformed e) {
            // Told below: there is one fault for all of it.
        }
        throw new LicenseException(PossessionFault.HEADER);
    }

    /** The challenge that is answered, and the hash of the license. */
    private static byte[][] claims(byte[] json) throws LicenseException {
        try {
            Map<String, Object> claims = Json.parseObject(json);
            byte[] nonce = Base64Url.decode(Json.text(claims, "nonce"), 32);
            byte[] hash = Base64Url.decode(Json.text(claims, "ath"), 32);
            if (nonce != null && hash != null) {
                return new byte[][] {nonce, hash};
            }
        } catch (Json.Malformed e) {
            // Told below.
        }
        throw new LicenseException(PossessionFault.CLAIMS);
    }

    /** The 43 characters that go to the agent. */
    @Override
    public String toString() {
        return Base64Url.encode(bytes);
    }
}

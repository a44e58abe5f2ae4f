package license.core;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.Arrays;
import java.util.List;
import license.core.internal.Base64Url;

/** A vendor of the cases: signs whatever claims it is given. */
final class Signer {
    static final String VENDOR = "https://vendor.example";
    static final String DISK = "DF1-2YV4QVQCX4UPWPYPXNKUP2QPQOGRZ4QVYSKYNOTASOC2GXHY";
    static final String DEV =
            "{\"v\":1,\"r\":\"1ivIVg\",\"min\":60,\"c\":{\"disk\":[20,\"vyj7Pw-7VUfqDw\"],\"board\":[25,\"jRzyFcSVhrpgkw\"]}}";

    private final KeyPair pair;
    final String x;
    final VerifyingKey key;

    Signer() {
        try {
            pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
            byte[] spki = pair.getPublic().getEncoded();
            x = Base64Url.encode(Arrays.copyOfRange(spki, spki.length - 32, spki.length));
            key = VerifyingKey.of(x);
        } catch (GeneralSecurityException | LicenseException e) {
            throw new AssertionError(e);
        }
    }

    Trust trust() {
        return Trust.of(VENDOR, "cad-pro", VENDOR, List.of(key));
    }

    String sign(String header, String payload) {
        try {
            String input = encoded(header) + "." + encoded(payload);
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(pair.getPrivate());
            signature.update(input.getBytes(StandardCharsets.US_ASCII));
            return input + "." + Base64Url.encode(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** A license from 1000 on; more claims follow, each behind a comma. */
    String license(String more) {
        return sign(header("license+jwt"), claims(more));
    }

    String keySet(long sequence, Signer... named) {
        StringBuilder keys = new StringBuilder();
        for (Signer signer : named) {
            String jwk = "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" + signer.x + "\"}";
            keys.append(keys.length() == 0 ? "" : ",").append(jwk);
        }
        String claims = "{\"iss\":\"" + VENDOR + "\",\"seq\":" + sequence + ",\"iat\":1,\"keys\":[" + keys + "]}";
        return sign(header("license-keys+jwt"), claims);
    }

    String header(String typ) {
        return "{\"alg\":\"EdDSA\",\"kid\":\"" + key.id() + "\",\"typ\":\"" + typ + "\"}";
    }

    static String claims(String more) {
        return "{\"iss\":\"" + VENDOR + "\",\"aud\":\"cad-pro\",\"sub\":\"one\",\"jti\":\"0199\",\"iat\":1000,\"nbf\":1000,"
                + "\"qty\":1,\"feat\":[\"mesh\"]" + more + "}";
    }

    private static String encoded(String json) {
        return Base64Url.encode(json.getBytes(StandardCharsets.UTF_8));
    }
}

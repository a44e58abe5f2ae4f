package license.core.internal;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.NoSuchProviderException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;

/**
 * Strict Ed25519: the JDK's own verification (<a href="https://www.rfc-editor.org/rfc/rfc8032#section-5.1.7">RFC
 * 8032</a>), and before it the checks that it does not promise. Key and R are the one encoding of their point and not
 * of small order, S is below L. The JDK compares points without the cofactor; with R encoded in the one way, that is
 * the comparison of bytes which the license format asks for.
 */
public final class Ed25519 {
    /** 2^255 - 19 */
    private static final BigInteger P = BigInteger.ONE.shiftLeft(255).subtract(BigInteger.valueOf(19));

    /** The order of the base point. */
    private static final BigInteger L =
            BigInteger.ONE.shiftLeft(252).add(new BigInteger("27742317777372353535851937790883648493"));

    /** -121665/121666 */
    private static final BigInteger D =
            BigInteger.valueOf(-121665).multiply(BigInteger.valueOf(121666).modInverse(P)).mod(P);

    /**
     * What SPKI puts in front of the 32 bytes, <a href="https://www.rfc-editor.org/rfc/rfc8410#section-4">RFC
     * 8410</a>.
     */
    private static final byte[] SPKI = {0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0};

    private Ed25519() {}

    /** A usable key of 32 bytes; null if they are no point, one of small order, or a second spelling of one. */
    public static PublicKey key(byte[] point) {
        if (point.length != 32 || !isStrict(point, 0) || !isOnCurve(y(point, 0))) {
            return null;
        }
        byte[] spki = new byte[SPKI.length + 32];
        System.arraycopy(SPKI, 0, spki, 0, SPKI.length);
        System.arraycopy(point, 0, spki, SPKI.length, 32);
        try {
            return keys().generatePublic(new X509EncodedKeySpec(spki));
        } catch (GeneralSecurityException e) {
            return null;
        }
    }

    /** Whether the 64 bytes are the key's signature of the message. */
    public static boolean verifies(PublicKey key, byte[] message, byte[] signature) {
        if (signature.length != 64 || !isStrict(signature, 0) || littleEndian(signature, 32).compareTo(L) >= 0) {
            return false;
        }
        try {
            Signature verifier = verifier();
            verifier.initVerify(key);
            verifier.update(message);
            return verifier.verify(signature);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** Whether a point is encoded in the one way and not of small order; whether it is on the curve is not asked. */
    private static boolean isStrict(byte[] bytes, int from) {
        BigInteger y = y(bytes, from);
        return y.compareTo(P) < 0 && !isSmallOrder(y);
    }

    /**
     * Whether the point has an order of one or two (y² = 1), four (y = 0) or eight: then its double has y = 0, so y² = -x²,
     * and with the curve's equation d·y⁴ + 2·y² - 1 = 0.
     */
    private static boolean isSmallOrder(BigInteger y) {
        BigInteger square = y.multiply(y).mod(P);
        BigInteger eighth = D.multiply(square).add(BigInteger.TWO).multiply(square).subtract(BigInteger.ONE);
        return y.signum() == 0 || square.equals(BigInteger.ONE) || eighth.mod(P).signum() == 0;
    }

    /** Whether x² = (y² - 1) / (d·y² + 1) has a solution. None but points of small order have x = 0. */
    private static boolean isOnCurve(BigInteger y) {
        BigInteger square = y.multiply(y).mod(P);
        BigInteger over = square.subtract(BigInteger.ONE);
        BigInteger under = D.multiply(square).add(BigInteger.ONE);
        // u/v is a square exactly if u·v is.
        BigInteger symbol = over.multiply(under).mod(P).modPow(P.shiftRight(1), P);
        return symbol.equals(BigInteger.ONE);
    }

    private static BigInteger y(byte[] bytes, int from) {
        return littleEndian(bytes, from).clearBit(255);
    }

    private static BigInteger littleEndian(byte[] bytes, int from) {
        byte[] turned = new byte[32];
        for (int at = 0; at < 32; at++) {
            turned[at] = bytes[from + 31 - at];
        }
        return new BigInteger(1, turned);
    }

    /** The JDK's own before any other that was installed: what others promise is not known here. */
    private static KeyFactory keys() throws NoSuchAlgorithmException {
        try {
            return KeyFactory.getInstance("Ed25519", "SunEC");
        } catch (NoSuchProviderException | NoSuchAlgorithmException e) {
            return KeyFactory.getInstance("Ed25519");
        }
    }

    private static Signature verifier() throws NoSuchAlgorithmException {
        try {
            return Signature.getInstance("Ed25519", "SunEC");
        } catch (NoSuchProviderException | NoSuchAlgorithmException e) {
            return Signature.getInstance("Ed25519");
        }
    }
}

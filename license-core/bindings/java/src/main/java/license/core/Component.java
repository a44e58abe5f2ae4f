package license.core;

/**
 * One hardware fact as it stands in a fingerprint. Digests are personal data: keep them out of logs.
 *
 * @param digest 10 bytes in base64url
 * @param privileged whether it took an administrator's rights to read
 */
public record Component(Kind kind, String digest, boolean privileged) {
    @Override
    public String toString() {
        return "Component(" + kind.word() + ")";
    }
}

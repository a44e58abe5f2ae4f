package license.core;

/** Why the answer to a {@link PossessionChallenge} proves nothing. */
public enum PossessionFault {
    /** None was given. */
    MISSING("missing", "none was given"),
    /** The license names no key, so nothing can prove that it is not a copy. */
    NO_KEY("no-key", "the license names no device key; activate the machine to get one that does"),
    /** Over 4,096 bytes. */
    TOO_LONG("too-long", "the answer is too long"),
    /** Not three parts joined by dots. */
    PARTS("parts", "the answer is not three parts joined by dots"),
    /** A part is not strict base64url. */
    ENCODING("encoding", "the answer is not base64url without padding"),
    /** The header is not that of an answer. */
    HEADER("header", "the answer's header is not understood"),
    /** Not signed by the key in its header. */
    SIGNATURE("signature", "the answer's signature does not fit the key in its header"),
    /** Signed, but not with the claims of an answer. */
    CLAIMS("claims", "the answer's claims are not understood"),
    /** It answers another challenge. */
    CHALLENGE("challenge", "it answers another challenge"),
    /** It is for another license. */
    LICENSE("license", "it is for another license"),
    /** By another key than the license names. */
    OTHER_KEY("other-key", "it is by another key than the license names");

    private final String word;
    private final String sentence;

    PossessionFault(String word, String sentence) {
        this.word = word;
        this.sentence = sentence;
    }

    /** Its name, which stays and is the same in every language. */
    public String word() {
        return word;
    }

    /** The fault in words. */
    String sentence() {
        return sentence;
    }
}

package license.core;

/**
 * What a check came to, as a word and a number that stay and are the same in every language. A new outcome gets a new
 * number. Below 10 a license holds; 10 to 29 a license does not; 30 to 39 a text is no fingerprint; 40 to 49 a key set
 * is not taken; 50 to 99 something that was handed over or looked for cannot be used; from 100 on only this library has
 * it.
 */
public enum OutcomeCode {
    /** It holds. */
    ACTIVE(0, "active"),
    /** It is over and still works: the customer should renew. */
    GRACE(1, "grace"),
    /** No license in a form that is understood. */
    MALFORMED(10, "malformed"),
    /** Signed with a key that is not trusted. */
    UNKNOWN_KEY(11, "unknown-key"),
    /** Changed or forged. */
    SIGNATURE(12, "signature"),
    /** Another vendor's. */
    ISSUER(13, "issuer"),
    /** For another product. */
    PRODUCT(14, "product"),
    /** It begins later. */
    NOT_YET_VALID(15, "not-yet-valid"),
    /** Over, grace included. */
    EXPIRED(16, "expired"),
    /** Bound to another machine, or too much of this one was changed. */
    DEVICE(17, "device"),
    /** Bound to facts that take rights to read. */
    NEEDS_PRIVILEGES(18, "needs-privileges"),
    /** A test license where real ones are asked for. */
    TEST_LICENSE(19, "test-license"),
    /** A real license where test ones are asked for. */
    REAL_LICENSE(20, "real-license"),
    /** It is not shown that this machine has the license's key. */
    POSSESSION(21, "possession"),
    /** Over or not begun, and the clock is wrong. */
    CLOCK(22, "clock"),
    /** There is no fingerprint text. */
    TEXT_MISSING(30, "missing"),
    /** A placeholder that many machines share. */
    TEXT_JUNK(31, "junk"),
    /** A fingerprint with something around it, a part of one, or another text than the agent's. */
    TEXT_NOT_ALONE(32, "not-alone"),
    /** Nothing in the text names one machine. */
    TEXT_NO_ANCHOR(33, "no-anchor"),
    /** More values of a kind than one machine may list. */
    TEXT_TOO_MANY(34, "too-many"),
    /** Mistyped or cut. */
    TEXT_CHECKSUM(35, "checksum"),
    /** Made for another vendor. */
    TEXT_REALM(36, "realm"),
    /** Of a newer program. */
    TEXT_VERSION(37, "version"),
    /** Intact, but not what the format allows. */
    TEXT_MALFORMED(38, "malformed"),
    /** Longer than a text may be. */
    TEXT_TOO_LONG(39, "too-long"),
    /** No key set in a form that is understood. */
    KEY_SET_MALFORMED(40, "malformed"),
    /** A key set signed with a key that is not trusted. */
    KEY_SET_UNKNOWN_KEY(41, "unknown-key"),
    /** A key set that was changed or forged. */
    KEY_SET_SIGNATURE(42, "signature"),
    /** A key set of another vendor's. */
    KEY_SET_ISSUER(43, "issuer"),
    /** A key set that is not newer than the last one. */
    KEY_SET_OLD(44, "old"),
    /** A vendor file or a key that cannot be used. */
    UNUSABLE_TRUST(50, "unusable-trust"),
    /** A device that cannot be read. */
    UNREADABLE_DEVICE(51, "unreadable-device"),
    /** A product code that cannot name a file. */
    NAME_TOO_LONG(52, "name-too-long"),
    /** No license lies where one is looked for. */
    NOT_INSTALLED(53, "not-installed"),
    /** A license's file is there and cannot be read. */
    UNREADABLE_FILE(54, "unreadable-file"),
    /** This library's own: license-agent is neither beside the program nor on the path. */
    AGENT_MISSING(100, "agent-missing");

    private final int number;
    private final String word;

    OutcomeCode(int number, String word) {
        this.number = number;
        this.word = word;
    }

    /** Its number. */
    public int number() {
        return number;
    }

    /** Its word. Words of different subjects may be the same: a license, a text and a key set can be malformed. */
    public String word() {
        return word;
    }

    /** Whether a license holds, in grace or not. */
    public boolean holds() {
        return number < 10;
    }
}

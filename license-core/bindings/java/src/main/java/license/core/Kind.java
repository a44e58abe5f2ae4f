package license.core;

import java.util.Optional;

/** What a hardware fact says about a machine. */
public enum Kind {
    /** Permanent address of a network card. */
    MAC("mac", 4),
    /** World-wide name or serial number of a disk. */
    DISK("disk", 4),
    /** Serial number of the main board. */
    BOARD("board", 1),
    /** Model of the processor: evidence, never an identity. */
    CPU("cpu", 1),
    /** SMBIOS system UUID. */
    SYSTEM("system", 1),
    /** Installation id of the operating system. */
    OS("os", 1),
    /** Instance id given by a cloud. */
    CLOUD("cloud", 1),
    /** SHA-256 of the public area of a TPM's endorsement key. */
    TPM("tpm", 1),
    /** An id that the operator set; stands alone. */
    CUSTOM("custom", 1);

    private final String word;
    private final int limit;

    Kind(String word, int limit) {
        this.word = word;
        this.limit = limit;
    }

    /** The name that digests and licenses use. */
    public String word() {
        return word;
    }

    /** How many different values one fingerprint may hold. */
    int limit() {
        return limit;
    }

    /** Whether it names one machine rather than a model. */
    boolean isAnchor() {
        return this != CPU;
    }

    /** The byte that stands for it in binary forms. */
    int asByte() {
        return ordinal() + 1;
    }

    static Optional<Kind> ofByte(int value) {
        return value >= 1 && value <= values().length ? Optional.of(values()[value - 1]) : Optional.empty();
    }

    static Optional<Kind> ofWord(String word) {
        for (Kind kind : values()) {
            if (kind.word.equals(word)) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }
}

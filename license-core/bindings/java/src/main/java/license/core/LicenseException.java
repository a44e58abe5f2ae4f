package license.core;

import java.util.Optional;

/**
 * Why there is no license that holds, or why something that was handed over cannot be used. The message is a sentence
 * that can be shown to the buyer: it holds no digest and no value of the machine, and no path but those of the license
 * and of the vendor file.
 */
public final class LicenseException extends Exception {
    private static final long serialVersionUID = 1;

    private final OutcomeCode code;
    private final transient Verdict verdict;
    private final PossessionFault possession;

    LicenseException(OutcomeCode code, String message) {
        this(code, message, null, null, null);
    }

    LicenseException(OutcomeCode code, String message, Throwable cause) {
        this(code, message, cause, null, null);
    }

    LicenseException(OutcomeCode code, String message, Verdict verdict) {
        this(code, message, null, verdict, null);
    }

    LicenseException(PossessionFault fault) {
        this(
                OutcomeCode.POSSESSION,
                "it is not shown that this machine has the license's key: " + fault.sentence(),
                null,
                null,
                fault);
    }

    private LicenseException(
            OutcomeCode code, String message, Throwable cause, Verdict verdict, PossessionFault possession) {
        super(message, cause);
        this.code = code;
        this.verdict = verdict;
        this.possession = possession;
    }

    /** The stable word and number. */
    public OutcomeCode code() {
        return code;
    }

    /** How this machine compares, for {@link OutcomeCode#DEVICE} and {@link OutcomeCode#NEEDS_PRIVILEGES}. */
    public Optional<Verdict> verdict() {
        return Optional.ofNullable(verdict);
    }

    /** Why a proof proves nothing, for {@link OutcomeCode#POSSESSION}. */
    public Optional<PossessionFault> possession() {
        return Optional.ofNullable(possession);
    }
}

package license.core;

import java.time.Duration;

/**
 * What to think of this machine's clock.
 *
 * @param by how wrong it is at least; zero if it is fine
 */
public record ClockVerdict(State state, Duration by) {
    /** Nothing speaks against it. */
    static final ClockVerdict FINE = new ClockVerdict(State.FINE, Duration.ZERO);

    /** How a clock stands. */
    public enum State {
        /** Nothing speaks against it. */
        FINE,
        /** It was set back. */
        BEHIND,
        /** It shows a time at which a machine starts that has no clock of its own. */
        NOT_SET,
        /** It is later than the server's. */
        AHEAD
    }

    /** Whether nothing speaks against it. */
    public boolean isFine() {
        return state == State.FINE;
    }

    /** A sentence for the machine's user that says what to do. */
    @Override
    public String toString() {
        return switch (state) {
            case FINE -> "nothing speaks against the clock of this machine";
            case BEHIND -> "the clock of this machine was set back by " + inWords() + " or more: set it right";
            case NOT_SET ->
                    "the clock of this machine is not set, it is " + inWords() + " or more behind: set it right";
            case AHEAD -> "the clock of this machine is " + inWords() + " ahead of the server's: set it right";
        };
    }

    private String inWords() {
        long hours = by.toHours();
        if (hours < 48) {
            return hours + " hours";
        }
        return hours < 17_520 ? hours / 24 + " days" : hours / 8_766 + " years";
    }
}

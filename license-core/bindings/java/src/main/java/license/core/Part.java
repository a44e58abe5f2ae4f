package license.core;

/**
 * What became of one licensed kind of component.
 *
 * @param weight how much it counts in this license, 1 to 100
 * @param matched how many of its licensed values are there
 * @param of how many are licensed
 */
public record Part(Kind kind, int weight, Outcome outcome, int matched, int of) {
    /** What became of a kind. */
    public enum Outcome {
        /** All its licensed values are there. */
        MATCHED("matched"),
        /** Some of them are. */
        PARTLY("partly"),
        /** The machine has other values of this kind. */
        CHANGED("changed"),
        /** The machine shows no value of this kind. */
        MISSING("missing"),
        /** The system would not show values of this kind to this user. */
        UNREADABLE("unreadable");

        private final String word;

        Outcome(String word) {
            this.word = word;
        }

        /** The same word in every language. */
        public String word() {
            return word;
        }
    }

    /** Such as {@code disk partly, 1 of 2}. */
    @Override
    public String toString() {
        return kind.word() + " " + outcome.word() + (outcome == Outcome.PARTLY ? ", " + matched + " of " + of : "");
    }
}

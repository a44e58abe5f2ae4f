package license.core;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Whether a machine is the licensed one, and why.
 *
 * @param passes whether the license holds on it
 * @param score the matched share of the licensed weight in per cent, rounded down; 0 or 100 for an opaque id
 * @param needsPrivileges whether it failed only because facts are missing that take rights to read
 * @param opaque whether the license is bound to an opaque id, which has no parts
 * @param parts every licensed kind
 */
public record Verdict(boolean passes, int score, boolean needsPrivileges, boolean opaque, List<Part> parts) {
    /** Copies the parts. */
    public Verdict {
        parts = List.copyOf(parts);
    }

    /** Such as {@code disk matched; board changed}. */
    @Override
    public String toString() {
        if (opaque) {
            return "device id " + (passes ? "matched" : "another one");
        }
        return parts.stream().map(Part::toString).collect(Collectors.joining("; "));
    }
}

package license.core;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import license.core.internal.Texts;

/** Key sets that vouch for one another, beginning with a key of the vendor file; the oldest first. Not shared. */
final class LearnedKeys {
    private static final int MOST_SETS = 16;

    private final List<VerifyingKey> own;
    private final String issuer;
    private List<KeySet> sets = new ArrayList<>();
    /** Every key that any of them distrusted: none comes back. */
    private final Set<String> distrusted = new HashSet<>();

    LearnedKeys(List<VerifyingKey> own, String issuer) {
        this.own = own;
        this.issuer = issuer;
    }

    LearnedKeys copy() {
        LearnedKeys copy = new LearnedKeys(own, issuer);
        copy.sets = new ArrayList<>(sets);
        copy.distrusted.addAll(distrusted);
        return copy;
    }

    /** Takes the sets of a text, one on a line; says why the last one was not taken, or null if it was. */
    LicenseException extend(String text) {
        LicenseException last = null;
        int lines = 0;
        for (int from = 0; from < text.length(); ) {
            int end = text.indexOf('\n', from);
            int to = end < 0 ? text.length() : end;
            String token = Texts.trimAscii(text.substring(from, to));
            from = to + 1;
            if (token.isEmpty()) {
                continue;
            }
            if (++lines > MOST_SETS) {
                return tooMany();
            }
            try {
                if (sets.isEmpty() || !sets.get(sets.size() - 1).token().equals(token)) {
                    add(token);
                }
                last = null;
            } catch (LicenseException e) {
                last = e;
            }
        }
        return last;
    }

    /** The keys that count: those of the vendor file and of the last set, without the distrusted ones of either. */
    List<VerifyingKey> keys() {
        List<VerifyingKey> keys = new ArrayList<>(own);
        if (!sets.isEmpty()) {
            for (VerifyingKey key : sets.get(sets.size() - 1).keys()) {
                if (!keys.contains(key)) {
                    keys.add(key);
                }
            }
        }
        keys.removeIf(key -> distrusted.contains(key.id()));
        return keys;
    }

    private void add(String token) throws LicenseException {
        KeySet set = KeySet.verify(token, keys(), issuer);
        KeySet before = sets.isEmpty() ? null : sets.get(sets.size() - 1);
        if (before != null && set.sequence() <= before.sequence()) {
            throw new LicenseException(
                    OutcomeCode.KEY_SET_OLD,
                    "the key set has the number " + set.sequence()
                            + ", and " + before.sequence() + " is known already");
        }
        List<KeySet> longer = new ArrayList<>(sets);
        // The newest set of a key says all that its older ones said, so one of each signer is enough.
        if (before != null
                && before.signer().equals(set.signer())
                && set.distrusted().containsAll(before.distrusted())) {
            longer.remove(longer.size() - 1);
        }
        longer.add(set);
        if (longer.size() > MOST_SETS) {
            KeySet first = longer.remove(0);
            if (!holdsTogether(longer) || !isSaidAgain(first, longer)) {
                throw tooMany();
            }
        }
        sets = longer;
        distrusted.addAll(set.distrusted());
    }

    /** Whether each set is vouched for by the vendor file or the set before it. */
    private boolean holdsTogether(List<KeySet> chain) {
        for (int at = 0; at < chain.size(); at++) {
            String signer = chain.get(at).signer();
            boolean vouched = at > 0 && VerifyingKey.find(chain.get(at - 1).keys(), signer) != null;
            if (!vouched && VerifyingKey.find(own, signer) == null) {
                return false;
            }
        }
        return true;
    }

    private static boolean isSaidAgain(KeySet first, List<KeySet> later) {
        return first.distrusted().stream()
                .allMatch(kid -> later.stream().anyMatch(set -> set.distrusted().contains(kid)));
    }

    private static LicenseException tooMany() {
        return new LicenseException(OutcomeCode.KEY_SET_MALFORMED, "there are more than " + MOST_SETS + " key sets");
    }
}

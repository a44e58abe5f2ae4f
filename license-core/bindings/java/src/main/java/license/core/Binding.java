package license.core;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import license.core.internal.Base64Url;
import license.core.internal.Json;
import license.core.internal.JsonWriter;

/** The device that a license is bound to: its {@code dev} claim. Immutable. */
public final class Binding {
    private static final Set<String> WEIGHTED = Set.of("v", "r", "min", "c");
    private static final Set<String> OPAQUE = Set.of("v", "r", "id");

    /** The digests of a kind share its weight evenly: one to four of them, so whole twelfths. */
    private static final int TWELFTHS = 12;

    private record Licensed(int weight, List<String> digests) {}

    private final String realmTag;
    /** An opaque id; null where the binding is weighted. */
    private final String opaqueId;
    private final int threshold;
    private final boolean privileged;
    private final Map<Kind, Licensed> kinds;

    private Binding(String realmTag, String opaqueId, int threshold, boolean privileged, Map<Kind, Licensed> kinds) {
        this.realmTag = realmTag;
        this.opaqueId = opaqueId;
        this.threshold = threshold;
        this.privileged = privileged;
        this.kinds = kinds;
    }

    /**
     * Reads the JSON of a {@code dev} claim.
     *
     * @throws LicenseException {@link OutcomeCode#MALFORMED}
     */
    public static Binding parse(String json) throws LicenseException {
        try {
            return read(Json.parse(json));
        } catch (Json.Malformed e) {
            throw new LicenseException(OutcomeCode.MALFORMED, "this is no device binding: " + e.getMessage());
        }
    }

    /** What is not known inside is refused, so that no later restriction is passed over. */
    static Binding read(Object value) throws Json.Malformed {
        Map<String, Object> dev = Json.object(value, "dev");
        Json.number(dev, "v", 1, 1);
        String tag = Json.text(dev, "r");
        if (!Base64Url.is(tag, 4)) {
            throw new Json.Malformed("the realm of dev is none");
        }
        if (dev.keySet().equals(OPAQUE)) {
            String id = Json.text(dev, "id");
            if (!Base64Url.is(id, 32)) {
                throw new Json.Malformed("the id of dev is none");
            }
            return new Binding(tag, id, 0, false, Map.of());
        }
        boolean privileged = dev.containsKey("priv");
        Set<String> members = new HashSet<>(dev.keySet());
        members.remove("priv");
        if (!members.equals(WEIGHTED) || privileged && !Boolean.TRUE.equals(dev.get("priv"))) {
            throw new Json.Malformed("dev has either min and c or id, and priv only if true");
        }
        int threshold = (int) Json.number(dev, "min", 51, 100);
        return new Binding(tag, null, threshold, privileged, kinds(Json.object(dev.get("c"), "c")));
    }

    private static Map<Kind, Licensed> kinds(Map<String, Object> rows) throws Json.Malformed {
        Map<Kind, Licensed> kinds = new EnumMap<>(Kind.class);
        for (Map.Entry<String, Object> row : rows.entrySet()) {
            Kind kind = Kind.ofWord(row.getKey()).filter(Kind::isAnchor).orElse(null);
            if (kind == null) {
                throw new Json.Malformed("a kind in dev is not known, or never licensed");
            }
            kinds.put(kind, row(kind, Json.list(row.getValue(), kind.word())));
        }
        if (kinds.isEmpty() || kinds.containsKey(Kind.CUSTOM) && kinds.size() > 1) {
            throw new Json.Malformed("at least one component is licensed, and a custom id stands alone");
        }
        return kinds;
    }

    private static Licensed row(Kind kind, List<?> row) throws Json.Malformed {
        if (row.size() < 2 || row.size() > 1 + kind.limit() || !(row.get(0) instanceof Long weight)
                || weight < 1 || weight > 100) {
            throw new Json.Malformed("a kind in dev is not a weight and digests");
        }
        List<String> digests = new ArrayList<>();
        for (Object digest : row.subList(1, row.size())) {
            if (!Base64Url.is(digest, 10) || digests.contains((String) digest)) {
                throw new Json.Malformed("a digest in dev is none, or there twice");
            }
            digests.add((String) digest);
        }
        return new Licensed(weight.intValue(), List.copyOf(digests));
    }

    /** Compares the licensed device with a machine, in exact whole numbers. */
    public Verdict check(Device device) {
        boolean comparable = device.isOf(realmTag);
        if (opaqueId != null) {
            // No text that is read here is an opaque id, so none of them matches.
            return new Verdict(false, 0, false, true, List.of());
        }
        List<Part> parts = new ArrayList<>();
        int total = 0;
        int score = 0;
        int missing = 0;
        int unreadable = 0;
        for (Map.Entry<Kind, Licensed> entry : kinds.entrySet()) {
            Kind kind = entry.getKey();
            Licensed licensed = entry.getValue();
            int of = licensed.digests().size();
            int matched = comparable ? (int) licensed.digests().stream().filter(d -> device.has(kind, d)).count() : 0;
            Part.Outcome outcome = outcome(kind, matched, of, device);
            int full = licensed.weight() * TWELFTHS;
            total += full;
            score += full / of * matched;
            missing += outcome == Part.Outcome.MISSING ? full : 0;
            unreadable += outcome == Part.Outcome.UNREADABLE ? full : 0;
            parts.add(new Part(kind, licensed.weight(), outcome, matched, of));
        }
        // Every kind that is licensed is an anchor, so a score is one of them.
        boolean passes = score > 0 && isEnough(score, total);
        // What is missing may be what was not read for want of rights.
        int unread = unreadable + (privileged && !device.isPrivileged() ? missing : 0);
        boolean needsPrivileges = !passes && unread > 0 && isEnough(score + unread, total);
        return new Verdict(passes, score * 100 / total, needsPrivileges, false, parts);
    }

    private boolean isEnough(int points, int total) {
        return points * 100 >= threshold * total;
    }

    private static Part.Outcome outcome(Kind kind, int matched, int of, Device device) {
        if (matched > 0) {
            return matched == of ? Part.Outcome.MATCHED : Part.Outcome.PARTLY;
        }
        if (device.shows(kind)) {
            return Part.Outcome.CHANGED;
        }
        return device.isUnreadable(kind) ? Part.Outcome.UNREADABLE : Part.Outcome.MISSING;
    }

    /** Whether it is an opaque id, which matches as a whole or not at all. */
    public boolean isOpaque() {
        return opaqueId != null;
    }

    /** The per cent of the licensed weight that must match, 51 to 100; nothing for an opaque id. */
    public Optional<Integer> threshold() {
        return isOpaque() ? Optional.empty() : Optional.of(threshold);
    }

    /** The JSON of the claim. It holds digests, which are personal data. */
    public String toJson() {
        Map<String, Object> dev = new LinkedHashMap<>();
        dev.put("v", 1);
        dev.put("r", realmTag);
        if (opaqueId != null) {
            dev.put("id", opaqueId);
            return JsonWriter.write(dev);
        }
        Map<String, Object> rows = new LinkedHashMap<>();
        kinds.forEach((kind, licensed) -> {
            List<Object> row = new ArrayList<>(List.of(licensed.weight()));
            row.addAll(licensed.digests());
            rows.put(kind.word(), row);
        });
        dev.put("min", threshold);
        dev.put("c", rows);
        if (privileged) {
            dev.put("priv", true);
        }
        return JsonWriter.write(dev);
    }

    @Override
    public String toString() {
        return "Binding(" + (isOpaque() ? "an opaque id" : kinds.size() + " kinds") + ")";
    }
}

package license.core;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import license.core.internal.Base64Url;
import license.core.internal.Json;

/**
 * This machine, or one that is spoken for, as far as it could be read. A license is compared with everything that was
 * found, not with its fingerprint text alone. Immutable.
 */
public final class Device {
    /** Longest JSON that is read, in characters. */
    static final int LONGEST = 1 << 20;

    private static final int MOST_DIGESTS = 4096;

    private final Fingerprint fingerprint;
    /** Kind and digest of everything that counts. */
    private final Set<String> found;
    /** Kinds of which something was found. */
    private final Set<Kind> shown;
    private final Set<Kind> unreadable;
    private final boolean privileged;

    private Device(Fingerprint fingerprint, List<Component> others, Set<Kind> unreadable, boolean privileged) {
        List<Component> all = new ArrayList<>();
        if (fingerprint != null) {
            // Without a text nothing vouches for the realm of the other digests: then they do not count.
            all.addAll(fingerprint.components());
            all.addAll(others);
        }
        this.fingerprint = fingerprint;
        this.found = all.stream().map(c -> name(c.kind(), c.digest())).collect(Collectors.toUnmodifiableSet());
        this.shown = all.stream().map(Component::kind).collect(Collectors.toUnmodifiableSet());
        this.unreadable = Set.copyOf(unreadable);
        this.privileged = privileged;
    }

    private static String name(Kind kind, String digest) {
        return kind.word() + digest;
    }

    /** A machine on which nothing usable was found; only licenses for no device in particular hold on it. */
    public static Device none() {
        return new Device(null, List.of(), Set.of(), false);
    }

    /**
     * A machine that a {@code DF1-…} text speaks for; taken as complete.
     *
     * @throws LicenseException as {@link Fingerprint#parse}
     */
    public static Device fromText(String text, Trust trust) throws LicenseException {
        return fromText(text, trust.realm());
    }

    /** As {@link #fromText(String, Trust)}, for digests of a realm. */
    public static Device fromText(String text, String realm) throws LicenseException {
        return new Device(Fingerprint.parse(text, realm), List.of(), Set.of(), true);
    }

    /**
     * This machine, as {@code license-agent fingerprint --json} tells it: see {@link Agent}.
     *
     * @throws LicenseException {@link OutcomeCode#AGENT_MISSING}, {@link OutcomeCode#UNREADABLE_DEVICE}
     */
    public static Device fromAgent(Trust trust) throws LicenseException {
        return Agent.find().device(trust);
    }

    /**
     * Reads what {@code license-agent fingerprint --json} printed. Members and kinds that are not known are ignored.
     *
     * @throws LicenseException {@link OutcomeCode#UNREADABLE_DEVICE}
     */
    public static Device fromJson(String json, Trust trust) throws LicenseException {
        return fromJson(json, trust.realm());
    }

    /** As {@link #fromJson(String, Trust)}, for digests of a realm. */
    public static Device fromJson(String json, String realm) throws LicenseException {
        try {
            if (json.length() > LONGEST) {
                throw new Json.Malformed("it is longer than a machine's");
            }
            return read(Json.object(Json.parse(json), "it"), Objects.requireNonNull(realm, "realm"));
        } catch (Json.Malformed e) {
            throw new LicenseException(
                    OutcomeCode.UNREADABLE_DEVICE,
                    "the device is not what license-agent fingerprint --json prints: " + e.getMessage());
        }
    }

    private static Device read(Map<String, Object> json, String realm) throws Json.Malformed {
        Fingerprint fingerprint = null;
        if (json.get("fingerprint") != null) {
            fingerprint = readText(Json.text(json, "fingerprint"), realm);
        }
        Object rights = json.get("privileged");
        if (rights != null && !(rights instanceof Boolean)) {
            throw new Json.Malformed("privileged is neither true nor false");
        }
        Set<Kind> unreadable = EnumSet.noneOf(Kind.class);
        if (json.get("unreadable") != null) {
            for (Object kind : Json.list(json.get("unreadable"), "unreadable")) {
                Kind.ofWord(text(kind)).ifPresent(unreadable::add);
            }
        }
        List<Component> others =
                json.get("found") == null ? List.of() : others(Json.object(json.get("found"), "found"));
        return new Device(fingerprint, others, unreadable, Boolean.TRUE.equals(rights));
    }

    private static Fingerprint readText(String text, String realm) throws Json.Malformed {
        if (Fingerprint.isPlain(text)) {
            try {
                return Fingerprint.parse(text, realm);
            } catch (LicenseException e) {
                throw new Json.Malformed(e.getMessage());
            }
        }
        throw new Json.Malformed("its fingerprint is not the agent's");
    }

    private static List<Component> others(Map<String, Object> digestsByKind) throws Json.Malformed {
        List<Component> others = new ArrayList<>();
        int digests = 0;
        for (Map.Entry<String, Object> entry : digestsByKind.entrySet()) {
            List<?> listed = Json.list(entry.getValue(), "a kind in found");
            digests += listed.size();
            if (digests > MOST_DIGESTS) {
                throw new Json.Malformed("it has more digests than a machine");
            }
            Optional<Kind> kind = Kind.ofWord(entry.getKey());
            for (Object digest : listed) {
                String text = text(digest);
                if (kind.isPresent() && !Base64Url.is(text, 10)) {
                    throw new Json.Malformed("a digest in it is none");
                }
                kind.ifPresent(known -> others.add(new Component(known, text, false)));
            }
        }
        return others;
    }

    private static String text(Object value) throws Json.Malformed {
        if (value instanceof String text) {
            return text;
        }
        throw new Json.Malformed("a list in it does not hold texts");
    }

    /** What its text says; nothing where nothing names the machine. */
    public Optional<Fingerprint> fingerprint() {
        return Optional.ofNullable(fingerprint);
    }

    /** Whether its digests were made under the realm of this tag. */
    boolean isOf(String realmTag) {
        return fingerprint != null && fingerprint.realmTag().equals(realmTag);
    }

    boolean has(Kind kind, String digest) {
        return found.contains(name(kind, digest));
    }

    /** Whether a value of this kind was found, of whatever realm. */
    boolean shows(Kind kind) {
        return shown.contains(kind);
    }

    boolean isUnreadable(Kind kind) {
        return unreadable.contains(kind);
    }

    /** Whether facts were read that take an administrator's rights. */
    public boolean isPrivileged() {
        return privileged;
    }

    @Override
    public String toString() {
        return "Device(" + found.size() + " digests)";
    }
}

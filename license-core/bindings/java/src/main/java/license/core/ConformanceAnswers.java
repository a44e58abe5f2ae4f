package license.core;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import license.core.internal.Json;
import license.core.internal.JsonWriter;

/** What this library answers to the questions of {@code license-conformance}: docs/sdk/conformance.md. */
final class ConformanceAnswers {
    private static final List<String> OPS =
            List.of("verify", "match", "df1", "vendor_file", "key_set", "possession", "find");

    private ConformanceAnswers() {}

    /** Answers a line with a line. */
    static String answer(String line) {
        Map<String, Object> answer = new LinkedHashMap<>();
        try {
            Map<String, Object> ask = Json.object(Json.parse(line), "the question");
            answer.put("id", ask.get("id"));
            answer.putAll(answer(ask));
        } catch (Json.Malformed e) {
            answer.put("error", "the question is not understood: " + e.getMessage());
        }
        return JsonWriter.write(answer);
    }

    private static Map<String, Object> answer(Map<String, Object> ask) throws Json.Malformed {
        try {
            return switch (Json.text(ask, "op")) {
                case "hello" -> hello();
                case "verify" -> verify(ask);
                case "match" -> match(ask);
                case "df1" -> df1(ask);
                case "vendor_file" -> vendorFile(ask);
                case "key_set" -> keySet(ask);
                case "find" -> find(ask);
                default -> throw new Json.Malformed("this operation is not known");
            };
        } catch (LicenseException e) {
            Map<String, Object> refused = outcome(e.code().word());
            e.verdict().ifPresent(verdict -> refused.put("verdict", view(verdict)));
            e.possession().ifPresent(fault -> refused.put("proof", fault.word()));
            return refused;
        }
    }

    private static Map<String, Object> hello() {
        Map<String, Object> hello = new LinkedHashMap<>();
        hello.put("name", "license-core for Java");
        String version = ConformanceAnswers.class.getPackage().getImplementationVersion();
        hello.put("version", version == null ? "of no jar" : version);
        hello.put("protocol", 1);
        hello.put("ops", OPS);
        return hello;
    }

    private static Map<String, Object> verify(Map<String, Object> ask) throws Json.Malformed, LicenseException {
        Trust trust = trust(Json.object(ask.get("trust"), "trust"));
        Device device = device(ask.get("device"), trust.realm());
        String token = Json.text(ask, "token");
        Instant now = Instant.ofEpochSecond(Json.number(ask, "now", -(1L << 53), 1L << 53));
        License license =
                ask.get("challenge") != null && ask.get("proof") != null
                        ? License.verify(
                                token,
                                trust,
                                device,
                                now,
                                PossessionChallenge.parse(Json.text(ask, "challenge")),
                                Json.text(ask, "proof"))
                        : License.verify(token, trust, device, now);
        Map<String, Object> answer = outcome(license.state().word());
        license.daysLeft().ifPresent(days -> answer.put("days_left", days));
        answer.put("claims", claims(license));
        license.verdict().ifPresent(verdict -> answer.put("verdict", view(verdict)));
        return answer;
    }

    private static Map<String, Object> claims(License license) throws Json.Malformed {
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("iss", license.issuer());
        claims.put("aud", license.product());
        claims.put("sub", license.instance());
        claims.put("jti", license.id());
        claims.put("iat", license.issuedAt().getEpochSecond());
        claims.put("nbf", license.notBefore().getEpochSecond());
        claims.put("exp", license.expiresAt().map(Instant::getEpochSecond).orElse(null));
        claims.put("dev", license.binding().isPresent() ? Json.parse(license.binding().get().toJson()) : null);
        claims.put("qty", license.quantity());
        claims.put("feat", license.features());
        claims.put("grace", license.grace());
        claims.put("trial", license.isTrial());
        claims.put("test", license.isTest());
        claims.put("cnf", license.deviceKey().map(key -> Map.of("jkt", key)).orElse(null));
        return claims;
    }

    private static Trust trust(Map<String, Object> members) throws Json.Malformed, LicenseException {
        Trust trust = Trust.of(
                Json.text(members, "issuer"),
                Json.text(members, "product"),
                Json.text(members, "realm"),
                keys(members.get("keys")));
        if (Boolean.TRUE.equals(members.get("test"))) {
            trust = trust.acceptingTestLicenses();
        }
        if (members.get("learned") != null) {
            trust = trust.learning(Json.text(members, "learned"));
        }
        return Boolean.TRUE.equals(members.get("possession")) ? trust.requiringPossession() : trust;
    }

    private static List<VerifyingKey> keys(Object jwks) throws LicenseException {
        try {
            return VerifyingKey.ofJwks(jwks);
        } catch (Json.Malformed e) {
            throw new LicenseException(OutcomeCode.UNUSABLE_TRUST, e.getMessage());
        }
    }

    /** Nothing, a text that speaks for the machine, or what the agent prints. */
    private static Device device(Object value, String realm) throws LicenseException {
        if (value == null) {
            return Device.none();
        }
        try {
            if (value instanceof Map<?, ?> device && device.get("text") != null) {
                for (String member : List.of("fingerprint", "found", "privileged", "unreadable")) {
                    if (device.get(member) != null) {
                        throw new Json.Malformed("a text stands beside " + member);
                    }
                }
                return Device.fromText(Json.text(Json.object(value, "device"), "text"), realm);
            }
            return Device.fromJson(JsonWriter.write(value), realm);
        } catch (Json.Malformed | LicenseException e) {
            throw new LicenseException(OutcomeCode.UNREADABLE_DEVICE, e.getMessage());
        }
    }

    private static Map<String, Object> match(Map<String, Object> ask) throws Json.Malformed, LicenseException {
        Device device = device(ask.get("device"), Json.text(ask, "realm"));
        Object dev = ask.get("dev");
        Verdict verdict = Binding.parse(dev instanceof String json ? json : JsonWriter.write(dev)).check(device);
        String failed = verdict.needsPrivileges() ? OutcomeCode.NEEDS_PRIVILEGES.word() : OutcomeCode.DEVICE.word();
        Map<String, Object> answer = outcome(verdict.passes() ? "matched" : failed);
        answer.put("verdict", view(verdict));
        return answer;
    }

    private static Map<String, Object> view(Verdict verdict) {
        List<Object> parts = new ArrayList<>();
        for (Part part : verdict.parts()) {
            Map<String, Object> view = new LinkedHashMap<>();
            view.put("kind", part.kind().word());
            view.put("weight", part.weight());
            view.put("outcome", part.outcome().word());
            if (part.outcome() == Part.Outcome.PARTLY) {
                view.put("matched", part.matched());
                view.put("of", part.of());
            }
            parts.add(view);
        }
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("passes", verdict.passes());
        view.put("score", verdict.score());
        view.put("needs_privileges", verdict.needsPrivileges());
        view.put("opaque", verdict.opaque());
        view.put("parts", parts);
        return view;
    }

    private static Map<String, Object> df1(Map<String, Object> ask) throws Json.Malformed, LicenseException {
        Fingerprint fingerprint = Fingerprint.parse(Json.text(ask, "text"), Json.text(ask, "realm"));
        List<Object> components = new ArrayList<>();
        for (Component component : fingerprint.components()) {
            Map<String, Object> view = new LinkedHashMap<>();
            view.put("kind", component.kind().word());
            view.put("digest", component.digest());
            view.put("privileged", component.privileged());
            components.add(view);
        }
        Map<String, Object> answer = outcome("components");
        answer.put("components", components);
        return answer;
    }

    private static Map<String, Object> vendorFile(Map<String, Object> ask) throws Json.Malformed, LicenseException {
        VendorFile file = VendorFile.parse(Json.text(ask, "text"));
        Map<String, Object> answer = outcome("trust");
        answer.put("issuer", file.issuer());
        answer.put("product", file.product());
        answer.put("realm", file.trust().realm());
        file.server().ifPresent(server -> answer.put("server", server));
        answer.put("test", file.test());
        answer.put("keys", file.keys().stream().map(VerifyingKey::id).toList());
        return answer;
    }

    private static Map<String, Object> keySet(Map<String, Object> ask) throws Json.Malformed, LicenseException {
        String issuer = Json.text(ask, "issuer");
        StringBuilder sets = new StringBuilder();
        for (Object set : Json.list(ask.get("sets"), "sets")) {
            sets.append(set).append('\n');
        }
        Trust.Learned learned = Trust.of(issuer, "", issuer, keys(ask.get("keys"))).learn(sets.toString());
        Map<String, Object> answer = outcome(learned.fault().map(fault -> fault.code().word()).orElse("learned"));
        answer.put("trusted", learned.trust().keys().stream().map(VerifyingKey::id).toList());
        return answer;
    }

    private static Map<String, Object> find(Map<String, Object> ask) throws Json.Malformed, LicenseException {
        Places.Os os = switch (Json.text(ask, "system")) {
            case "linux" -> Places.Os.LINUX;
            case "windows" -> Places.Os.WINDOWS;
            case "macos" -> Places.Os.MACOS;
            default -> throw new Json.Malformed("this system is not known");
        };
        Map<String, Object> environment = Json.object(ask.get("environment"), "environment");
        Map<String, Object> answer = outcome("files");
        answer.put("files", Places.of(os, name -> (String) environment.get(name)).licenses(Json.text(ask, "product")));
        return answer;
    }

    private static Map<String, Object> outcome(String word) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("outcome", word);
        return answer;
    }
}

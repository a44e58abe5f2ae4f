/* Answers the questions of `license-conformance run` by the C library (docs/sdk/conformance.md). */
#define _POSIX_C_SOURCE 200809L

#include <license_core_more.h>

#include "json.h"
#include "system.h"

#define PARTS(text) (text).at, (text).len

/* A text that is put together. */
typedef struct {
    char *at;
    size_t len, room;
} buffer;

static void add(buffer *to, const char *text, size_t len) {
    if (to->len + len > to->room) {
        to->room = 2 * (to->len + len) + 64;
        to->at = realloc(to->at, to->room);
        if (!to->at) abort();
    }
    if (len > 0) memcpy(to->at + to->len, text, len);
    to->len += len;
}

static void add_member(buffer *to, const char *name, json_span value) {
    if (!value.at) return;
    if (to->len > 1) add(to, ",", 1);
    add(to, "\"", 1);
    add(to, name, strlen(name));
    add(to, "\":", 2);
    add(to, PARTS(value));
}

static void add_word(buffer *to, const char *name, const char *word) {
    char quoted[64];
    int len = snprintf(quoted, sizeof quoted, "\"%s\"", word);
    add_member(to, name, (json_span){quoted, (size_t)len});
}

static json_span whole(const char *text) { return (json_span){text, text ? strlen(text) : 0}; }

/* Puts members of an object of ours into the answer, and frees it. */
static void pass_on(buffer *answer, char *object, const char *const *names) {
    for (; *names; names++) add_member(answer, *names, json_member(whole(object), *names));
    license_core_text_free(object);
}

/* Trust of the members that are given; what is missing is empty. */
static int32_t trust_of(json_span issuer, json_span product, json_span realm, json_span keys, json_span test,
                        license_core_trust **trust) {
    json_span empty = whole("\"\""), none = whole("[]");
    buffer json = {0};
    add(&json, "{", 1);
    add_member(&json, "issuer", issuer.at ? issuer : empty);
    add_member(&json, "product", product.at ? product : empty);
    add_member(&json, "realm", realm.at ? realm : empty);
    add_member(&json, "keys", keys.at ? keys : none);
    add_member(&json, "test", test);
    add(&json, "}", 1);
    int32_t outcome = license_core_trust_from_json(PARTS(json), trust, NULL);
    free(json.at);
    return outcome;
}

static int32_t device_of(const license_core_trust *trust, json_span device, license_core_device **made) {
    json_span text = json_member(device, "text");
    if (!device.at) return license_core_device_from_json(trust, "{}", 2, made, NULL);
    if (!text.at) return license_core_device_from_json(trust, PARTS(device), made, NULL);
    if (*text.at != '"' || json_member(device, "fingerprint").at || json_member(device, "found").at ||
        json_member(device, "privileged").at || json_member(device, "unreadable").at) {
        return LICENSE_CORE_OUTCOME_UNREADABLE_DEVICE;
    }
    json_string said = json_unescaped(text);
    int32_t outcome = license_core_device_from_text(trust, PARTS(said), made, NULL);
    free(said.at);
    return outcome == 0 ? 0 : LICENSE_CORE_OUTCOME_UNREADABLE_DEVICE;
}

static int32_t verify(json_span ask, buffer *answer) {
    static const char *const names[] = {"days_left", "claims", "verdict", "proof", NULL};
    json_span given = json_member(ask, "trust");
    license_core_trust *trust = NULL;
    license_core_device *device = NULL;
    license_core_check *check = NULL;
    int32_t outcome = trust_of(json_member(given, "issuer"), json_member(given, "product"), json_member(given, "realm"),
                               json_member(given, "keys"), json_member(given, "test"), &trust);
    if (outcome == 0) {
        json_string learned = json_unescaped(json_member(given, "learned"));
        license_core_trust_learn(trust, PARTS(learned), NULL);
        free(learned.at);
        outcome = device_of(trust, json_member(ask, "device"), &device);
    }
    if (outcome == 0) {
        json_string token = json_unescaped(json_member(ask, "token"));
        json_string challenge = json_unescaped(json_member(ask, "challenge"));
        json_string proof = json_unescaped(json_member(ask, "proof"));
        bool is_given = json_member(ask, "challenge").at && json_member(ask, "proof").at;
        int64_t now = strtoll(json_member(ask, "now").at, NULL, 10);
        if (is_given) {
            outcome = license_core_verify_with_proof(trust, device, PARTS(token), now, PARTS(challenge), PARTS(proof), &check);
        } else if (json_is(json_member(given, "possession"), "true")) {
            char *any = NULL;
            license_core_challenge(&any);
            outcome = license_core_verify_with_proof(trust, device, PARTS(token), now, any, LICENSE_CORE_TERMINATED, NULL, 0, &check);
            license_core_text_free(any);
        } else {
            outcome = license_core_verify(trust, device, PARTS(token), now, &check);
        }
        free(token.at), free(challenge.at), free(proof.at);
        char *all = NULL;
        license_core_check_to_json(check, &all);
        if (all) pass_on(answer, all, names);
    }
    license_core_check_free(check);
    license_core_device_free(device);
    license_core_trust_free(trust);
    return outcome;
}

static int32_t match(json_span ask, buffer *answer) {
    json_span none = {NULL, 0}, dev = json_member(ask, "dev");
    license_core_trust *trust = NULL;
    license_core_device *device = NULL;
    char *verdict = NULL;
    int32_t outcome = trust_of(none, none, json_member(ask, "realm"), none, none, &trust);
    if (outcome == 0) outcome = device_of(trust, json_member(ask, "device"), &device);
    if (outcome == 0) {
        json_string said = json_unescaped(dev);
        bool is_text = dev.at && *dev.at == '"';
        outcome = is_text ? license_core_device_match(device, PARTS(said), &verdict, NULL)
                          : license_core_device_match(device, PARTS(dev), &verdict, NULL);
        free(said.at);
    }
    if (verdict) add_member(answer, "verdict", whole(verdict));
    license_core_text_free(verdict);
    license_core_device_free(device);
    license_core_trust_free(trust);
    return outcome;
}

/* What a text says, and how that is called. */
static int32_t text(json_span ask, buffer *answer, const char **word) {
    static const char *const components[] = {"components", NULL}, *const opaque[] = {"opaque", NULL};
    json_span none = {NULL, 0};
    license_core_trust *trust = NULL;
    license_core_device *device = NULL;
    json_string said = json_unescaped(json_member(ask, "text"));
    int32_t outcome = trust_of(none, none, json_member(ask, "realm"), none, none, &trust);
    if (outcome == 0) outcome = license_core_device_from_text(trust, PARTS(said), &device, NULL);
    if (outcome == 0) {
        char *all = NULL;
        license_core_device_to_json(device, &all);
        bool is_opaque = json_member(whole(all), "opaque").at;
        *word = is_opaque ? "opaque" : "components";
        pass_on(answer, all, is_opaque ? opaque : components);
    }
    free(said.at);
    license_core_device_free(device);
    license_core_trust_free(trust);
    return outcome;
}

static int32_t vendor_file(json_span ask, buffer *answer) {
    static const char *const names[] = {"issuer", "product", "realm", "server", "test", "keys", NULL};
    license_core_trust *trust = NULL;
    json_string said = json_unescaped(json_member(ask, "text"));
    int32_t outcome = license_core_trust_from_text(PARTS(said), &trust, NULL);
    char *all = NULL;
    if (license_core_trust_to_json(trust, &all) == 0) pass_on(answer, all, names);
    free(said.at);
    license_core_trust_free(trust);
    return outcome;
}

static int32_t key_set(json_span ask, buffer *answer) {
    json_span none = {NULL, 0}, issuer = json_member(ask, "issuer"), list = json_member(ask, "sets"), name, set;
    license_core_trust *trust = NULL;
    buffer sets = {0};
    bool is_first = true;
    for (const char *at = list.at; at && json_next(list, &at, &name, &set);) {
        json_string said = json_unescaped(set);
        if (!is_first) add(&sets, "\n", 1);
        is_first = false;
        add(&sets, PARTS(said));
        free(said.at);
    }
    int32_t outcome = trust_of(issuer, none, issuer, json_member(ask, "keys"), none, &trust);
    if (outcome == 0) outcome = license_core_trust_learn(trust, PARTS(sets), NULL);
    char *all = NULL;
    if (license_core_trust_to_json(trust, &all) == 0) {
        add_member(answer, "trusted", json_member(whole(all), "keys"));
        license_core_text_free(all);
    }
    free(sets.at);
    license_core_trust_free(trust);
    return outcome;
}

static int32_t find(json_span ask, buffer *answer) {
    json_string product = json_unescaped(json_member(ask, "product")), system = json_unescaped(json_member(ask, "system"));
    json_span environment = json_member(ask, "environment");
    char *files = NULL;
    int32_t outcome = license_core_places(PARTS(product), PARTS(system), PARTS(environment), &files, NULL);
    if (files) add_member(answer, "files", whole(files));
    license_core_text_free(files);
    free(product.at), free(system.at);
    return outcome;
}

int main(void) {
    char *line = NULL;
    size_t room = 0;
    only_bytes();
    for (long len; (len = getline(&line, &room, stdin)) > 0;) {
        json_span ask = {line, (size_t)len}, op = json_member(ask, "op");
        buffer answer = {0};
        const char *word = NULL;
        int32_t outcome = 0;
        add(&answer, "{", 1);
        add_member(&answer, "id", json_member(ask, "id"));
        if (json_is(op, "\"hello\"")) {
            add_word(&answer, "name", "license-core for C");
            add_word(&answer, "version", license_core_version());
            add_member(&answer, "protocol", whole("1"));
            add_member(&answer, "ops", whole("[\"verify\",\"match\",\"df1\",\"text\",\"vendor_file\",\"key_set\",\"possession\",\"find\"]"));
        } else {
            if (json_is(op, "\"verify\"")) {
                outcome = verify(ask, &answer);
            } else if (json_is(op, "\"match\"")) {
                outcome = match(ask, &answer), word = "matched";
            } else if (json_is(op, "\"text\"") || json_is(op, "\"df1\"")) {
                outcome = text(ask, &answer, &word);
            } else if (json_is(op, "\"vendor_file\"")) {
                outcome = vendor_file(ask, &answer), word = "trust";
            } else if (json_is(op, "\"key_set\"")) {
                outcome = key_set(ask, &answer), word = "learned";
            } else if (json_is(op, "\"find\"")) {
                outcome = find(ask, &answer), word = "files";
            } else {
                outcome = LICENSE_CORE_OUTCOME_ARGUMENT;
            }
            add_word(&answer, "outcome", outcome == 0 && word ? word : license_core_word(outcome));
        }
        add(&answer, "}\n", 2);
        fwrite(answer.at, 1, answer.len, stdout);
        fflush(stdout);
        free(answer.at);
    }
    free(line);
    return 0;
}

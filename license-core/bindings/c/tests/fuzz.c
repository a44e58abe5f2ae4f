/*
 * Calls every function with bad arguments: nulls, lengths that are none, texts of random bytes and changed good ones,
 * handles of every kind that is allowed. Run under valgrind or AddressSanitizer: fuzz [ROUNDS [SEED]].
 */
#include <license_core_more.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

static const char *const GOOD[] = {
    "issuer = \"https://vendor.example\"\nproduct = \"cad-pro\"\n[[keys]]\nkty = \"OKP\"\ncrv = \"Ed25519\"\nx = "
    "\"A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg\"\n",
    "{\"issuer\":\"https://vendor.example\",\"product\":\"cad-pro\",\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":"
    "\"A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg\"}],\"test\":false}",
    "eyJhbGciOiJFZERTQSIsImtpZCI6IjFJRzJ0TUg3SjJ3Ykpabk9mOExKelFpdEtmN0xNdm9BRWxzdURNVk01NFkiLCJ0eXAiOiJsaWNlbnNlK2p3d"
    "CJ9.eyJpc3MiOiJodHRwczovL3ZlbmRvci5leGFtcGxlIiwiYXVkIjoiY2FkLXBybyIsInN1YiI6IjAzcGY4MGMyLWJhZTktNnZjNC05YjgwLWI5MT"
    "diZWE3NzZkNyIsImp0aSI6IjAxOTk3ZjNhLTdiNjQtN2MyMS05ZDNlLTViN2MwZjFhMmIzYyIsImlhdCI6MTc1ODc3NjE2MywibmJmIjoxNzU4Nzc"
    "2MTYzLCJxdHkiOjEsImZlYXQiOlsibWVzaCIsImNhbSJdfQ.0q5Cib_azr6Q6CODfXydzlx56Wg_S6_QzrB961nMGTOo8vLGPqgqhXeWUDrA1rTW--"
    "iKkECZWvIGQm4yb0FLCA",
    "{\"fingerprint\":\"DF1-2YV4QVQBTAMI77X4LLHEWYNPAK7SR6Z7B65VKR7KB4BY2HHSCXCJLBV2MCJQIN65BUYIZFPKAEGHKBK5LJLYK6YLFT5"
    "HZUQG2RSVJRAOW2LOYAAAOHMQJJA\",\"found\":{\"disk\":[\"AAAAAAAAAAAAAA\"]},\"unreadable\":[\"board\"]}",
    "DF1-2YV4QVQBTAMI77X4LLHEWYNPAK7SR6Z7B65VKR7KB4BY2HHSCXCJLBV2MCJQIN65BUYIZFPKAEGHKBK5LJLYK6YLFT5HZUQG2RSVJRAOW2LOYAAAO"
    "HMQJJA",
    "{\"v\":1,\"r\":\"1ivIVg\",\"min\":60,\"c\":{\"disk\":[20,\"vyj7Pw-7VUfqDw\"],\"board\":[25,\"jRzyFcSVhrpgkw\"]}}",
    "04:7C:16:5E:E3:5D|001B_444A_488B_5CEC.||",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "clock-guard/v1 1790000000000 - - 1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "cad-pro", "linux", "{\"HOME\":\"/home/ada\"}", "mesh", "/no/such/file", "",
};
static const int64_t TIMES[] = {LICENSE_CORE_NOW, INT64_MIN + 1, INT64_MAX, -1, 0, 1790000000, 253402300799};

static unsigned long long state;

static size_t below(size_t bound) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return (size_t)(state % bound);
}

/* A text in memory of exactly its length, so that a byte read too far is seen. */
typedef struct {
    char *at;
    size_t len;
    char *memory;
} text;

static text some_text(void) {
    text made = {NULL, 0, NULL};
    size_t how = below(16);
    if (how == 0) {
        static const size_t LENGTHS[] = {0, 1, 1 << 20, SIZE_MAX / 2, SIZE_MAX - 1, SIZE_MAX};
        made.len = LENGTHS[below(COUNT(LENGTHS))];
        return made;
    }
    const char *good = GOOD[below(COUNT(GOOD))];
    size_t len = how == 1 ? below(300) : strlen(good);
    made.memory = made.at = malloc(len + 1);
    if (!made.at) abort();
    if (how == 1) {
        for (size_t at = 0; at < len; at++) made.at[at] = (char)below(256);
    } else {
        memcpy(made.at, good, len);
    }
    if (how < 8 && len > 0) {
        for (size_t changes = 1 + below(4); changes > 0; changes--) made.at[below(len)] = (char)below(256);
        if (how == 3) len = below(len);
    }
    made.len = len;
    if (how == 9) {
        made.at[len] = 0;
        made.len = LICENSE_CORE_TERMINATED;
    } else if (how == 10) {
        /* Too long to be read: refused before it is looked at. */
        made.len = ((size_t)1 << 20) + 1 + below(1000000);
    } else if (len > 0) {
        made.memory = made.at = realloc(made.at, len);
        if (!made.at) abort();
    }
    return made;
}

enum { HANDLES = 8 };
static license_core_trust *trusts[HANDLES];
static license_core_device *devices[HANDLES];
static license_core_file *files[HANDLES];
static license_core_check *checks[HANDLES];

/* Keeps a new handle in place of another one. */
#define KEEP(kind, made) \
    do { \
        size_t at = below(HANDLES); \
        license_core_##kind##_free(kind##s[at]); \
        kind##s[at] = made; \
        made = NULL; \
    } while (0)

static void one_call(size_t function) {
    text a = some_text(), b = some_text(), c = some_text();
    license_core_trust *trust = trusts[below(HANDLES)], *new_trust = NULL;
    license_core_device *device = devices[below(HANDLES)], *new_device = NULL;
    license_core_file *file = files[below(HANDLES)], *new_file = NULL;
    license_core_check *check = checks[below(HANDLES)], *new_check = NULL;
    char *out = NULL, *other = NULL, *third = NULL, *why = NULL;
    char **to = below(8) ? &out : NULL, **message = below(4) ? &why : NULL;
    license_core_check **to_check = below(8) ? &new_check : NULL;
    int64_t now = TIMES[below(COUNT(TIMES))];
    license_core_part part;
    int32_t outcome = 0;
    switch (function) {
    case 0: outcome = license_core_trust_from_text(a.at, a.len, below(8) ? &new_trust : NULL, message); break;
    case 1: outcome = license_core_trust_from_json(a.at, a.len, below(8) ? &new_trust : NULL, message); break;
    case 2: outcome = license_core_trust_from_file(a.at, a.len, below(8) ? &new_trust : NULL, message); break;
    case 3: outcome = license_core_trust_learn(trust, a.at, a.len, message); break;
    case 4: outcome = license_core_trust_to_json(trust, to); break;
    case 5: outcome = below(50) ? 0 : license_core_device_here(trust, below(8) ? &new_device : NULL, message); break;
    case 6: outcome = license_core_device_from_text(trust, a.at, a.len, below(8) ? &new_device : NULL, message); break;
    case 7: outcome = license_core_device_from_json(trust, a.at, a.len, below(8) ? &new_device : NULL, message); break;
    case 8: outcome = license_core_device_to_json(device, to); break;
    case 9: outcome = license_core_device_match(device, a.at, a.len, to, message); break;
    case 10: outcome = license_core_file_find(a.at, a.len, below(8) ? &new_file : NULL, message); break;
    case 11: outcome = license_core_file_at(a.at, a.len, below(8) ? &new_file : NULL, message); break;
    case 12: outcome = license_core_file_refresh(file); break;
    case 13: outcome = license_core_file_read(file, to, below(2) ? &other : NULL, below(2) ? &third : NULL, message); break;
    case 14: outcome = license_core_places(a.at, a.len, b.at, b.len, c.at, c.len, to, message); break;
    case 15: outcome = license_core_verify(trust, device, a.at, a.len, now, to_check); break;
    case 16: outcome = license_core_verify_with_proof(trust, device, a.at, a.len, now, b.at, b.len, c.at, c.len, to_check); break;
    case 17: outcome = license_core_verify_with_guarded_clock(trust, device, a.at, a.len, now, b.at, b.len, to, to_check); break;
    case 18: outcome = license_core_verify_file(trust, device, file, below(2) ? "/no/such/folder/mark" : NULL, LICENSE_CORE_TERMINATED, now, to_check); break;
    case 19: outcome = license_core_challenge(to); break;
    case 20: outcome = license_core_check_outcome(check); break;
    case 21: outcome = license_core_check_holds(check); break;
    case 22: outcome = license_core_check_message(check) ? (int32_t)strlen(license_core_check_message(check)) & 1 : 0; break;
    case 23: outcome = license_core_check_state(check, now); break;
    case 24: outcome = license_core_check_days_left(check) < 0; break;
    case 25: outcome = license_core_check_expires_at(check) < 0; break;
    case 26: outcome = license_core_check_has_feature(check, a.at, a.len); break;
    case 27: outcome = license_core_check_part(check, below(12), below(4) ? &part : NULL); break;
    case 28: outcome = license_core_check_to_json(check, to); break;
    case 29: outcome = license_core_word((int32_t)below(200) - 20) != NULL; break;
    case 30: outcome = *license_core_version() != '0'; break;
    case 31: outcome = license_core_trust_product(trust) != NULL; break;
    default: license_core_text_free(NULL), license_core_check_free(NULL); break;
    }
    if (!license_core_word(outcome) || outcome == LICENSE_CORE_OUTCOME_INTERNAL) {
        fprintf(stderr, "function %zu came to %d\n", function, (int)outcome);
        exit(1);
    }
    if (new_trust) KEEP(trust, new_trust);
    if (new_device) KEEP(device, new_device);
    if (new_file) KEEP(file, new_file);
    if (new_check) KEEP(check, new_check);
    license_core_text_free(out), license_core_text_free(other), license_core_text_free(third), license_core_text_free(why);
    free(a.memory), free(b.memory), free(c.memory);
}

int main(int argc, char **argv) {
    unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000, seed = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
    state = 0x9e3779b97f4a7c15ull ^ seed;
    license_core_trust_from_text(GOOD[0], strlen(GOOD[0]), &trusts[0], NULL);
    license_core_device_from_json(trusts[0], GOOD[3], strlen(GOOD[3]), &devices[0], NULL);
    for (unsigned long round = 0; round < rounds; round++) one_call(below(33));
    for (size_t at = 0; at < HANDLES; at++) {
        license_core_trust_free(trusts[at]), license_core_device_free(devices[at]);
        license_core_file_free(files[at]), license_core_check_free(checks[at]);
    }
    printf("%lu calls, seed %lu\n", rounds, seed);
    return 0;
}

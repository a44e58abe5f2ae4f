/* What a product does with the library, and what the conformance runner cannot reach: files, the clock, threads, errors. */
#define _POSIX_C_SOURCE 200809L

#include <license_core_more.h>

#include "system.h"

#define TERMINATED(text) (text), LICENSE_CORE_TERMINATED
#define CHECK(true_thing) ((true_thing) ? (void)0 : fail(#true_thing, __LINE__))

static void fail(const char *what, int line) {
    fprintf(stderr, "tests/story.c:%d: not so: %s\n", line, what);
    exit(1);
}

/* The worked example of docs/license-format.md. */
static const char VENDOR[] =
    "issuer = \"https://vendor.example\"\nproduct = \"cad-pro\"\n\n"
    "[[keys]]\nkty = \"OKP\"\ncrv = \"Ed25519\"\nx = \"A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg\"\n";
static const char LICENSE[] =
    "eyJhbGciOiJFZERTQSIsImtpZCI6IjFJRzJ0TUg3SjJ3Ykpabk9mOExKelFpdEtmN0xNdm9BRWxzdURNVk01NFkiLCJ0eXAiOiJs"
    "aWNlbnNlK2p3dCJ9."
    "eyJpc3MiOiJodHRwczovL3ZlbmRvci5leGFtcGxlIiwiYXVkIjoiY2FkLXBybyIsInN1YiI6IjAzcGY4MGMyLWJhZTktNnZjNC05"
    "YjgwLWI5MTdiZWE3NzZkNyIsImp0aSI6IjAxOTk3ZjNhLTdiNjQtN2MyMS05ZDNlLTViN2MwZjFhMmIzYyIsImlhdCI6MTc4OTk5"
    "OTkwMCwibmJmIjoxNzg5OTk5OTAwLCJleHAiOjE3OTAwODY0MDAsImRldiI6eyJ2IjoxLCJyIjoiMWl2SVZnIiwibWluIjo2MCwi"
    "YyI6eyJkaXNrIjpbMjAsInZ5ajdQdy03VlVmcUR3Il0sImJvYXJkIjpbMjUsImpSenlGY1NWaHJwZ2t3Il0sInN5c3RlbSI6WzMw"
    "LCJYVnBYaFhzTExQcDgwZyJdfX0sInF0eSI6MSwiZmVhdCI6WyJtZXNoIiwiY2FtIl0sImdyYWNlIjozNjAwfQ."
    "kLAWblGklJXQ6juYhMJSA5Y0NL-8VzKSaBPLZeGrJBtJMBOc0P-Dd520R2pE-mTgsjws5uV9pnl0VaBenDpzAQ";
static const char DEVICE[] = "{\"fingerprint\":\"DF1-2YV4QVQBTAMI77X4LLHEWYNPAK7SR6Z7B65VKR7KB4BY2HHSCXCJLBV2MCJQIN65BUYIZFPKAEGHK"
                             "BK5LJLYK6YLFT5HZUQG2RSVJRAOW2LOYAAAOHMQJJA\"}";
static const int64_t NOW = 1790000000, END = 1790086400;

static license_core_trust *trust;
static license_core_device *device;

static char folder[] = TEMPORARY "license-core-story-XXXXXX";

static const char *in_folder(const char *name) {
    static char path[256];
    snprintf(path, sizeof path, "%s" SEPARATOR "%s", folder, name);
    return path;
}

/* Puts a text in place as the agent does. */
static void put(const char *name, const char *text) {
    char new[256];
    snprintf(new, sizeof new, "%s/.new", folder);
    FILE *file = fopen(new, "w");
    CHECK(file && fputs(text, file) >= 0 && fclose(file) == 0 && rename(new, in_folder(name)) == 0);
}

static void a_license_is_verified_and_asked(void) {
    license_core_check *check = NULL;
    CHECK(license_core_verify(trust, device, TERMINATED(LICENSE), NOW, &check) == LICENSE_CORE_OUTCOME_ACTIVE);
    CHECK(license_core_check_holds(check) && license_core_check_outcome(check) == 0);
    CHECK(license_core_check_has_feature(check, TERMINATED("mesh")) && !license_core_check_has_feature(check, TERMINATED("mes")));
    CHECK(license_core_check_has_feature(check, "meshes", 4));
    CHECK(license_core_check_days_left(check) == 1 && license_core_check_expires_at(check) == END);
    CHECK(strcmp(license_core_check_message(check), "the license holds until 2026-09-22T14:13:20Z, 1 day left") == 0);
    CHECK(license_core_check_state(check, END) == LICENSE_CORE_OUTCOME_GRACE);
    CHECK(license_core_check_state(check, END + 3600) == LICENSE_CORE_OUTCOME_EXPIRED);
    CHECK(license_core_check_state(check, 0) == LICENSE_CORE_OUTCOME_NOT_YET_VALID);
    CHECK(license_core_check_state(check, LICENSE_CORE_NOW) != LICENSE_CORE_OUTCOME_NULL_ARGUMENT);
    license_core_part part;
    size_t parts = 0;
    for (; license_core_check_part(check, parts, &part); parts++) CHECK(strcmp(part.outcome, "matched") == 0 && part.weight > 0);
    CHECK(parts == 3 && strcmp(part.kind, "system") == 0);
    char *json = NULL;
    CHECK(license_core_check_to_json(check, &json) == 0 && strstr(json, "\"claims\":{\"iss\":\"https://vendor.example\""));
    license_core_text_free(json);
    license_core_check_free(check);

    CHECK(license_core_verify(trust, device, TERMINATED(LICENSE), END, &check) == LICENSE_CORE_OUTCOME_GRACE);
    CHECK(strstr(license_core_check_message(check), "still works until 2026-09-22T15:13:20Z, 0 days left: renew it"));
    license_core_check_free(check);
    CHECK(license_core_verify(trust, device, TERMINATED(LICENSE), END, NULL) == LICENSE_CORE_OUTCOME_GRACE);
}

static void what_is_wrong_is_said(void) {
    license_core_check *check = NULL;
    CHECK(license_core_verify(trust, device, TERMINATED(LICENSE), END + 3600, &check) == LICENSE_CORE_OUTCOME_EXPIRED);
    CHECK(!license_core_check_holds(check) && strstr(license_core_check_message(check), "ended at 2026-09-22T15:13:20Z"));
    CHECK(!license_core_check_has_feature(check, TERMINATED("mesh")) && license_core_check_days_left(check) == 0);
    CHECK(license_core_check_state(check, NOW) == LICENSE_CORE_OUTCOME_EXPIRED);
    license_core_check_free(check);
    CHECK(strcmp(license_core_word(LICENSE_CORE_OUTCOME_EXPIRED), "expired") == 0);

    license_core_device *other = NULL;
    CHECK(license_core_device_from_json(trust, TERMINATED("{}"), &other, NULL) == 0);
    CHECK(license_core_verify(trust, other, TERMINATED(LICENSE), NOW, &check) == LICENSE_CORE_OUTCOME_DEVICE);
    license_core_part part;
    CHECK(license_core_check_part(check, 0, &part) && strcmp(part.outcome, "missing") == 0);
    CHECK(!license_core_check_part(check, 3, &part) && !license_core_check_part(check, 0, NULL));
    license_core_check_free(check);
    license_core_device_free(other);

    char *why = NULL;
    CHECK(license_core_device_from_text(trust, TERMINATED("None"), &other, &why) == LICENSE_CORE_OUTCOME_TEXT_JUNK && !other && *why);
    license_core_text_free(why);
    license_core_trust *none = NULL;
    CHECK(license_core_trust_from_text(TERMINATED("issuer = 7"), &none, &why) == LICENSE_CORE_OUTCOME_UNUSABLE_TRUST);
    CHECK(!none && strstr(why, "the vendor file cannot be read"));
    license_core_text_free(why);
    CHECK(license_core_trust_from_file(TERMINATED("/no/vendor.toml"), &none, &why) == LICENSE_CORE_OUTCOME_UNUSABLE_TRUST);
    CHECK(strstr(why, "/no/vendor.toml"));
    license_core_text_free(why);
    CHECK(license_core_trust_from_json(TERMINATED("[\"a\",\"b\",null,null,null,[]]"), &none, NULL) == LICENSE_CORE_OUTCOME_UNUSABLE_TRUST);
}

static void arguments_that_cannot_be_used_are_named(void) {
    license_core_check *check = (license_core_check *)&check;
    char *why = NULL;
    CHECK(license_core_verify(NULL, device, TERMINATED(LICENSE), NOW, &check) == LICENSE_CORE_OUTCOME_NULL_ARGUMENT && !check);
    CHECK(license_core_verify(trust, device, NULL, 7, NOW, NULL) == LICENSE_CORE_OUTCOME_NULL_ARGUMENT);
    CHECK(license_core_verify(trust, device, NULL, 0, NOW, NULL) == LICENSE_CORE_OUTCOME_MALFORMED);
    CHECK(license_core_verify(trust, device, LICENSE, ((size_t)1 << 20) + 1, NOW, NULL) == LICENSE_CORE_OUTCOME_LENGTH);
    CHECK(license_core_verify(trust, device, "\xff\xfe", 2, NOW, NULL) == LICENSE_CORE_OUTCOME_MALFORMED);
    CHECK(license_core_file_find("\xff", 1, NULL, &why) == LICENSE_CORE_OUTCOME_NULL_ARGUMENT && strcmp(why, "file is a null pointer") == 0);
    license_core_text_free(why);
    license_core_file *file = NULL;
    CHECK(license_core_file_find("\xff", 1, &file, NULL) == LICENSE_CORE_OUTCOME_NOT_UTF8 && !file);
    CHECK(license_core_check_outcome(NULL) == LICENSE_CORE_OUTCOME_NULL_ARGUMENT && !license_core_check_message(NULL));
    CHECK(!license_core_word(7));
}

static void a_license_is_found_and_a_renewed_one_is_seen(void) {
    license_core_file *file = NULL;
    license_core_check *check = NULL;
    CHECK(setenv("LICENSE_AGENT_DIR", folder, 1) == 0);
    CHECK(license_core_file_find(TERMINATED(license_core_trust_product(trust)), &file, NULL) == 0);
    CHECK(license_core_verify_file(trust, device, file, NULL, 0, NOW, &check) == LICENSE_CORE_OUTCOME_NOT_INSTALLED);
    CHECK(strstr(license_core_check_message(check), "cad-pro.lic"));
    license_core_check_free(check);
    CHECK(!license_core_file_refresh(file));
    put("cad-pro.lic", LICENSE);
    CHECK(license_core_file_refresh(file) && !license_core_file_refresh(file));
    CHECK(license_core_verify_file(trust, device, file, NULL, 0, NOW, NULL) == 0);
    char *text = NULL, *keys = NULL, *path = NULL;
    CHECK(license_core_file_read(file, &text, &keys, &path, NULL) == 0);
    CHECK(strcmp(text, LICENSE) == 0 && strcmp(keys, "") == 0 && strcmp(path, in_folder("cad-pro.lic")) == 0);
    license_core_text_free(text), license_core_text_free(keys), license_core_text_free(path);
    put("cad-pro.keys", "no key set\n");
    CHECK(license_core_file_refresh(file));
    CHECK(license_core_verify_file(trust, device, file, NULL, 0, NOW, NULL) == 0);
    put("cad-pro.lic", "no license");
    CHECK(license_core_file_refresh(file));
    CHECK(license_core_verify_file(trust, device, file, NULL, 0, NOW, NULL) == LICENSE_CORE_OUTCOME_MALFORMED);
    license_core_file_free(file);

    CHECK(mkdir(in_folder("folder.lic"), 0700) == 0);
    CHECK(license_core_file_at(TERMINATED(in_folder("folder.lic")), &file, NULL) == 0);
    CHECK(license_core_verify_file(trust, device, file, NULL, 0, NOW, NULL) == LICENSE_CORE_OUTCOME_UNREADABLE_FILE);
    license_core_file_free(file);
    CHECK(rmdir(in_folder("folder.lic")) == 0);
}

static void a_clock_that_was_set_back_is_named(void) {
    license_core_file *file = NULL;
    license_core_check *check = NULL;
    char mark[256], *moved = NULL;
    put("cad-pro.lic", LICENSE);
    strcpy(mark, in_folder("cad-pro.clock"));
    CHECK(license_core_file_at(TERMINATED(in_folder("cad-pro.lic")), &file, NULL) == 0);
    CHECK(license_core_verify_file(trust, device, file, TERMINATED(mark), NOW, NULL) == LICENSE_CORE_OUTCOME_ACTIVE);
    CHECK(access(mark, R_OK) == 0);
    /* The license was signed later than this clock says: it is judged by its mark, and the clock is named. */
    CHECK(license_core_verify_file(trust, device, file, TERMINATED(mark), NOW - 90 * 86400, &check) == LICENSE_CORE_OUTCOME_ACTIVE);
    CHECK(strstr(license_core_check_message(check), "set it right"));
    license_core_check_free(check);
    CHECK(license_core_verify_file(trust, device, file, TERMINATED("/no/folder/mark"), NOW, &check) == LICENSE_CORE_OUTCOME_ACTIVE);
    char *json = NULL;
    CHECK(license_core_check_to_json(check, &json) == 0 && strstr(json, "\"mark_error\":"));
    license_core_text_free(json);
    license_core_check_free(check);
    CHECK(license_core_verify_with_guarded_clock(trust, device, TERMINATED(LICENSE), NOW, NULL, 0, &moved, NULL) == 0);
    CHECK(strncmp(moved, "clock-guard/v1 ", 15) == 0);
    license_core_text_free(moved);
    license_core_file_free(file);
    CHECK(unlink(mark) == 0 && unlink(in_folder("cad-pro.clock.lock")) == 0);
}

static void this_machine_is_read(void) {
    license_core_device *here = NULL;
    char *json = NULL;
    CHECK(license_core_device_here(trust, &here, NULL) == 0);
    CHECK(license_core_device_to_json(here, &json) == 0 && strstr(json, "\"fingerprint\":"));
    license_core_text_free(json);
    license_core_device_free(here);
    CHECK(license_core_verify(trust, NULL, TERMINATED(LICENSE), NOW, NULL) == LICENSE_CORE_OUTCOME_DEVICE);
}

static void a_copied_file_is_no_copied_license(void) {
    license_core_check *check = NULL;
    char *challenge = NULL, *other = NULL, *json = NULL;
    CHECK(license_core_challenge(&challenge) == 0 && strlen(challenge) == 43);
    CHECK(license_core_challenge(&other) == 0 && strcmp(challenge, other) != 0);
    CHECK(license_core_verify_with_proof(trust, device, TERMINATED(LICENSE), NOW, TERMINATED(challenge), NULL, 0, &check) == LICENSE_CORE_OUTCOME_POSSESSION);
    CHECK(license_core_check_to_json(check, &json) == 0 && strstr(json, "\"proof\":\"missing\""));
    CHECK(license_core_verify_with_proof(trust, device, TERMINATED(LICENSE), NOW, TERMINATED("short"), NULL, 0, NULL) == LICENSE_CORE_OUTCOME_ARGUMENT);
    license_core_text_free(json), license_core_text_free(challenge), license_core_text_free(other);
    license_core_check_free(check);
}

#ifndef _WIN32
/* What is no file is not waited for, and nothing is written through a link. */
static void marks_that_are_no_files_are_replaced_or_named(void) {
    license_core_file *file = NULL;
    license_core_trust *none = NULL;
    license_core_check *check = NULL;
    char pipe[256], circle[256], lock[256], keys[256], *json = NULL;
    put("odd.lic", LICENSE);
    strcpy(pipe, in_folder("pipe")), strcpy(circle, in_folder("circle")), strcpy(lock, in_folder("b.lock"));
    strcpy(keys, in_folder("odd.keys"));
    CHECK(mkfifo(pipe, 0600) == 0 && symlink(circle, circle) == 0 && mkfifo(lock, 0600) == 0 && mkfifo(keys, 0600) == 0);
    CHECK(license_core_trust_from_file(TERMINATED(pipe), &none, NULL) == LICENSE_CORE_OUTCOME_UNUSABLE_TRUST);
    CHECK(license_core_file_at(TERMINATED(in_folder("odd.lic")), &file, NULL) == 0);
    const char *marks[] = {pipe, circle};
    for (int n = 0; n < 2; n++) {
        CHECK(license_core_verify_file(trust, device, file, TERMINATED(marks[n]), NOW, &check) == LICENSE_CORE_OUTCOME_ACTIVE);
        CHECK(license_core_check_to_json(check, &json) == 0 && !strstr(json, "mark_error"));
        license_core_text_free(json), license_core_check_free(check);
        struct stat found;
        CHECK(lstat(marks[n], &found) == 0 && S_ISREG(found.st_mode) && unlink(marks[n]) == 0);
        char beside[300];
        snprintf(beside, sizeof beside, "%s.lock", marks[n]);
        CHECK(unlink(beside) == 0);
    }
    CHECK(license_core_verify_file(trust, device, file, TERMINATED(in_folder("b")), NOW, &check) == LICENSE_CORE_OUTCOME_ACTIVE);
    CHECK(license_core_check_to_json(check, &json) == 0 && strstr(json, "\"mark_error\":\"the lock beside it is not a file\""));
    license_core_text_free(json), license_core_check_free(check), license_core_file_free(file);
    CHECK(unlink(lock) == 0 && unlink(keys) == 0 && unlink(in_folder("odd.lic")) == 0);
}
#endif

static void *verifies(void *file) {
    for (int n = 0; n < 50; n++) {
        license_core_check *check = NULL;
        license_core_file_refresh(file);
        license_core_trust_learn(trust, TERMINATED("no key set"), NULL);
        CHECK(license_core_verify_file(trust, device, file, NULL, 0, NOW, &check) == 0 && license_core_check_message(check));
        license_core_check_free(check);
    }
    return NULL;
}

static void threads_share_handles(void) {
    license_core_file *file = NULL;
    pthread_t threads[4];
    CHECK(license_core_file_at(TERMINATED(in_folder("cad-pro.lic")), &file, NULL) == 0);
    for (int n = 0; n < 4; n++) CHECK(pthread_create(&threads[n], NULL, verifies, file) == 0);
    for (int n = 0; n < 4; n++) CHECK(pthread_join(threads[n], NULL) == 0);
    license_core_file_free(file);
}

int main(void) {
    CHECK(mkdtemp(folder));
    CHECK(license_core_trust_from_text(TERMINATED(VENDOR), &trust, NULL) == 0);
    CHECK(license_core_device_from_json(trust, TERMINATED(DEVICE), &device, NULL) == 0);
    a_license_is_verified_and_asked();
    what_is_wrong_is_said();
    arguments_that_cannot_be_used_are_named();
    a_license_is_found_and_a_renewed_one_is_seen();
    a_clock_that_was_set_back_is_named();
    this_machine_is_read();
    a_copied_file_is_no_copied_license();
#ifndef _WIN32
    marks_that_are_no_files_are_replaced_or_named();
#endif
    threads_share_handles();
    license_core_device_free(device), license_core_trust_free(trust);
    CHECK(unlink(in_folder("cad-pro.lic")) == 0 && unlink(in_folder("cad-pro.keys")) == 0 && rmdir(folder) == 0);
    printf("license-core %s: the story holds\n", license_core_version());
    return 0;
}

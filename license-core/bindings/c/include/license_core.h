/*
 * license-core: verifies licenses that are bound to one machine, offline. How to use it: docs/sdk/c.md.
 *
 * All that a product needs whose license an agent installs; license_core_more.h has pieces of it and what few products
 * call. The rules hold for both.
 *
 * Made from license-core/bindings/c/src by cbindgen; not edited by hand.
 *
 * Rules for all functions:
 *
 * - A text goes in as a pointer and a length in bytes, or LICENSE_CORE_TERMINATED for one that ends with a NUL. It is
 *   UTF-8, at most a mebibyte, and is not kept. NULL and 0 is an empty text.
 * - A function that can come to nothing returns the number of what it came to, a license_core_outcome: 0, or below 10
 *   where it verifies. Where it takes `message`, it puts a sentence for people there; NULL if nobody wants it.
 * - What comes out as `char **` is freed with license_core_text_free, what comes out as a handle with the function of
 *   its kind, each once; NULL may be freed. Places for them are set to NULL first. A `const char *` that is returned is
 *   not freed: it lives as long as the handle that it was asked of.
 * - Every function may be called from several threads at once, with the same handles. Only who frees a handle sees to
 *   it that nobody uses it any more.
 * - A time is whole seconds since 1970-01-01T00:00:00Z, or LICENSE_CORE_NOW for the system's clock.
 * - No panic and no exception leaves a function. A handle that was freed, and a length that is more than there is, are
 *   not noticed.
 */


#ifndef LICENSE_CORE_H
#define LICENSE_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A length: the text ends with a NUL. */
#define LICENSE_CORE_TERMINATED SIZE_MAX

/* A time: the system's clock counts. */
#define LICENSE_CORE_NOW INT64_MIN


// What a call came to. Numbers and words are stable and the same in every language; below 10 a license holds.
typedef enum {
    // It holds; or the call did what it was asked to do.
    LICENSE_CORE_OUTCOME_ACTIVE = 0,
    // The license is over and still works: renew it.
    LICENSE_CORE_OUTCOME_GRACE = 1,
    // No license in a form that is understood.
    LICENSE_CORE_OUTCOME_MALFORMED = 10,
    // Signed with a key that is not trusted.
    LICENSE_CORE_OUTCOME_UNKNOWN_KEY = 11,
    // Changed or forged.
    LICENSE_CORE_OUTCOME_SIGNATURE = 12,
    // Another vendor's.
    LICENSE_CORE_OUTCOME_ISSUER = 13,
    // For another product.
    LICENSE_CORE_OUTCOME_PRODUCT = 14,
    // It begins later.
    LICENSE_CORE_OUTCOME_NOT_YET_VALID = 15,
    // Over, grace included.
    LICENSE_CORE_OUTCOME_EXPIRED = 16,
    // Bound to another machine, or too much of this one was changed.
    LICENSE_CORE_OUTCOME_DEVICE = 17,
    // Bound to facts that take rights to read.
    LICENSE_CORE_OUTCOME_NEEDS_PRIVILEGES = 18,
    // A test license where real ones are asked for.
    LICENSE_CORE_OUTCOME_TEST_LICENSE = 19,
    // A real license where test ones are asked for.
    LICENSE_CORE_OUTCOME_REAL_LICENSE = 20,
    // It is not shown that this machine has the license's key.
    LICENSE_CORE_OUTCOME_POSSESSION = 21,
    // Over or not begun, and the clock is wrong.
    LICENSE_CORE_OUTCOME_CLOCK = 22,
    // There is no fingerprint text.
    LICENSE_CORE_OUTCOME_TEXT_MISSING = 30,
    // A placeholder that many machines share.
    LICENSE_CORE_OUTCOME_TEXT_JUNK = 31,
    // A fingerprint with something around it, or a part of one.
    LICENSE_CORE_OUTCOME_TEXT_NOT_ALONE = 32,
    // Nothing in the text names one machine.
    LICENSE_CORE_OUTCOME_TEXT_NO_ANCHOR = 33,
    // More values than one machine may list.
    LICENSE_CORE_OUTCOME_TEXT_TOO_MANY = 34,
    // Mistyped or cut.
    LICENSE_CORE_OUTCOME_TEXT_CHECKSUM = 35,
    // Made for another vendor.
    LICENSE_CORE_OUTCOME_TEXT_REALM = 36,
    // Of a newer program.
    LICENSE_CORE_OUTCOME_TEXT_VERSION = 37,
    // Intact, but not what the format allows.
    LICENSE_CORE_OUTCOME_TEXT_MALFORMED = 38,
    // Longer than a text may be.
    LICENSE_CORE_OUTCOME_TEXT_TOO_LONG = 39,
    // No key set in a form that is understood.
    LICENSE_CORE_OUTCOME_KEY_SET_MALFORMED = 40,
    // A key set signed with a key that is not trusted.
    LICENSE_CORE_OUTCOME_KEY_SET_UNKNOWN_KEY = 41,
    // A key set that was changed or forged.
    LICENSE_CORE_OUTCOME_KEY_SET_SIGNATURE = 42,
    // A key set of another vendor's.
    LICENSE_CORE_OUTCOME_KEY_SET_ISSUER = 43,
    // A key set that is not newer than the last one.
    LICENSE_CORE_OUTCOME_KEY_SET_OLD = 44,
    // A vendor file or a key that cannot be used.
    LICENSE_CORE_OUTCOME_UNUSABLE_TRUST = 50,
    // A device that cannot be read.
    LICENSE_CORE_OUTCOME_UNREADABLE_DEVICE = 51,
    // The product code cannot name a file.
    LICENSE_CORE_OUTCOME_NAME_TOO_LONG = 52,
    // No license lies where one is looked for.
    LICENSE_CORE_OUTCOME_NOT_INSTALLED = 53,
    // The license's file is there and cannot be read.
    LICENSE_CORE_OUTCOME_UNREADABLE_FILE = 54,
    // A pointer is NULL that may not be.
    LICENSE_CORE_OUTCOME_NULL_ARGUMENT = 100,
    // A text is longer than a mebibyte.
    LICENSE_CORE_OUTCOME_LENGTH = 101,
    // A text is not UTF-8.
    LICENSE_CORE_OUTCOME_NOT_UTF8 = 102,
    // A text is not what the function takes.
    LICENSE_CORE_OUTCOME_ARGUMENT = 103,
    // The system gave no randomness.
    LICENSE_CORE_OUTCOME_RANDOMNESS = 104,
    // A fault in this library.
    LICENSE_CORE_OUTCOME_INTERNAL = 110,
} license_core_outcome;

// What a check of a license came to. It is never changed.
typedef struct license_core_check license_core_check;

// A machine, as far as it could be read.
typedef struct license_core_device license_core_device;

// A product's installed license, as it was when it was last looked at.
typedef struct license_core_file license_core_file;

// Whose licenses are accepted, for which product, signed by which keys.
typedef struct license_core_trust license_core_trust;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Frees a text that one of these functions gave. NULL is allowed.
void license_core_text_free(char *text);

// Reads the vendor file's text, which a product has compiled in or read by itself.
int32_t license_core_trust_from_text(const char *text,
                                     size_t text_len,
                                     license_core_trust **trust,
                                     char **message);

// Reads the vendor file at a path.
int32_t license_core_trust_from_file(const char *path_text,
                                     size_t path_len,
                                     license_core_trust **trust,
                                     char **message);

// The product code that is asked for; NULL without trust. It lives as long as the trust.
const char *license_core_trust_product(const license_core_trust *trust);

// Frees trust. NULL is allowed.
void license_core_trust_free(license_core_trust *trust);

// Looks for a product's license where the agent puts it on this machine. That none is there is no error here: it may
// come, and license_core_verify_file says so.
int32_t license_core_file_find(const char *product,
                               size_t product_len,
                               license_core_file **file,
                               char **message);

// Looks again; true if the license or its learned keys are others than before, or came or went: verify anew. It costs
// microseconds and may be called before every use.
bool license_core_file_refresh(const license_core_file *file);

// Frees a file's handle. NULL is allowed.
void license_core_file_free(license_core_file *file);

// Everything at once for an installed license: takes in the keys that were learned beside it, reads this machine, and
// checks form, key, signature, issuer, product, time window, device, and test or real, in that order. Returns what it
// came to; `check`, which may be left out with NULL, says more, and is made whatever the license comes to.
//
// `device` NULL is this machine, read anew in milliseconds; license_core_more.h has others. `now` is seconds since 1970
// or LICENSE_CORE_NOW.
//
// A clock that was set back wins no time and is named (docs/clock.md), by a mark in the file at `mark_path`; without one,
// NULL, the clock is believed. The file is replaced as a whole, by one thread and program at a time, for which a file with
// `.lock` behind its name lies beside it; that it cannot be kept is no reason to refuse the license, and is said by
// `clock.mark_error` of license_core_check_to_json. Choose a path that the product's user may write, and verify at least
// every few hours while the machine runs.
int32_t license_core_verify_file(const license_core_trust *trust,
                                 const license_core_device *device,
                                 const license_core_file *file,
                                 const char *mark_path,
                                 size_t mark_path_len,
                                 int64_t now,
                                 license_core_check **check);

// The number of what the check came to; below 10 the license holds.
int32_t license_core_check_outcome(const license_core_check *check);

// Whether the license held when it was checked, in grace or not.
bool license_core_check_holds(const license_core_check *check);

// A sentence for the buyer: until when the license holds, or what is wrong; what is wrong with the clock as well. It
// may have several lines, and lives as long as the check.
const char *license_core_check_message(const license_core_check *check);

// How the license stands at another time than that of the check: LICENSE_CORE_OUTCOME_ACTIVE, _GRACE, _NOT_YET_VALID or
// _EXPIRED; of a license that did not hold, what the check came to. `now` is seconds since 1970 or LICENSE_CORE_NOW.
int32_t license_core_check_state(const license_core_check *check,
                                 int64_t now);

// Whole days until the license is over, in grace until it no longer works, counted from the time of the check;
// INT64_MAX for one without an end, 0 for one that does not hold.
int64_t license_core_check_days_left(const license_core_check *check);

// Whether the license holds and grants a feature.
bool license_core_check_has_feature(const license_core_check *check, const char *feature, size_t feature_len);

// All of it as a JSON object: `outcome`, `word`, `message`, `checked_at`; `days_left` and `claims` of a license that
// holds, `verdict` where its device was compared, `clock` where the clock was guarded, `proof` where possession was not
// shown. To be freed with license_core_text_free.
int32_t license_core_check_to_json(const license_core_check *check,
                                   char **json);

// Frees a check. NULL is allowed.
void license_core_check_free(license_core_check *check);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* LICENSE_CORE_H */

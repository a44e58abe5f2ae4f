/*
 * license-core: what few products call: pieces of the check, other sources of trust and devices, the verdict part by
 * part, possession. The rules at the top of license_core.h hold.
 *
 * Made from license-core/bindings/c/src/more by cbindgen; not edited by hand.
 */


#ifndef LICENSE_CORE_MORE_H
#define LICENSE_CORE_MORE_H

#include "license_core.h"

// What became of one licensed kind of part.
typedef struct {
    // `mac`, `disk`, `board`, `cpu`, `system`, `os`, `cloud`, `tpm` or `custom`; it lives as long as the check.
    const char *kind;
    // `matched`, `partly`, `changed`, `missing` or `unreadable`; it lives as long as the check.
    const char *outcome;
    // How much it counts in this license.
    uint8_t weight;
    // With `partly`: how many of its values are there; else 0.
    uint8_t matched;
    // With `partly`: how many are licensed; else 0.
    uint8_t of;
} license_core_part;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Reads trust as a JSON object: `issuer`, `product` and `keys`, a list of JWKs; where needed `realm` (else the issuer),
// `server`, and `test`, true for test licenses in place of real ones. For who keeps no vendor file.
int32_t license_core_trust_from_json(const char *json,
                                     size_t json_len,
                                     license_core_trust **trust,
                                     char **message);

// Takes in signed key sets, one on a line and the oldest first, as the agent keeps them beside the license. What became
// of the last one; those before it that can be taken are taken all the same. A text that teaches nothing does no harm.
int32_t license_core_trust_learn(const license_core_trust *trust,
                                 const char *sets,
                                 size_t sets_len,
                                 char **message);

// What a verifier goes by, as a JSON object: `issuer`, `product`, `realm`, `server` where there is one, `test`, and
// `keys`, the thumbprints of those that count. To be freed with license_core_text_free.
int32_t license_core_trust_to_json(const license_core_trust *trust,
                                   char **json);

// Reads this machine, as an ordinary user can. It takes milliseconds: keep the device while the program runs. One that
// offers nothing to bind to is a device all the same, on which licenses for no device in particular hold.
int32_t license_core_device_here(const license_core_trust *trust,
                                 license_core_device **device,
                                 char **message);

// Reads a text that speaks for a machine, such as `DF1-…`; it is taken as complete.
int32_t license_core_device_from_text(const license_core_trust *trust,
                                      const char *text,
                                      size_t text_len,
                                      license_core_device **device,
                                      char **message);

// Reads what `license-agent fingerprint --json` printed; `{}` is a machine on which nothing usable was found.
int32_t license_core_device_from_json(const license_core_trust *trust,
                                      const char *json,
                                      size_t json_len,
                                      license_core_device **device,
                                      char **message);

// What a device's text says, as a JSON object: `fingerprint`, the `DF1-…` text, or null; `components`, a list of `kind`,
// `digest` and `privileged`; `opaque` in place of them for an id of the vendor's own. Digests are personal data. To be
// freed with license_core_text_free.
int32_t license_core_device_to_json(const license_core_device *device,
                                    char **json);

// Compares a device with the `dev` claim of a license, given as JSON. For who reads licenses by another library: it
// checks nothing else. The verdict is a JSON object as that of license_core_check_to_json.
int32_t license_core_device_match(const license_core_device *device,
                                  const char *dev,
                                  size_t dev_len,
                                  char **verdict,
                                  char **message);

// Frees a device. NULL is allowed.
void license_core_device_free(license_core_device *device);

// Looks for a license at one path alone.
int32_t license_core_file_at(const char *path_text,
                             size_t path_len,
                             license_core_file **file,
                             char **message);

// What is in the file: the license's text, an empty one where there is none in it; the learned key sets beside it, for
// license_core_trust_learn; and where it lies, NULL while there is none. Each may be left out with NULL, and is to be
// freed with license_core_text_free. license_core_verify_file needs none of it.
int32_t license_core_file_read(const license_core_file *file,
                               char **license,
                               char **learned_keys,
                               char **path,
                               char **message);

// Where a product's license is looked for, in that order, as a JSON list of paths. `system` is `linux`, `windows` or
// `macos`, `environment` a JSON object of the variables that are set, as those of another user; NULL for both: this
// system, and those of this process. To be freed with license_core_text_free.
int32_t license_core_places(const char *product,
                            size_t product_len,
                            const char *system,
                            size_t system_len,
                            const char *environment,
                            size_t environment_len,
                            char **paths,
                            char **message);

// Makes the checks of license_core_verify_file, but for the clock, of a license that comes as a text. Returns what it came
// to; `check`, which may be left out with NULL, says more, and is made whatever the license comes to.
//
// `device` NULL is this machine, read anew in milliseconds. `now` is seconds since 1970 or LICENSE_CORE_NOW.
int32_t license_core_verify(const license_core_trust *trust,
                            const license_core_device *device,
                            const char *license,
                            size_t license_len,
                            int64_t now,
                            license_core_check **check);

// As license_core_verify, and then whether `proof` is the answer to `challenge` by the key that the license names: the
// output of `license-agent prove CHALLENGE`. `proof` NULL is none, and proves nothing.
int32_t license_core_verify_with_proof(const license_core_trust *trust,
                                       const license_core_device *device,
                                       const char *license,
                                       size_t license_len,
                                       int64_t now,
                                       const char *challenge,
                                       size_t challenge_len,
                                       const char *proof,
                                       size_t proof_len,
                                       license_core_check **check);

// A new challenge of 43 characters from the system's randomness: make one for each check, and use it once. To be freed
// with license_core_text_free.
int32_t license_core_challenge(char **challenge);

// As license_core_verify, but a clock that was set back wins no time and is named (docs/clock.md).
//
// `mark` is what this call gave as `new_mark` the last time, NULL at first; keep it, whatever the license comes to, and
// free it with license_core_text_free. Call it at least every few hours while the machine runs.
int32_t license_core_verify_with_guarded_clock(const license_core_trust *trust,
                                               const license_core_device *device,
                                               const char *license,
                                               size_t license_len,
                                               int64_t now,
                                               const char *mark,
                                               size_t mark_len,
                                               char **new_mark,
                                               license_core_check **check);

// The first second in which the license is over, before grace, since 1970; INT64_MAX for one without an end, 0 for one
// that does not hold.
int64_t license_core_check_expires_at(const license_core_check *check);

// The licensed kind of part with this index, from 0 on; false where there is none, and nothing is written then. There are
// parts where the license names a device by its parts and the check came to comparing it.
bool license_core_check_part(const license_core_check *check,
                             size_t index,
                             license_core_part *part);

// The word of a number; NULL for one that this version does not know. It is never freed.
const char *license_core_word(int32_t outcome);

// The version of this library, such as `0.1.0`. It is never freed.
const char *license_core_version(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* LICENSE_CORE_MORE_H */

// license-core for C++17: verifies licenses that are bound to one machine, offline. How to use it: docs/sdk/cpp.md.
//
// A header over license_core.h and its library. Handles free themselves, may be moved and not copied, and may be used by
// several threads at once, but for who moves or ends one. What cannot be used is an Error; a license that does not hold
// is a Check that says so.
#ifndef LICENSE_CORE_HPP
#define LICENSE_CORE_HPP

#include <license_core_more.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace license_core {

// A time in whole seconds, as licenses count: a system_clock::time_point of nanoseconds ends in the year 2262.
using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::seconds>;

// The system's clock.
inline Time now() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

// The stable word of an outcome's number; "unknown" for one that the library does not know.
inline std::string_view word(std::int32_t outcome) noexcept {
    const char *word = license_core_word(outcome);
    return word ? word : "unknown";
}

// Something that was handed over cannot be used. what() is a sentence for people.
class Error : public std::runtime_error {
public:
    Error(std::int32_t outcome, const std::string &sentence)
        : std::runtime_error(sentence.empty() ? std::string(license_core::word(outcome)) : sentence), outcome_(outcome) {}

    // The stable number of what is wrong, a LICENSE_CORE_OUTCOME_….
    std::int32_t outcome() const noexcept { return outcome_; }

    // Its word.
    std::string_view word() const noexcept { return license_core::word(outcome_); }

private:
    std::int32_t outcome_;
};

namespace detail {

struct Free {
    void operator()(char *text) const noexcept { license_core_text_free(text); }
    void operator()(license_core_trust *trust) const noexcept { license_core_trust_free(trust); }
    void operator()(license_core_device *device) const noexcept { license_core_device_free(device); }
    void operator()(license_core_file *file) const noexcept { license_core_file_free(file); }
    void operator()(license_core_check *check) const noexcept { license_core_check_free(check); }
};

template <typename T>
using Owned = std::unique_ptr<T, Free>;

// A place for what a function puts out: `Out<char> text; f(text);`
template <typename T>
class Out {
public:
    Out() = default;
    Out(const Out &) = delete;
    Out &operator=(const Out &) = delete;
    ~Out() { Free()(put_); }
    operator T **() noexcept { return &put_; }
    Owned<T> take() noexcept { return Owned<T>(std::exchange(put_, nullptr)); }
    std::string text() const { return put_ ? put_ : ""; }

private:
    T *put_ = nullptr;
};

inline void must(std::int32_t outcome, const Out<char> &message) {
    if (outcome != LICENSE_CORE_OUTCOME_ACTIVE) throw Error(outcome, message.text());
}

inline std::int64_t seconds(Time time) noexcept { return time.time_since_epoch().count(); }

} // namespace detail

// Whose licenses are accepted, for which product, signed by which keys.
class Trust {
public:
    // Reads the vendor file at a path.
    static Trust from_file(const std::filesystem::path &path) {
        const std::string text = path.u8string();
        return of(license_core_trust_from_file, text);
    }
    // Reads the vendor file's text.
    static Trust from_text(std::string_view vendor_file) { return of(license_core_trust_from_text, vendor_file); }
    // Reads a JSON object: issuer, product, keys, and where needed realm, server, test.
    static Trust from_json(std::string_view json) { return of(license_core_trust_from_json, json); }

    // The product code that is asked for.
    std::string product() const {
        const char *product = license_core_trust_product(handle());
        return product ? product : "";
    }

    // Takes in signed key sets, one on a line and the oldest first. An Error says why the last one was not taken; those
    // before it that can be are taken all the same.
    void learn(std::string_view sets) const {
        detail::Out<char> message;
        detail::must(license_core_trust_learn(handle(), sets.data(), sets.size(), message), message);
    }

    // What a verifier goes by, as a JSON object.
    std::string to_json() const {
        detail::Out<char> json, none;
        detail::must(license_core_trust_to_json(handle(), json), none);
        return json.text();
    }

    // For calls of the C functions.
    const license_core_trust *handle() const noexcept { return trust_.get(); }

private:
    template <typename Read>
    static Trust of(Read read, std::string_view text) {
        Trust made;
        detail::Out<license_core_trust> trust;
        detail::Out<char> message;
        detail::must(read(text.data(), text.size(), trust, message), message);
        made.trust_ = trust.take();
        return made;
    }
    Trust() = default;
    detail::Owned<license_core_trust> trust_;
};

// A machine, as far as it could be read.
class Device {
public:
    // Reads this machine, as an ordinary user can, in milliseconds: keep it while the program runs.
    static Device here(const Trust &trust) {
        Device made;
        detail::Out<license_core_device> device;
        detail::Out<char> message;
        detail::must(license_core_device_here(trust.handle(), device, message), message);
        made.device_ = device.take();
        return made;
    }
    // Reads a text that speaks for a machine, such as DF1-….
    static Device from_text(const Trust &trust, std::string_view text) {
        return of(license_core_device_from_text, trust, text);
    }
    // Reads what `license-agent fingerprint --json` printed; {} is a machine on which nothing usable was found.
    static Device from_json(const Trust &trust, std::string_view json) {
        return of(license_core_device_from_json, trust, json);
    }

    // How it compares with the `dev` claim of a license, given as JSON: 0 if it is the machine, 17 or 18 if not, and the
    // verdict as a JSON object. For who reads licenses by another library: it checks nothing else.
    std::pair<std::int32_t, std::string> match(std::string_view dev) const {
        detail::Out<char> verdict, message;
        const auto outcome = license_core_device_match(handle(), dev.data(), dev.size(), verdict, message);
        if (verdict.text().empty()) throw Error(outcome, message.text());
        return {outcome, verdict.text()};
    }

    // What its text says, as a JSON object. Digests are personal data.
    std::string to_json() const {
        detail::Out<char> json, none;
        detail::must(license_core_device_to_json(handle(), json), none);
        return json.text();
    }

    // For calls of the C functions.
    const license_core_device *handle() const noexcept { return device_.get(); }

private:
    template <typename Read>
    static Device of(Read read, const Trust &trust, std::string_view text) {
        Device made;
        detail::Out<license_core_device> device;
        detail::Out<char> message;
        detail::must(read(trust.handle(), text.data(), text.size(), device, message), message);
        made.device_ = device.take();
        return made;
    }
    Device() = default;
    detail::Owned<license_core_device> device_;
};

// An installed license, as it was when it was last looked at.
class LicenseFile {
public:
    // Looks where the agent puts the license of a product. That none is there is for Check to say.
    static LicenseFile find(std::string_view product) { return of(license_core_file_find, product); }
    // Looks at one path alone.
    static LicenseFile at(const std::filesystem::path &path) {
        const std::string text = path.u8string();
        return of(license_core_file_at, text);
    }

    // Where a product's license is looked for, as a JSON list of paths: here, or on a system (linux, windows, macos) with
    // the variables of a JSON object.
    static std::string places(std::string_view product, std::optional<std::string_view> system = std::nullopt,
                              std::optional<std::string_view> environment = std::nullopt) {
        detail::Out<char> paths, message;
        const auto given = [](const auto &text) { return text ? (text->data() ? text->data() : "") : nullptr; };
        detail::must(license_core_places(product.data(), product.size(), given(system), system ? system->size() : 0,
                                         given(environment), environment ? environment->size() : 0, paths, message),
                     message);
        return paths.text();
    }

    // Looks again; true if license or learned keys are others than before: verify anew. It costs microseconds.
    bool refresh() const noexcept { return license_core_file_refresh(handle()); }

    // The license's text. An Error: 53, none is installed; 54, its file cannot be read.
    std::string text() const {
        detail::Out<char> license, message;
        detail::must(license_core_file_read(handle(), license, nullptr, nullptr, message), message);
        return license.text();
    }

    // For calls of the C functions.
    const license_core_file *handle() const noexcept { return file_.get(); }

private:
    template <typename Look>
    static LicenseFile of(Look look, std::string_view text) {
        LicenseFile made;
        detail::Out<license_core_file> file;
        detail::Out<char> message;
        detail::must(look(text.data(), text.size(), file, message), message);
        made.file_ = file.take();
        return made;
    }
    LicenseFile() = default;
    detail::Owned<license_core_file> file_;
};

// What became of one licensed kind of part.
struct Part {
    // mac, disk, board, cpu, system, os, cloud, tpm or custom.
    std::string kind;
    // matched, partly, changed, missing or unreadable.
    std::string outcome;
    // How much it counts in this license.
    int weight;
    // With partly: how many of its values are there, of how many that are licensed; else 0.
    int matched, of;
};

// What a check of a license came to. It is true if the license held, in grace or not.
class Check {
public:
    explicit operator bool() const noexcept { return license_core_check_holds(handle()); }

    // The stable number, a LICENSE_CORE_OUTCOME_…, and its word.
    std::int32_t outcome() const noexcept { return license_core_check_outcome(handle()); }
    std::string_view word() const noexcept { return license_core::word(outcome()); }

    // A sentence for the buyer: until when the license holds, or what is wrong.
    std::string message() const {
        const char *message = license_core_check_message(handle());
        return message ? message : "";
    }

    // Over, and still working: ask the customer to renew.
    bool is_in_grace() const noexcept { return outcome() == LICENSE_CORE_OUTCOME_GRACE; }

    // Whether the license holds and grants a feature.
    bool has_feature(std::string_view feature) const noexcept {
        return license_core_check_has_feature(handle(), feature.data(), feature.size());
    }

    // Whole days until the license is over, counted from the check; none for one without an end, 0 if it does not hold.
    std::optional<std::int64_t> days_left() const noexcept { return unless_endless(license_core_check_days_left(handle())); }

    // The first second in which it is over, before grace, since 1970; none for one without an end, 0 if it does not hold.
    std::optional<std::int64_t> expires_at() const noexcept { return unless_endless(license_core_check_expires_at(handle())); }

    // How the license stands at another time, as a number.
    std::int32_t state(Time now = license_core::now()) const {
        return license_core_check_state(handle(), detail::seconds(now));
    }

    // What became of each licensed kind of part, where the device was compared.
    std::vector<Part> parts() const {
        std::vector<Part> parts;
        for (license_core_part part; license_core_check_part(handle(), parts.size(), &part);) {
            parts.push_back({part.kind, part.outcome, part.weight, part.matched, part.of});
        }
        return parts;
    }

    // All of it as a JSON object, claims and verdict among them.
    std::string to_json() const {
        detail::Out<char> json, none;
        detail::must(license_core_check_to_json(handle(), json), none);
        return json.text();
    }

    // For calls of the C functions.
    const license_core_check *handle() const noexcept { return check_.get(); }

private:
    static std::optional<std::int64_t> unless_endless(std::int64_t number) noexcept {
        return number == INT64_MAX ? std::nullopt : std::optional(number);
    }
    // Made whatever the license came to; nothing but an argument that cannot be used keeps it from being made.
    static Check of(std::int32_t outcome, detail::Out<license_core_check> &put) {
        Check made;
        made.check_ = put.take();
        if (!made.check_) throw Error(outcome, "");
        return made;
    }
    Check() = default;
    detail::Owned<license_core_check> check_;

    friend Check verify(const Trust &, const LicenseFile &, const std::filesystem::path &, const Device *, Time);
    friend Check verify(const Trust &, std::string_view, const Device &, Time);
    friend Check verify_with_proof(const Trust &, std::string_view, const Device &, std::string_view,
                                   std::optional<std::string_view>, Time);
    friend Check verify_with_guarded_clock(const Trust &, std::string_view, const Device &, std::string &, Time);
};

// Everything at once for an installed license: its learned keys, this machine unless a device is given, and the clock,
// guarded by a mark in the file `mark`; with an empty path the clock is believed.
inline Check verify(const Trust &trust, const LicenseFile &file, const std::filesystem::path &mark = {},
                    const Device *device = nullptr, Time now = license_core::now()) {
    detail::Out<license_core_check> check;
    const std::string path = mark.u8string();
    const auto outcome =
        license_core_verify_file(trust.handle(), device ? device->handle() : nullptr, file.handle(),
                                 path.empty() ? nullptr : path.data(), path.size(), detail::seconds(now), check);
    return Check::of(outcome, check);
}

// Makes all checks of a license's text for a device at a time.
inline Check verify(const Trust &trust, std::string_view license, const Device &device,
                    Time now = license_core::now()) {
    detail::Out<license_core_check> check;
    const auto outcome = license_core_verify(trust.handle(), device.handle(), license.data(), license.size(),
                                             detail::seconds(now), check);
    return Check::of(outcome, check);
}

// A new challenge for verify_with_proof: `license-agent prove CHALLENGE` answers it.
inline std::string challenge() {
    detail::Out<char> challenge, none;
    detail::must(license_core_challenge(challenge), none);
    return challenge.text();
}

// As verify, and then whether the proof is the answer to the challenge by the key that the license names.
inline Check verify_with_proof(const Trust &trust, std::string_view license, const Device &device,
                               std::string_view challenge, std::optional<std::string_view> proof,
                               Time now = license_core::now()) {
    detail::Out<license_core_check> check;
    const char *answer = proof ? (proof->data() ? proof->data() : "") : nullptr;
    const auto outcome = license_core_verify_with_proof(
        trust.handle(), device.handle(), license.data(), license.size(), detail::seconds(now), challenge.data(),
        challenge.size(), answer, proof ? proof->size() : 0, check);
    return Check::of(outcome, check);
}

// As verify, but a clock that was set back wins no time. `mark` is what this call left there the last time, an empty text
// at first; keep it, whatever the license comes to.
inline Check verify_with_guarded_clock(const Trust &trust, std::string_view license, const Device &device,
                                       std::string &mark, Time now = license_core::now()) {
    detail::Out<license_core_check> check;
    detail::Out<char> new_mark;
    const auto outcome = license_core_verify_with_guarded_clock(
        trust.handle(), device.handle(), license.data(), license.size(), detail::seconds(now), mark.data(),
        mark.size(), new_mark, check);
    Check made = Check::of(outcome, check);
    mark = new_mark.text();
    return made;
}

} // namespace license_core

#endif

// Answers the questions of `license-conformance run` by the C++ header (docs/sdk/conformance.md).
#include <iostream>
#include <license_core.hpp>

#include "../../c/tests/json.h"

using namespace license_core;

namespace {

json_span whole(std::string_view text) { return {text.data(), text.size()}; }

std::string raw(json_span value, const char *otherwise = "null") {
    return value.at ? std::string(value.at, value.len) : otherwise;
}

std::string said(json_span text) {
    json_string made = json_unescaped(text);
    std::string copy(made.at, made.len);
    free(made.at);
    return copy;
}

// An answer that grows.
struct Answer {
    std::string text = "{";

    void add(const char *name, const std::string &json) {
        if (json.empty() || json == "null") return;
        text += (text.size() > 1 ? ",\"" : "\"") + std::string(name) + "\":" + json;
    }
    void add_word(const char *name, std::string_view word) { add(name, "\"" + std::string(word) + "\""); }
    void pass_on(const std::string &object, std::initializer_list<const char *> names) {
        for (auto name : names) add(name, raw(json_member(whole(object), name)));
    }
};

Trust trust_of(json_span issuer, json_span product, json_span realm, json_span keys, json_span test) {
    return Trust::from_json("{\"issuer\":" + raw(issuer, "\"\"") + ",\"product\":" + raw(product, "\"\"") + ",\"realm\":" +
                            raw(realm, "\"\"") + ",\"keys\":" + raw(keys, "[]") + ",\"test\":" + raw(test) + "}");
}

Device device_of(const Trust &trust, json_span device) try {
    json_span text = json_member(device, "text");
    if (!device.at) return Device::from_json(trust, "{}");
    if (!text.at) return Device::from_json(trust, raw(device));
    for (auto other : {"fingerprint", "found", "privileged", "unreadable"}) {
        if (*text.at != '"' || json_member(device, other).at) throw Error(LICENSE_CORE_OUTCOME_UNREADABLE_DEVICE, "");
    }
    return Device::from_text(trust, said(text));
} catch (const Error &) {
    throw Error(LICENSE_CORE_OUTCOME_UNREADABLE_DEVICE, "");
}

std::string_view verify(json_span ask, Answer &answer) {
    json_span given = json_member(ask, "trust");
    auto trust = trust_of(json_member(given, "issuer"), json_member(given, "product"), json_member(given, "realm"),
                          json_member(given, "keys"), json_member(given, "test"));
    try {
        trust.learn(said(json_member(given, "learned")));
    } catch (const Error &) { // what cannot be taken teaches nothing
    }
    auto device = device_of(trust, json_member(ask, "device"));
    auto token = said(json_member(ask, "token"));
    json_span challenge_text = json_member(ask, "challenge"), proof = json_member(ask, "proof");
    Time now{std::chrono::seconds(std::stoll(raw(json_member(ask, "now"))))};
    auto check = challenge_text.at && proof.at ? verify_with_proof(trust, token, device, said(challenge_text), said(proof), now)
                 : json_is(json_member(given, "possession"), "true")
                     ? verify_with_proof(trust, token, device, challenge(), std::nullopt, now)
                     : license_core::verify(trust, token, device, now);
    answer.pass_on(check.to_json(), {"days_left", "claims", "verdict", "proof"});
    return check.word();
}

std::string_view match(json_span ask, Answer &answer) {
    auto trust = trust_of({}, {}, json_member(ask, "realm"), {}, {});
    auto device = device_of(trust, json_member(ask, "device"));
    json_span dev = json_member(ask, "dev");
    auto [outcome, verdict] = device.match(dev.at && *dev.at == '"' ? said(dev) : raw(dev));
    answer.add("verdict", verdict);
    return outcome == 0 ? "matched" : word(outcome);
}

std::string_view find(json_span ask, Answer &answer) {
    auto environment = raw(json_member(ask, "environment"));
    answer.add("files", LicenseFile::places(said(json_member(ask, "product")), said(json_member(ask, "system")), environment));
    return "files";
}

std::string_view text(json_span ask, Answer &answer) {
    auto trust = trust_of({}, {}, json_member(ask, "realm"), {}, {});
    auto all = Device::from_text(trust, said(json_member(ask, "text"))).to_json();
    const char *form = json_member(whole(all), "opaque").at ? "opaque" : "components";
    answer.pass_on(all, {form});
    return form;
}

std::string_view vendor_file(json_span ask, Answer &answer) {
    auto trust = Trust::from_text(said(json_member(ask, "text")));
    answer.pass_on(trust.to_json(), {"issuer", "product", "realm", "server", "test", "keys"});
    return "trust";
}

std::string_view key_set(json_span ask, Answer &answer) {
    json_span issuer = json_member(ask, "issuer"), list = json_member(ask, "sets"), name, set;
    auto trust = trust_of(issuer, {}, issuer, json_member(ask, "keys"), {});
    std::string sets;
    for (const char *at = list.at; at && json_next(list, &at, &name, &set);) sets += said(set) + "\n";
    if (!sets.empty()) sets.pop_back();
    std::string_view outcome = "learned";
    try {
        trust.learn(sets);
    } catch (const Error &error) {
        outcome = error.word();
    }
    auto all = trust.to_json();
    answer.add("trusted", raw(json_member(whole(all), "keys")));
    return outcome;
}

std::string_view answer_to(std::string_view op, json_span ask, Answer &answer) try {
    if (op == "verify") return verify(ask, answer);
    if (op == "match") return match(ask, answer);
    if (op == "find") return find(ask, answer);
    if (op == "text" || op == "df1") return text(ask, answer);
    if (op == "vendor_file") return vendor_file(ask, answer);
    if (op == "key_set") return key_set(ask, answer);
    throw Error(LICENSE_CORE_OUTCOME_ARGUMENT, "");
} catch (const Error &error) {
    return error.word();
}

} // namespace

int main() {
    for (std::string line; std::getline(std::cin, line);) {
        json_span ask = whole(line);
        auto op = said(json_member(ask, "op"));
        Answer answer;
        answer.add("id", raw(json_member(ask, "id")));
        if (op == "hello") {
            answer.add_word("name", "license-core for C++");
            answer.add_word("version", license_core_version());
            answer.add("protocol", "1");
            answer.add("ops", "[\"verify\",\"match\",\"df1\",\"text\",\"vendor_file\",\"key_set\",\"possession\",\"find\"]");
        } else {
            answer.add_word("outcome", answer_to(op, ask, answer));
        }
        std::cout << answer.text << "}" << std::endl;
    }
}

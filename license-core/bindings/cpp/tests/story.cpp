// What a product does with the header, and what the conformance runner cannot reach: files, the clock, threads, errors.
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <license_core.hpp>
#include <sstream>
#include <thread>

using namespace license_core;

#define CHECK(true_thing) ((true_thing) ? (void)0 : fail(#true_thing, __LINE__))

namespace {

void fail(const char *what, int line) {
    std::cerr << "tests/story.cpp:" << line << ": not so: " << what << "\n";
    std::exit(1);
}

std::string contents(const std::filesystem::path &path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

// Puts a text in place as the agent does.
void put(const std::filesystem::path &path, const std::string &text) {
    std::ofstream(path.string() + ".new") << text;
    std::filesystem::rename(path.string() + ".new", path);
}

// Eight threads verify, with one mark, while license and keys are replaced and keys are learned.
void files_are_replaced_while_they_are_read(const std::filesystem::path &examples, const std::filesystem::path &folder,
                                            const std::string &license, Time then) {
    const auto vectors = contents(examples / "../../tests/vectors/key-sets.json");
    const auto begin = vectors.find("\"eyJ") + 1;
    const auto set = vectors.substr(begin, vectors.find('"', begin) - begin);
    auto trust = Trust::from_text(contents(examples / "vendor.toml") +
                                  "\n[[keys]]\nkty = \"OKP\"\ncrv = \"Ed25519\"\nx = "
                                  "\"iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w\"\n");
    auto device = Device::here(trust);
    auto file = LicenseFile::at(folder / "busy.lic");
    const auto mark = folder / "busy.clock";
    put(folder / "busy.lic", license);
    std::vector<std::thread> threads;
    for (int n = 0; n < 8; n++) {
        threads.emplace_back([&, n] {
            for (int again = 0; again < 40; again++) {
                file.refresh();
                trust.learn(set);
                auto check = n % 2 ? verify(trust, file, mark, &device, then) : verify(trust, file, {}, &device, then);
                CHECK(check && check.has_feature("mesh"));
                CHECK(check.to_json().find("mark_error") == std::string::npos);
            }
        });
    }
    for (int again = 0; again < 200; again++) {
        put(folder / "busy.lic", license + std::string(static_cast<std::size_t>(again % 3), '\n'));
        put(folder / "busy.keys", again % 2 ? set + "\n" : "no key set\n");
    }
    for (auto &thread : threads) thread.join();
    CHECK(verify(trust, file, mark, &device, then) && contents(mark).rfind("clock-guard/v1 ", 0) == 0);
    CHECK(trust.to_json().find("aVBtapLd11SUVKIMGJfPzOEDuN0sXcmzJQNVT-_sKEU") != std::string::npos);
}

std::int32_t error_of(const std::function<void()> &call) {
    try {
        call();
        return 0;
    } catch (const Error &error) {
        CHECK(*error.what());
        return error.outcome();
    }
}

} // namespace

int main(int, char **arguments) {
    // The example of the sources: a license without an end, for no device in particular.
    const std::filesystem::path examples = arguments[1], folder = arguments[2];
    const auto license = contents(examples / "cad-pro.lic");
    const Time then{std::chrono::seconds(1790000000)};
    auto trust = Trust::from_file(examples / "vendor.toml");
    auto device = Device::here(trust);

    auto check = verify(trust, license, device, then);
    CHECK(check && check.outcome() == LICENSE_CORE_OUTCOME_ACTIVE && check.word() == "active" && !check.is_in_grace());
    CHECK(check.has_feature("mesh") && !check.has_feature("") && !check.days_left() && !check.expires_at());
    CHECK(check.message() == "the license holds without an end" && check.parts().empty());
    CHECK(check.state(Time{}) == LICENSE_CORE_OUTCOME_NOT_YET_VALID);
    CHECK(check.state(Time{std::chrono::seconds(253402300799)}) == LICENSE_CORE_OUTCOME_ACTIVE);

    auto forged = verify(trust, license.substr(0, 200) + "A" + license.substr(201), device, then);
    CHECK(!forged && forged.word() == "signature" && !forged.has_feature("mesh") && forged.days_left() == 0);

    CHECK(error_of([] { Trust::from_text("issuer = 7"); }) == LICENSE_CORE_OUTCOME_UNUSABLE_TRUST);
    CHECK(error_of([] { Trust::from_file("/no/vendor.toml"); }) == LICENSE_CORE_OUTCOME_UNUSABLE_TRUST);
    CHECK(error_of([&] { Device::from_text(trust, "None"); }) == LICENSE_CORE_OUTCOME_TEXT_JUNK);
    CHECK(error_of([&] { Device::from_json(trust, "[]"); }) == LICENSE_CORE_OUTCOME_UNREADABLE_DEVICE);
    CHECK(error_of([&] { trust.learn("no key set"); }) == LICENSE_CORE_OUTCOME_KEY_SET_MALFORMED);
    CHECK(error_of([] { LicenseFile::find(std::string(237, 'a')); }) == LICENSE_CORE_OUTCOME_NAME_TOO_LONG);
    CHECK(error_of([&] { verify(trust, std::string(2 << 20, 'a'), device); }) == LICENSE_CORE_OUTCOME_LENGTH);
    CHECK(error_of([&] {
              auto moved = std::move(forged);
              forged.to_json();
          }) == LICENSE_CORE_OUTCOME_NULL_ARGUMENT);
    CHECK(!forged && forged.message().empty() && forged.parts().empty());

    // Found where it is put, and a renewed one is seen.
    setenv("LICENSE_AGENT_DIR", folder.c_str(), 1);
    auto file = LicenseFile::find(trust.product());
    CHECK(verify(trust, file).word() == "not-installed");
    CHECK(error_of([&] { file.text(); }) == LICENSE_CORE_OUTCOME_NOT_INSTALLED && !file.refresh());
    std::ofstream(folder / "cad-pro.lic") << license;
    CHECK(file.refresh() && !file.refresh() && verify(trust, file) && file.text() + "\n" == license);

    // The clock is guarded, by a file and by a text.
    const auto mark = folder / "cad-pro.clock";
    CHECK(verify(trust, file, mark, &device, then));
    auto set_back = verify(trust, file, mark, &device, then - std::chrono::hours(24 * 365));
    CHECK(set_back && set_back.message().find("set it right") != std::string::npos);
    std::string text;
    CHECK(verify_with_guarded_clock(trust, license, device, text, then) && text.rfind("clock-guard/v1 ", 0) == 0);

    auto unproven = verify_with_proof(trust, license, device, challenge(), std::nullopt, then);
    CHECK(!unproven && unproven.word() == "possession");

    std::vector<std::thread> threads;
    for (int n = 0; n < 4; n++) {
        threads.emplace_back([&] {
            for (int again = 0; again < 50; again++) CHECK(!file.refresh() && verify(trust, file, {}, &device, then));
        });
    }
    for (auto &thread : threads) thread.join();
    files_are_replaced_while_they_are_read(examples, folder, license, then);
    std::cout << "license-core for C++: the story holds\n";
}

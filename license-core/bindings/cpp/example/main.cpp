#include <iostream>
#include <license_core.hpp>

int main() try {
    auto trust = license_core::Trust::from_file("vendor.toml");
    auto file = license_core::LicenseFile::find(trust.product());
    auto check = license_core::verify(trust, file, "product.clock");
    std::cout << check.message() << "\n"; // until when it holds, or what is wrong
    if (!check) return check.outcome();
    if (check.has_feature("mesh")) std::cout << "mesh is licensed\n";
    if (auto days = check.days_left()) std::cout << *days << " days left\n";
} catch (const license_core::Error &error) {
    std::cerr << error.what() << "\n";
    return error.outcome();
}

#include <license_core.h>
#include <stdio.h>
#define TERMINATED(text) (text), LICENSE_CORE_TERMINATED

int main(void) {
    license_core_trust *trust = NULL;
    license_core_file *file = NULL;
    license_core_check *check = NULL;
    char *why = NULL;
    if (license_core_trust_from_file(TERMINATED("vendor.toml"), &trust, &why) != 0 ||
        license_core_file_find(TERMINATED(license_core_trust_product(trust)), &file, &why) != 0) {
        return fprintf(stderr, "%s\n", why), 1;
    }
    license_core_verify_file(trust, NULL, file, TERMINATED("product.clock"), LICENSE_CORE_NOW, &check);
    puts(license_core_check_message(check)); // until when it holds, or what is wrong
    if (!license_core_check_holds(check)) return license_core_check_outcome(check);
    if (license_core_check_has_feature(check, TERMINATED("mesh"))) puts("mesh is licensed");
    long long days = license_core_check_days_left(check);
    if (days != INT64_MAX) printf("%lld days left\n", days);
    license_core_check_free(check), license_core_file_free(file), license_core_trust_free(trust);
    return 0;
}

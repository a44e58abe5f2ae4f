/* Microseconds for each check of the worked example, one thread: bench VENDOR_FILE LICENSE [DEVICE_JSON]. */
#define _POSIX_C_SOURCE 200809L

#include <license_core_more.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static char *contents(const char *path) {
    static char room[3][65536];
    static int next;
    FILE *file = fopen(path, "r");
    if (!file) exit(2);
    char *at = room[next++];
    at[fread(at, 1, sizeof room[0] - 1, file)] = 0;
    fclose(file);
    return at;
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
    license_core_trust *trust = NULL;
    license_core_device *device = NULL;
    if (argc < 3 || license_core_trust_from_file(argv[1], LICENSE_CORE_TERMINATED, &trust, NULL) != 0) return 2;
    const char *license = contents(argv[2]), *json = argc > 3 ? contents(argv[3]) : "{}";
    if (license_core_device_from_json(trust, json, strlen(json), &device, NULL) != 0) return 2;
    double best = 1;
    for (int run = 0; run < 20; run++) {
        double began = seconds();
        for (int n = 0; n < 500; n++) {
            license_core_check *check = NULL;
            if (license_core_verify(trust, device, license, strlen(license), 1790000000, &check) != 0) return 1;
            license_core_check_free(check);
        }
        double each = (seconds() - began) / 500;
        if (each < best) best = each;
    }
    printf("%.1f us for each check\n", best * 1e6);
    license_core_device_free(device), license_core_trust_free(trust);
    return 0;
}

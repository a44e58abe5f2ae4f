"""Asks for this product's license, and says what is wrong where there is none."""
from license_core import ClockGuard, LicenseError, LicenseFile, Trust

trust = Trust.load("vendor.toml")
try:
    license = LicenseFile.find(trust.product).verify(trust, clock=ClockGuard("clock.mark"))
except LicenseError as error:
    raise SystemExit(f"Not licensed: {error} [{error.number} {error.word}]")
print(license.clock_warning or "Licensed.")
print("Meshing is", "included." if license.has_feature("mesh") else "not included.")
print("Days left:", "no end" if (days := license.days_left()) is None else days)

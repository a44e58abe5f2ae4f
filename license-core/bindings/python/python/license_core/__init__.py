"""Verifies licenses that are bound to one machine. No network is needed.

>>> from license_core import LicenseFile, Trust
>>> trust = Trust.load("vendor.toml")                             # doctest: +SKIP
>>> license = LicenseFile.find(trust.product).verify(trust)       # doctest: +SKIP
>>> license.has_feature("mesh"), license.days_left()              # doctest: +SKIP
(True, 365)
"""

import logging

from ._native import (
    Binding,
    ClockGuard,
    Component,
    Device,
    Fingerprint,
    License,
    LicenseFile,
    Part,
    PossessionChallenge,
    Trust,
    Verdict,
    VendorFile,
    license_places,
    verify,
)
from .errors import (
    ClockError,
    DeviceError,
    ExpiredError,
    FingerprintTextError,
    IssuerError,
    KeySetError,
    LicenseError,
    MalformedError,
    NameTooLongError,
    NeedsPrivilegesError,
    NotInstalledError,
    NotYetValidError,
    PossessionError,
    ProductError,
    RealLicenseError,
    SignatureError,
    TestLicenseError,
    TrustError,
    UnknownKeyError,
    UnreadableDeviceError,
    UnreadableFileError,
    VerifyError,
)

__all__ = [
    "Binding", "ClockError", "ClockGuard", "Component", "Device", "DeviceError", "ExpiredError", "Fingerprint",
    "FingerprintTextError", "IssuerError", "KeySetError", "License", "LicenseError", "LicenseFile", "MalformedError",
    "NameTooLongError", "NeedsPrivilegesError", "NotInstalledError", "NotYetValidError", "Part", "PossessionChallenge",
    "PossessionError", "ProductError", "RealLicenseError", "SignatureError", "TestLicenseError", "Trust", "TrustError",
    "UnknownKeyError", "UnreadableDeviceError", "UnreadableFileError", "VendorFile", "Verdict", "VerifyError",
    "license_places", "verify",
]

logging.getLogger(__name__).addHandler(logging.NullHandler())

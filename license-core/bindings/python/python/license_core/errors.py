"""What a check came to, other than a license that holds: one exception for each outcome.

Every exception has the stable ``number`` and ``word`` of its outcome, the same in every language, and its text is a
sentence for whoever bought the license. ``VerifyError`` is raised where a license does not hold.
"""

from __future__ import annotations

import datetime
import typing

if typing.TYPE_CHECKING:
    from . import Verdict


class LicenseError(Exception):
    """Anything that a check came to, other than a license that holds."""

    #: The outcome's number, the same in every language and for ever.
    number: int = -1
    #: The outcome's word.
    word: str = ""


class VerifyError(LicenseError):
    """The license does not hold: the first check that failed."""


class MalformedError(VerifyError):
    """It is no license in a form that is understood."""

    number = 10
    word = "malformed"


class UnknownKeyError(VerifyError):
    """It is signed with a key that is not trusted."""

    number = 11
    word = "unknown-key"


class SignatureError(VerifyError):
    """It was changed or forged."""

    number = 12
    word = "signature"


class IssuerError(VerifyError):
    """It is another vendor's."""

    number = 13
    word = "issuer"


class ProductError(VerifyError):
    """It is for another product."""

    number = 14
    word = "product"


class NotYetValidError(VerifyError):
    """It begins later."""

    number = 15
    word = "not-yet-valid"
    #: When it begins.
    not_before: datetime.datetime


class ExpiredError(VerifyError):
    """It is over, grace included."""

    number = 16
    word = "expired"
    #: The first second in which it no longer works.
    ended_at: datetime.datetime


class DeviceError(VerifyError):
    """It is bound to another machine, or too much of this one was changed."""

    number = 17
    word = "device"
    #: What matched, changed or is missing.
    verdict: Verdict


class NeedsPrivilegesError(VerifyError):
    """It is bound to facts that take rights to read."""

    number = 18
    word = "needs-privileges"
    #: What matched, changed or is missing.
    verdict: Verdict


class TestLicenseError(VerifyError):
    """It is a test license where real ones are asked for."""

    #: For pytest, which would take the class for a case.
    __test__ = False

    number = 19
    word = "test-license"


class RealLicenseError(VerifyError):
    """It is a real license where test ones are asked for."""

    number = 20
    word = "real-license"


class PossessionError(VerifyError):
    """It is not shown that this machine has the license's key."""

    number = 21
    word = "possession"
    #: Why the proof proves nothing, as a word.
    proof: str


class ClockError(VerifyError):
    """It is over or has not begun, and the clock is wrong: that is to be set right first."""

    number = 22
    word = "clock"


class FingerprintTextError(LicenseError):
    """A text is no fingerprint of a machine: numbers 30 to 39."""


class KeySetError(LicenseError):
    """A key set teaches nothing: numbers 40 to 44."""


class TrustError(LicenseError):
    """A vendor file or a key cannot be used."""

    number = 50
    word = "unusable-trust"


class UnreadableDeviceError(LicenseError):
    """A device is not what ``license-agent fingerprint --json`` prints."""

    number = 51
    word = "unreadable-device"


class NameTooLongError(LicenseError):
    """The product code cannot name a file."""

    number = 52
    word = "name-too-long"


class NotInstalledError(LicenseError):
    """No license lies where one is looked for."""

    number = 53
    word = "not-installed"


class UnreadableFileError(LicenseError):
    """A license's file is there and cannot be read."""

    number = 54
    word = "unreadable-file"


_ALONE: dict[int, type[LicenseError]] = {
    each.number: each
    for each in (
        MalformedError, UnknownKeyError, SignatureError, IssuerError, ProductError, NotYetValidError, ExpiredError,
        DeviceError, NeedsPrivilegesError, TestLicenseError, RealLicenseError, PossessionError, ClockError, TrustError,
        UnreadableDeviceError, NameTooLongError, NotInstalledError, UnreadableFileError,
    )
}


def of_outcome(number: int, word: str, says: str) -> LicenseError:
    """The exception of an outcome, not raised yet."""
    if 30 <= number < 40:
        error: LicenseError = FingerprintTextError(says)
    elif 40 <= number < 50:
        error = KeySetError(says)
    else:
        error = _ALONE.get(number, LicenseError)(says)
    error.number = number
    error.word = word
    return error

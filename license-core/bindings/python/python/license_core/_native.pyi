"""What is compiled. Texts from outside may be ``str`` or ``bytes``; a time is whole seconds since 1970 or a
``datetime`` with a zone; every object may be shared between threads."""

import datetime
import os
import typing

__all__ = [
    "Binding", "ClockGuard", "Component", "Device", "Fingerprint", "License", "LicenseFile", "Part",
    "PossessionChallenge", "Trust", "VendorFile", "Verdict", "license_places", "verify",
]

_Text = str | bytes
_Path = str | os.PathLike[str]
_Time = int | datetime.datetime
_State = typing.Literal["active", "grace", "not-yet-valid", "expired"]

@typing.final
class VendorFile:
    """A vendor file, read: what ``license-server keys export --agent`` writes."""

    def __new__(cls, given: _Text) -> typing.Self:
        """Reads the text. Raises ``TrustError``."""
    @staticmethod
    def load(path: _Path) -> VendorFile:
        """Reads a file of at most a mebibyte. Raises ``OSError`` or ``TrustError``."""
    @property
    def issuer(self) -> str: ...
    @property
    def product(self) -> str: ...
    @property
    def realm(self) -> str:
        """Under whose name digests are made."""
    @property
    def server(self) -> str | None: ...
    @property
    def test(self) -> bool: ...
    @property
    def keys(self) -> list[str]:
        """The thumbprints of the keys."""
    def trust(self) -> Trust: ...

@typing.final
class Trust:
    """The vendor, the product and the keys that a license must agree with."""

    def __new__(
        cls,
        issuer: str,
        product: str,
        keys: _Text,
        *,
        realm: str | None = None,
        test: bool = False,
        possession: bool = False,
    ) -> typing.Self:
        """From its parts; ``keys`` is the JSON of a list of JWKs, or of a JWK set. Raises ``TrustError``."""
    @staticmethod
    def from_vendor_file(given: _Text) -> Trust:
        """From a vendor file's text. Raises ``TrustError``."""
    @staticmethod
    def load(path: _Path) -> Trust:
        """From a vendor file. Raises ``OSError`` or ``TrustError``."""
    def require_possession(self) -> Trust:
        """The same for licenses whose machine proves that it has their key."""
    def learn(self, sets: _Text) -> bool:
        """Takes in signed key sets, one on a line; whether anything was new. Raises ``KeySetError`` for the last one;
        those before it count all the same."""
    @property
    def learned_keys(self) -> str:
        """What was learned, to be kept."""
    @property
    def issuer(self) -> str: ...
    @property
    def product(self) -> str: ...
    @property
    def test(self) -> bool:
        """Whether test licenses are accepted in place of real ones."""
    @property
    def possession(self) -> bool: ...
    @property
    def keys(self) -> list[str]:
        """The thumbprints of the keys that count."""
    def distrusts(self, key: str) -> bool:
        """Whether the vendor has withdrawn the key with this thumbprint, as far as is known here."""

@typing.final
class Device:
    """A machine that a license is compared with. Reading one takes milliseconds: keep it."""

    @staticmethod
    def this_machine(trust: Trust | str, *, privileged: bool = False) -> Device:
        """Reads this machine, under the realm of a trust or of that name."""
    @staticmethod
    def from_text(given: _Text, trust: Trust | str) -> Device:
        """A machine that a text speaks for. Raises ``FingerprintTextError``."""
    @staticmethod
    def from_json(given: _Text, trust: Trust | str) -> Device:
        """What ``license-agent fingerprint --json`` printed. Raises ``UnreadableDeviceError``."""
    @staticmethod
    def none() -> Device:
        """A machine that nothing names: only licenses for no device in particular hold on it."""
    @property
    def text(self) -> str | None:
        """Its ``DF1-…`` text."""
    @property
    def privileged(self) -> bool: ...
    def __eq__(self, other: object, /) -> bool: ...
    __hash__: typing.ClassVar[None]  # type: ignore[assignment]

@typing.final
class ClockGuard:
    """Wins a clock that is set back no time, and names it. With a file it keeps its mark there, and ``FILE.lock``
    beside it; a mark that cannot be kept is a warning of the logger ``license_core``. Look every few hours."""

    def __new__(cls, file: _Path | None = None, *, mark: _Text | None = None) -> typing.Self: ...
    @property
    def mark(self) -> str:
        """The mark, a line of text, for who keeps it elsewhere."""

@typing.final
class License:
    """A verified license. Where no time is named, the clock counts, but no time before that of the check."""

    def state(self, now: _Time | None = None) -> _State: ...
    def days_left(self, now: _Time | None = None) -> int | None:
        """Whole days until it is over, in grace until it no longer works; ``None`` for a perpetual one."""
    def has_feature(self, name: str) -> bool: ...
    @property
    def clock_warning(self) -> str | None:
        """What is wrong with the clock, a sentence for its user; only with a ``ClockGuard``."""
    @property
    def issuer(self) -> str: ...
    @property
    def product(self) -> str: ...
    @property
    def instance(self) -> str:
        """What was bought, one per order line."""
    @property
    def id(self) -> str: ...
    @property
    def issued_at(self) -> datetime.datetime: ...
    @property
    def not_before(self) -> datetime.datetime: ...
    @property
    def expires_at(self) -> datetime.datetime | None:
        """The first second in which it is no longer valid, before grace."""
    @property
    def grace(self) -> int:
        """Seconds after the end in which it still works."""
    @property
    def quantity(self) -> int: ...
    @property
    def features(self) -> list[str]: ...
    @property
    def is_trial(self) -> bool: ...
    @property
    def is_test(self) -> bool: ...
    @property
    def device_key(self) -> str | None:
        """The thumbprint of the key of the machine that it was given to."""
    @property
    def binding(self) -> Binding | None: ...
    @property
    def verdict(self) -> Verdict | None:
        """How the machine compares with the licensed one."""

@typing.final
class LicenseFile:
    """A product's installed license, as it was when it was last looked at: the first of the files that is there."""

    def __new__(cls, *paths: _Path) -> typing.Self: ...
    @staticmethod
    def find(product: str) -> LicenseFile:
        """Where ``license-agent`` puts it. Raises ``NameTooLongError``; that none is there is for ``verify`` to say."""
    def verify(
        self,
        trust: Trust,
        *,
        device: Device | None = None,
        clock: ClockGuard | None = None,
        now: _Time | None = None,
    ) -> License:
        """Looks again, takes in the key sets beside it, and makes every check. Raises ``LicenseError``."""
    def refresh(self) -> bool:
        """Looks again: whether license or key sets are others than before. Some microseconds."""
    def text(self) -> str:
        """The license's text. Raises ``NotInstalledError`` or ``UnreadableFileError``."""
    @property
    def learned_keys(self) -> str: ...
    @property
    def path(self) -> os.PathLike[str] | None: ...

@typing.final
class PossessionChallenge:
    """A question to the machine's key, new for each check. ``str`` of it is for ``license-agent prove``."""

    def __new__(cls, random: bytes | None = None) -> typing.Self: ...

@typing.final
class Fingerprint:
    """A fingerprint text, read under the realm of a trust or of that name."""

    def __new__(cls, given: _Text, trust: Trust | str) -> typing.Self:
        """Raises ``FingerprintTextError``."""
    @property
    def components(self) -> list[Component]: ...
    @property
    def opaque(self) -> bytes | None:
        """The 32 bytes of an opaque id."""
    @property
    def text(self) -> str | None:
        """As a ``DF1-…`` text; none for an opaque id."""

@typing.final
class Component:
    """One hardware fact, digested."""

    @property
    def kind(self) -> str: ...
    @property
    def digest(self) -> str: ...
    @property
    def privileged(self) -> bool: ...

@typing.final
class Binding:
    """The ``dev`` claim: the device that a license is bound to."""

    def __new__(cls, json: _Text) -> typing.Self:
        """Raises ``MalformedError``."""
    def check(self, device: Device) -> Verdict: ...
    @property
    def json(self) -> str: ...

@typing.final
class Verdict:
    """Whether a machine is the licensed one, and why. ``str`` of it is for people, a line a part."""

    @property
    def passes(self) -> bool: ...
    @property
    def score(self) -> int:
        """The matched share of the licensed weight in per cent."""
    @property
    def needs_privileges(self) -> bool: ...
    @property
    def is_opaque(self) -> bool: ...
    @property
    def parts(self) -> list[Part]: ...

@typing.final
class Part:
    """What became of one licensed kind."""

    @property
    def kind(self) -> str: ...
    @property
    def weight(self) -> int: ...
    @property
    def outcome(self) -> str: ...
    @property
    def matched(self) -> int | None:
        """How many licensed values are there, where some are."""
    @property
    def of(self) -> int | None: ...

def verify(
    token: _Text,
    trust: Trust,
    *,
    device: Device | None = None,
    clock: ClockGuard | None = None,
    challenge: PossessionChallenge | None = None,
    proof: _Text | None = None,
    now: _Time | None = None,
) -> License:
    """Makes every check of a license, on this machine unless a device is named. Raises ``VerifyError``."""

def license_places(
    product: str, *, system: str | None = None, environment: typing.Mapping[str, str] | None = None
) -> list[str]:
    """The files in which a product's license may lie, in the order in which they are looked at, of this system and
    environment or of others. Raises ``NameTooLongError``."""

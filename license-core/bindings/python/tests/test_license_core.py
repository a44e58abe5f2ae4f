"""What the conformance runner cannot reach: this machine, files, clocks, threads, exceptions.

    LICENSE_DEMO=DIR LICENSE_ACTIVATED=FOLDER LICENSE_AGENT=PROGRAM python -m unittest

DIR is what `license-server demo --data DIR` left, FOLDER where this machine was activated there, PROGRAM is license-agent.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import base64
import json
import logging
import os
import pathlib
import re
import subprocess
import tempfile
import threading
import typing
import unittest

import license_core as lc
from license_core import errors

DEMO = pathlib.Path(os.environ["LICENSE_DEMO"])
ACTIVATED = pathlib.Path(os.environ["LICENSE_ACTIVATED"])
AGENT = os.environ["LICENSE_AGENT"]
BINDING = pathlib.Path(__file__).parents[1]
PAGES = BINDING.parents[2] / "docs/sdk"
TOKEN = next((DEMO / "delivered").glob("*.lic")).read_text()
DAY = datetime.timedelta(days=1)
UTC = datetime.timezone.utc
# The byte of the kind `os`, by docs/fingerprint-format.md.
OS_KIND = 6


def trust() -> lc.Trust:
    return lc.Trust.load(DEMO / "vendor.toml")


def sealed_mark(trust: lc.Trust, device: lc.Device, license: lc.License, at: datetime.datetime) -> str:
    """A mark as docs/clock.md has it."""
    assert device.text and license.binding
    tag = json.loads(license.binding.json)["r"]
    key = b"clock-guard/v1\0" + f"{trust.issuer}\0{trust.product}\0".encode() + base64.urlsafe_b64decode(tag + "==")
    for part in lc.Fingerprint(device.text, trust).components:
        if part.kind == "os":
            key += bytes([OS_KIND]) + base64.urlsafe_b64decode(part.digest + "==")
    body = f"clock-guard/v1 {int(at.timestamp()) * 1000} - - 0"
    seal = hmac.digest(hashlib.sha256(key).digest(), body.encode(), "sha256")
    return f"{body} {base64.urlsafe_b64encode(seal).rstrip(b'=').decode()}"


class InAFolder(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        before = os.environ.get("LICENSE_AGENT_DIR")
        os.environ["LICENSE_AGENT_DIR"] = str(self.folder)
        self.addCleanup(lambda: os.environ.update({"LICENSE_AGENT_DIR": before or ""}))

    def install(self, text: str = TOKEN) -> pathlib.Path:
        """Puts a license in place as the agent does."""
        new, path = self.folder / "new", self.folder / "cad-demo.lic"
        new.write_text(text)
        new.replace(path)
        return path


class Story(InAFolder):
    def test_a_license_is_found_verified_and_renewed_without_a_restart(self) -> None:
        file = lc.LicenseFile.find("cad-demo")
        with self.assertRaises(lc.NotInstalledError) as missing:
            file.verify(trust())
        self.assertEqual((missing.exception.number, missing.exception.word), (53, "not-installed"))
        self.assertIn(str(self.folder), str(missing.exception))

        path = self.install()
        self.assertTrue(file.refresh())
        self.assertFalse(file.refresh())
        license = file.verify(trust(), clock=lc.ClockGuard(self.folder / "mark"))
        self.assertEqual((file.path, license.product, license.state()), (path, "cad-demo", "active"))
        self.assertTrue(license.has_feature("mesh") and not license.has_feature("flight"))
        self.assertIn(license.days_left(), (364, 365))
        self.assertTrue(license.verdict and license.verdict.passes and license.is_test)
        self.assertIsNone(license.clock_warning)

        self.install(TOKEN[:-8] + "AAAAAAAA")
        self.assertTrue(file.refresh())
        with self.assertRaises(lc.SignatureError):
            file.verify(trust())

    def test_the_agents_device_is_the_one_that_is_read_here(self) -> None:
        printed = subprocess.run(
            [AGENT, "fingerprint", "--json", "--realm", trust().issuer], check=True, capture_output=True, timeout=60
        )
        device = lc.Device.from_json(printed.stdout, trust())
        self.assertEqual(device.text, lc.Device.this_machine(trust()).text)
        self.assertEqual(lc.verify(TOKEN, trust(), device=device).state(), "active")

    def test_another_machine_is_told_part_by_part(self) -> None:
        other = lc.Device.from_text("|ANOTHER-DISK-0001||", trust())
        with self.assertRaises(lc.DeviceError) as refused:
            lc.verify(TOKEN, trust(), device=other)
        self.assertEqual(refused.exception.number, 17)
        self.assertEqual({part.outcome for part in refused.exception.verdict.parts} & {"matched"}, set())
        with self.assertRaises(lc.DeviceError):
            lc.verify(TOKEN, trust(), device=lc.Device.none())


class Clock(InAFolder):
    def setUp(self) -> None:
        super().setUp()
        self.trust = trust()
        self.device = lc.Device.this_machine(self.trust)
        self.license = lc.verify(TOKEN, self.trust, device=self.device)
        assert self.license.expires_at
        self.over = self.license.expires_at + 8 * DAY

    def verify(self, guard: lc.ClockGuard, now: datetime.datetime) -> lc.License:
        return lc.verify(TOKEN, self.trust, device=self.device, clock=guard, now=now)

    def test_a_clock_before_the_signing_is_named_and_wins_nothing(self) -> None:
        license = self.verify(lc.ClockGuard(), self.license.issued_at - 400 * DAY)
        self.assertIn("clock", license.clock_warning or "")
        self.assertIn(license.days_left(), (364, 365))

    def test_a_kept_mark_refuses_a_clock_that_was_set_back(self) -> None:
        file = self.folder / "mark"
        file.write_text(sealed_mark(self.trust, self.device, self.license, self.over))
        with self.assertRaises(lc.ClockError) as refused:
            self.verify(lc.ClockGuard(file), self.license.issued_at)
        self.assertEqual(refused.exception.number, 22)
        self.assertIn("set back", str(refused.exception))
        with self.assertRaises(lc.ExpiredError) as late:
            lc.verify(TOKEN, self.trust, device=self.device, now=self.over)
        self.assertEqual(late.exception.ended_at, self.over - DAY)
        file.write_bytes(b"damaged \xff")
        self.assertEqual(self.verify(lc.ClockGuard(file), self.license.issued_at).state(self.license.issued_at), "active")

    def test_a_mark_may_be_kept_elsewhere(self) -> None:
        file = self.folder / "mark"
        guard = lc.ClockGuard(file)
        self.verify(guard, self.license.issued_at)
        self.assertEqual(file.read_text(), guard.mark)
        late = lc.ClockGuard(mark=sealed_mark(self.trust, self.device, self.license, self.over))
        with self.assertRaises(lc.ClockError):
            self.verify(late, self.license.issued_at)

    def test_a_mark_that_cannot_be_kept_is_logged_and_refuses_nobody(self) -> None:
        with self.assertLogs("license_core", logging.WARNING) as log:
            license = self.verify(lc.ClockGuard(self.folder / "no folder" / "mark"), self.license.issued_at)
        self.assertEqual((license.product, len(log.output)), ("cad-demo", 1))

    def test_what_is_no_file_is_replaced_or_named_and_not_waited_for(self) -> None:
        victim = self.folder / "victim"
        victim.write_text("mine")
        for kind in ("pipe", "circle", "link", "huge", "folder", "lock"):
            mark, lock = self.folder / kind, self.folder / f"{kind}.lock"
            match kind:
                case "pipe":
                    os.mkfifo(mark)
                case "circle":
                    mark.symlink_to(mark)
                case "link":
                    mark.symlink_to(victim)
                case "huge":
                    mark.touch()
                    os.truncate(mark, 1 << 40)
                case "folder":
                    mark.mkdir()
                case _:
                    os.mkfifo(lock)
            if kind in ("folder", "lock"):
                with self.assertLogs("license_core", logging.WARNING):
                    self.verify(lc.ClockGuard(mark), self.license.issued_at)
            else:
                self.verify(lc.ClockGuard(mark), self.license.issued_at)
                self.assertTrue(mark.read_text().startswith("clock-guard/v1 "), kind)
        self.assertEqual(victim.read_text(), "mine")
        pipe = self.folder / "vendor.toml"
        os.mkfifo(pipe)
        with self.assertRaises(OSError):
            lc.Trust.load(pipe)
        with self.assertRaises(lc.UnreadableFileError):
            lc.LicenseFile(pipe).text()
        os.mkfifo(self.folder / "cad-demo.keys")
        (self.folder / "cad-demo.lic").write_text(TOKEN)
        self.assertEqual(lc.LicenseFile(self.folder / "cad-demo.lic").learned_keys, "")


class Threads(InAFolder):
    def test_all_objects_may_be_shared(self) -> None:
        self.install()
        shared, device, guard = trust(), lc.Device.this_machine(trust()), lc.ClockGuard(self.folder / "mark")
        file, states = lc.LicenseFile.find("cad-demo"), []

        def work() -> None:
            for _ in range(50):
                states.append(file.verify(shared, device=device, clock=guard).state())
                file.refresh()

        workers = [threading.Thread(target=work) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.assertEqual(states, ["active"] * 200)


class Errors(InAFolder):
    def test_every_outcome_of_the_page_has_its_class(self) -> None:
        rows = [(int(n), w) for n, w in re.findall(r"^\| (\d+) \| `([a-z-]+)` \|", (PAGES / "conformance.md").read_text(), re.M)]
        self.assertGreater(len(rows), 30)
        for number, word in rows:
            if number < 10:
                continue
            error = errors.of_outcome(number, word, "a sentence")
            self.assertEqual((error.number, error.word, str(error)), (number, word, "a sentence"))
            if number < 30 or number >= 50:
                self.assertEqual((type(error).number, type(error).word), (number, word))
            self.assertEqual(isinstance(error, lc.VerifyError), number < 30)

    def test_the_page_shows_the_example_and_every_exception(self) -> None:
        page = (PAGES / "python.md").read_text()
        self.assertIn((BINDING / "examples/ten_lines.py").read_text(), page)
        kinds = {name for name in lc.__all__ if name.endswith("Error")}
        self.assertEqual({name for name in kinds if f"`{name}`" not in page}, set())

    def test_what_is_no_license_is_refused_and_never_a_surprise(self) -> None:
        for odd in ("", "\ud800", "\0", "é" * 20_000, b"\xff\xfe", TOKEN + "x", TOKEN.encode() + b"=", "." * 16_384):
            with self.subTest(odd=odd[:20]), self.assertRaises(lc.MalformedError):
                lc.verify(odd, trust(), device=lc.Device.none())
        for odd in ("", "\ud800", b"\xff", "issuer = 1", "[" * 50_000):
            with self.subTest(odd=odd[:20]), self.assertRaises(lc.TrustError):
                lc.Trust.from_vendor_file(odd)
            with self.subTest(odd=odd[:20]), self.assertRaises(lc.TrustError):
                lc.Trust("issuer", "product", odd)
            with self.subTest(odd=odd[:20]), self.assertRaises(lc.UnreadableDeviceError):
                lc.Device.from_json(odd, trust())
            with self.subTest(odd=odd[:20]), self.assertRaises(lc.LicenseError):
                lc.Binding(odd)

    def test_keys_are_a_list_or_a_set_and_no_member_stands_twice(self) -> None:
        key = '{"kty":"OKP","crv":"Ed25519","x":"A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg"}'
        for keys in (f"[{key}]", f' {{"keys":[{key}]}}'):
            self.assertEqual(lc.Trust("issuer", "product", keys).keys, ["1IG2tMH7J2wbJZnOf8LJzQitKf7LMvoAElsuDMVM54Y"])
        for keys in (key, f"[{key[:-1]},{key[1:]}]", '[["OKP","Ed25519","x"]]'):
            with self.subTest(keys=keys), self.assertRaises(lc.TrustError):
                lc.Trust("issuer", "product", keys)

    def test_wrong_arguments_are_pythons_own_errors(self) -> None:
        wrong: typing.Any
        for wrong in (None, 7, [], b"x", object()):
            with self.assertRaises(TypeError):
                lc.verify(TOKEN, wrong)
        for wrong in (1.5, "now", 2**70):
            with self.assertRaises((TypeError, OverflowError)):
                lc.verify(TOKEN, trust(), now=wrong)
        with self.assertRaises(ValueError):
            lc.verify(TOKEN, trust(), now=datetime.datetime(2026, 1, 1))
        for wrong in (b"", b"x" * 31, b"x" * 33):
            with self.assertRaises(ValueError):
                lc.PossessionChallenge(wrong)
        self.assertNotEqual(str(lc.PossessionChallenge()), str(lc.PossessionChallenge()))

    def test_what_the_agent_proves_is_taken_for_its_own_challenge_alone(self) -> None:
        token, asking = (ACTIVATED / "cad-demo.lic").read_text(), trust().require_possession()
        challenge = lc.PossessionChallenge()
        command = [AGENT, "--vendor", str(DEMO / "vendor.toml"), "--dir", str(ACTIVATED), "prove", str(challenge)]
        proof = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
        self.assertTrue(lc.verify(token, asking, challenge=challenge, proof=proof).has_feature("mesh"))
        with self.assertRaises(lc.PossessionError):
            lc.verify(token, asking, challenge=lc.PossessionChallenge(), proof=proof)
        with self.assertRaises(lc.PossessionError):
            lc.verify(token, asking)

    def test_times_at_both_ends_are_taken(self) -> None:
        for now in (-(2**63), 2**63 - 1, datetime.datetime.min.replace(tzinfo=UTC), datetime.datetime.max.replace(tzinfo=UTC)):
            with self.assertRaises((lc.NotYetValidError, lc.ExpiredError)):
                lc.verify(TOKEN, trust(), now=now)

    def test_a_file_that_cannot_be_read_is_not_one_that_is_missing(self) -> None:
        (self.folder / "cad-demo.lic").mkdir()
        with self.assertRaises(lc.UnreadableFileError):
            lc.LicenseFile.find("cad-demo").verify(trust())
        with self.assertRaises(lc.NameTooLongError):
            lc.LicenseFile.find("x" * 300)
        with self.assertRaises(OSError):
            lc.Trust.load(self.folder / "none.toml")


if __name__ == "__main__":
    unittest.main()

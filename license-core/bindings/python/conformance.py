"""Answers the questions of license-conformance by this package: license-conformance run -- python conformance.py"""

from __future__ import annotations

import datetime
import json
import sys
import typing

import license_core as lc

Answer = dict[str, typing.Any]
OPS = ["verify", "match", "df1", "text", "vendor_file", "key_set", "possession", "find"]
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def main() -> None:
    """A line for a line."""
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    for line in sys.stdin:
        ask = json.loads(line)
        try:
            answer = OPERATIONS[ask["op"]](ask)
        except lc.LicenseError as error:
            answer = {"outcome": error.word}
        print(json.dumps({"id": ask.get("id"), **answer}), flush=True)


def hello(_ask: Answer) -> Answer:
    return {"name": "license-core for Python", "version": "0.1.0", "protocol": 1, "ops": OPS}


def verify(ask: Answer) -> Answer:
    given = ask["trust"]
    trust = lc.Trust(
        given["issuer"], given["product"], json.dumps(given["keys"]), realm=given["realm"], test=bool(given.get("test"))
    )
    if given.get("possession"):
        trust = trust.require_possession()
    learn(trust, given.get("learned") or "")
    try:
        device = device_of(ask.get("device"), trust)
    except lc.LicenseError:
        return {"outcome": "unreadable-device"}
    more: typing.Any = {}
    if ask.get("challenge") is not None and ask.get("proof") is not None:
        more = {"challenge": challenge_of(ask["challenge"]), "proof": ask["proof"]}
    try:
        license = lc.verify(ask["token"], trust, device=device, now=ask["now"], **more)
    except (lc.DeviceError, lc.NeedsPrivilegesError) as error:
        return {"outcome": error.word, "verdict": verdict_of(error.verdict)}
    except lc.PossessionError as error:
        return {"outcome": error.word, "proof": error.proof}
    verdict = license.verdict
    return {
        "outcome": license.state(ask["now"]),
        "days_left": license.days_left(ask["now"]),
        "claims": claims_of(license),
        "verdict": verdict and verdict_of(verdict),
    }


def match(ask: Answer) -> Answer:
    try:
        device = device_of(ask.get("device"), ask["realm"])
    except lc.LicenseError:
        return {"outcome": "unreadable-device"}
    dev = ask["dev"]
    verdict = lc.Binding(dev if isinstance(dev, str) else json.dumps(dev)).check(device)
    outcome = "matched" if verdict.passes else "needs-privileges" if verdict.needs_privileges else "device"
    return {"outcome": outcome, "verdict": verdict_of(verdict)}


def text(ask: Answer) -> Answer:
    read = lc.Fingerprint(ask["text"], ask["realm"])
    if read.opaque is not None:
        return {"outcome": "opaque", "opaque": base64url(read.opaque)}
    parts = [{"kind": c.kind, "digest": c.digest, "privileged": c.privileged} for c in read.components]
    return {"outcome": "components", "components": parts}


def vendor_file(ask: Answer) -> Answer:
    file = lc.VendorFile(ask["text"])
    return {"outcome": "trust", "issuer": file.issuer, "product": file.product, "realm": file.realm,
            "server": file.server, "test": file.test, "keys": file.keys}


def key_set(ask: Answer) -> Answer:
    trust = lc.Trust(ask["issuer"], "", json.dumps(ask["keys"]))
    outcome = learn(trust, "\n".join(ask["sets"]))
    return {"outcome": outcome, "trusted": trust.keys}


def find(ask: Answer) -> Answer:
    files = lc.license_places(ask["product"], system=ask["system"], environment=ask["environment"])
    return {"outcome": "files", "files": files}


OPERATIONS: dict[str, typing.Callable[[Answer], Answer]] = {
    "hello": hello, "verify": verify, "match": match, "text": text, "df1": text, "vendor_file": vendor_file,
    "key_set": key_set, "find": find,
}


def learn(trust: lc.Trust, sets: str) -> str:
    try:
        trust.learn(sets)
        return "learned"
    except lc.KeySetError as error:
        return error.word


def device_of(given: typing.Any, realm: lc.Trust | str) -> lc.Device:
    if given is None:
        return lc.Device.none()
    named = given.get("text")
    if named is None:
        return lc.Device.from_json(json.dumps(given), realm)
    agents = ("fingerprint", "found", "privileged", "unreadable")
    if not isinstance(named, str) or any(given.get(member) is not None for member in agents):
        return lc.Device.from_json("no text and another one", realm)
    return lc.Device.from_text(named, realm)


def challenge_of(given: str) -> lc.PossessionChallenge:
    import base64

    return lc.PossessionChallenge(base64.urlsafe_b64decode(given + "=" * (-len(given) % 4)))


def claims_of(license: lc.License) -> Answer:
    return {
        "iss": license.issuer, "aud": license.product, "sub": license.instance, "jti": license.id,
        "iat": seconds(license.issued_at), "nbf": seconds(license.not_before),
        "exp": None if license.expires_at is None else seconds(license.expires_at),
        "dev": license.binding and json.loads(license.binding.json),
        "qty": license.quantity, "feat": license.features, "grace": license.grace,
        "trial": license.is_trial, "test": license.is_test,
        "cnf": license.device_key and {"jkt": license.device_key},
    }


def verdict_of(verdict: lc.Verdict) -> Answer:
    parts = [{"kind": part.kind, "weight": part.weight, "outcome": part.outcome, "matched": part.matched, "of": part.of}
             for part in verdict.parts]
    return {"passes": verdict.passes, "score": verdict.score, "needs_privileges": verdict.needs_privileges,
            "opaque": verdict.is_opaque, "parts": parts}


def base64url(data: bytes) -> str:
    import base64

    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def seconds(time: datetime.datetime) -> int:
    return (time - EPOCH) // datetime.timedelta(seconds=1)


if __name__ == "__main__":
    main()

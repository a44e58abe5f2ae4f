"""Makes the vectors of device keys, or checks that they are what it makes: an implementation of its own.

Usage: device_keys.py [--write]
"""

import base64
import hashlib
import json
import pathlib
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

VECTORS = pathlib.Path(__file__).parent.parent / "tests" / "vectors"
NOW = 1790000000
RENEW = "https://licenses.vendor.example/v1/licenses/renew"
LEAVE = "https://licenses.vendor.example/v1/activations/01997f3a-7b64-7c21-9d3e-5b7c0f1a2b3c"


def pad(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def private(seed: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seed)


def jwk(key: Ed25519PrivateKey) -> dict:
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return {"kty": "OKP", "crv": "Ed25519", "x": pad(raw)}


def thumbprint(key: Ed25519PrivateKey) -> str:
    """RFC 7638: the required members in the order of their names."""
    return pad(hashlib.sha256(compact(dict(sorted(jwk(key).items())))).digest())


def jws(key: Ed25519PrivateKey, header: object, payload: bytes) -> str:
    head = header if isinstance(header, bytes) else compact(header)
    signed = f"{pad(head)}.{pad(payload)}"
    return f"{signed}.{pad(key.sign(signed.encode()))}"


VENDOR, DEVICE, OTHER = private(bytes(range(32))), private(bytes(range(32, 64))), private(bytes(range(64, 96)))
CLAIMS = {
    "iss": "https://vendor.example", "aud": "cad-pro", "sub": "03pf80c2-bae9-6vc4-9b80-b917bea776d7",
    "jti": "01997f3a-7b64-7c21-9d3e-5b7c0f1a2b3c", "iat": NOW - 100, "nbf": NOW - 100, "exp": NOW + 86400,
    "qty": 1, "feat": ["mesh"],
}


def license_with(**more: object) -> str:
    header = {"alg": "EdDSA", "kid": thumbprint(VENDOR), "typ": "license+jwt"}
    return jws(VENDOR, header, compact(CLAIMS | more))


def digest(text: str) -> str:
    return pad(hashlib.sha256(text.encode()).digest())


LICENSE = license_with(cnf={"jkt": thumbprint(DEVICE)})
COPY = license_with(cnf={"jkt": thumbprint(OTHER)})


def header(**more: object) -> dict:
    return {"typ": "dpop+jwt", "alg": "EdDSA", "jwk": jwk(DEVICE)} | more


def claims(**more: object) -> dict:
    return {"htm": "POST", "htu": RENEW, "iat": NOW, "jti": "AAECAwQFBgcICQoLDA0ODw", "ath": digest(LICENSE)} | more


def without(members: dict, name: str) -> dict:
    return {key: value for key, value in members.items() if key != name}


def proofs() -> list:
    good = jws(DEVICE, header(), compact(claims()))
    head, body, signature = good.split(".")
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    cases = []

    def case(name: str, why: str, proof: str, expect: str, **call: object) -> None:
        about = {"method": "POST", "license": LICENSE, "now": NOW} | call
        cases.append({"name": name, "why": why, "proof": proof, **about, "expect": expect})

    def made(name: str, why: str, expect: str, head: object = None, body: object = None, **call: object) -> None:
        payload = body if isinstance(body, bytes) else compact(claims() if body is None else body)
        case(name, why, jws(DEVICE, header() if head is None else head, payload), expect, **call)

    case("renewal", "everything is right", good, "good")
    made("giving-back", "another method and URL", "good", body=claims(htm="DELETE", htu=LEAVE), method="DELETE")
    made("alg-by-its-new-name", "RFC 9864 calls it Ed25519", "good", head=header(alg="Ed25519"))
    made("more-members", "what is not known is ignored", "good",
         head=header(kid="x", jwk=jwk(DEVICE) | {"use": "sig"}), body=claims(nonce="x", x={"y": [1]}))
    for off in (-60, 60):
        case(f"{off}-seconds", "inside the window", good, "good", now=NOW + off)
    for off in (-61, 61):
        case(f"{off}-seconds", "outside the window", good, "untimely", now=NOW + off)
    case("another-method", "made for POST", good, "method", method="DELETE")
    made("method-in-small-letters", "methods are compared byte by byte", "method", body=claims(htm="post"))
    case("another-license", "ath is the hash of another one", good, "license", license=COPY)
    case("another-key-in-the-header", "signed by another key than it names",
         jws(OTHER, header(), compact(claims())), "signature")
    case("claims-changed", "signed for other claims", f"{head}.{pad(compact(claims(iat=NOW + 1)))}.{signature}",
         "signature")
    made("typ-jwt", "another kind of token", "header", head=header(typ="JWT"))
    made("typ-license", "a license is no proof", "header", head=header(typ="license+jwt"))
    made("alg-none", "no algorithm", "header", head=header(alg="none"))
    made("alg-es256", "another algorithm", "header", head=header(alg="ES256"))
    made("no-jwk", "no key", "header", head=without(header(), "jwk"))
    made("private-jwk", "a private key was sent", "header", head=header(jwk=jwk(DEVICE) | {"d": pad(bytes(32))}))
    made("jwk-of-another-curve", "X25519 does not sign", "header", head=header(jwk=jwk(DEVICE) | {"crv": "X25519"}))
    made("jwk-of-small-order", "anybody can sign under the neutral point", "header",
         head=header(jwk=jwk(DEVICE) | {"x": pad(bytes([1] + [0] * 31))}))
    made("crit", "an extension that must be understood", "header", head=header(crit=["exp"]))
    made("duplicate-in-header", "alg stands twice", "header",
         head=compact(header())[:-1] + b',"alg":"EdDSA"}')
    made("duplicate-in-claims", "htm stands twice, once in another spelling", "claims",
         body=compact(claims())[:-1] + b',"\\u0068tm":"DELETE"}')
    for name in ("htm", "htu", "iat", "jti", "ath"):
        made(f"no-{name}", f"{name} is missing", "claims", body=without(claims(), name))
    made("iat-as-text", "times are whole numbers", "claims", body=claims(iat=str(NOW)))
    made("iat-with-a-fraction", "times are whole numbers", "claims", body=compact(claims()).replace(b"000,", b"000.5,"))
    made("empty-jti", "a proof has an id", "claims", body=claims(jti=""))
    made("long-jti", "257 bytes", "claims", body=claims(jti="x" * 257))
    made("ath-as-hex", "ath is base64url", "claims", body=claims(ath=hashlib.sha256(LICENSE.encode()).hexdigest()))
    made("claims-as-a-list", "not an object", "claims", body=compact([claims()]))
    made("too-long", "over 4,096 bytes", "too-long", body=claims(x="x" * 4096))
    case("padding", "base64url has none here", f"{head}.{body}.{signature}=", "encoding")
    at = last.index(signature[-1])
    case("stray-bits", "bits that belong to no byte are zero", f"{head}.{body}.{signature[:-1]}{last[at + 1]}", "encoding")
    case("standard-alphabet", "plus and slash are not of base64url", f"{head}.{body}.{'+' + signature[1:]}", "encoding")
    case("two-parts", "no signature", f"{head}.{body}", "parts")
    case("four-parts", "one too many", f"{good}.", "parts")
    case("empty", "nothing", "", "parts")
    case("a-license", "a license is no proof", LICENSE, "header")
    return cases


def possessions() -> list:
    challenge, other = pad(bytes(range(96, 128))), pad(bytes(range(128, 160)))
    head = header(typ="license-possession+jwt")

    def answer(key: Ed25519PrivateKey = DEVICE, head: dict = head, **more: object) -> str:
        return jws(key, head | {"jwk": jwk(key)}, compact({"nonce": challenge, "ath": digest(LICENSE)} | more))

    no_key, other_kind = license_with(), license_with(cnf={"jwk": jwk(DEVICE)})
    return [
        {"name": name, "why": why, "challenge": challenge, "license": token, "proof": proof, "expect": expect}
        for name, why, token, proof, expect in [
            ("good", "the key of the license has answered", LICENSE, answer(), "good"),
            ("another-challenge", "an answer is for one challenge", LICENSE, answer(nonce=other), "challenge"),
            ("another-license", "an answer is for one license", LICENSE, answer(ath=digest(COPY)), "license"),
            ("another-key", "a copied file, and a key of one's own", LICENSE, answer(OTHER), "other-key"),
            ("no-key", "the license names none", no_key, answer(ath=digest(no_key)), "no-key"),
            ("a-key-named-otherwise", "cnf is known, but how it names a key is not", other_kind,
             answer(ath=digest(other_kind)), "no-key"),
            ("a-calls-proof", "a proof for the server answers no challenge", LICENSE,
             jws(DEVICE, header(), compact(claims())), "header"),
            ("nothing", "no answer", LICENSE, "", "parts"),
        ]
    ]


def licenses() -> list:
    def case(name: str, why: str, token: str, expect: str) -> dict:
        return {"name": name, "why": why, "token": token, "now": NOW, "product": "cad-pro",
                "accept_test_licenses": False, "device": [], "expect": expect}

    return [
        case("device-key", "cnf names the machine's key; whoever does not ask for it passes over it", LICENSE, "active"),
        case("device-key-cut", "jkt is no thumbprint", license_with(cnf={"jkt": thumbprint(DEVICE)[:-1]}), "malformed"),
        case("device-key-null", "a claim that may be left out is never null", license_with(cnf=None), "malformed"),
        case("device-key-twice", "jkt stands twice", jws(
            VENDOR, {"alg": "EdDSA", "kid": thumbprint(VENDOR), "typ": "license+jwt"},
            compact(CLAIMS)[:-1] + f',"cnf":{{"jkt":"{thumbprint(DEVICE)}","jkt":"{thumbprint(OTHER)}"}}}}'.encode(),
        ), "malformed"),
    ]


def main() -> None:
    keys = {
        "jwks": {"keys": [jwk(VENDOR)]}, "private_seed_for_tests_only": bytes(range(32, 64)).hex(),
        "public_jwk": jwk(DEVICE), "thumbprint": thumbprint(DEVICE),
        "proofs": proofs(), "possession": possessions(),
    }
    own, known = VECTORS / "device-keys.json", VECTORS / "licenses.json"
    there = json.loads(known.read_text())
    names = {case["name"] for case in licenses()}
    others = [case for case in there["licenses"] if case["name"] not in names]
    made = {own: keys, known: there | {"licenses": others + licenses()}}
    for path, value in made.items():
        text = json.dumps(value, indent=1) + "\n"
        if "--write" in sys.argv:
            path.write_text(text)
        elif json.loads(path.read_text()) != value:
            sys.exit(f"{path} is not what this makes")
    print(f"device keys: {len(keys['proofs'])} proofs, {len(keys['possession'])} answers and {len(names)} licenses")


main()

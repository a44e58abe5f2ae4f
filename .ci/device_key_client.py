"""A machine's side of the device key, in a few lines of Python: activates, and signs calls.

Usage: device_key_client.py activate BASE_URL CODE FINGERPRINT
"""

import base64
import hashlib
import json
import sys
import time
import urllib.request
import uuid

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

# Nobody's, and the same in every process that plays this machine.
KEY = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"the key of a played machine").digest())


def pad(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


JWK = {"kty": "OKP", "crv": "Ed25519", "x": pad(KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))}


def proof(method: str, url: str, license: str) -> str:
    """The `DPoP` header of one call (RFC 9449)."""
    ath = pad(hashlib.sha256(license.strip().encode()).digest())
    claims = {"htm": method, "htu": url, "iat": int(time.time()), "jti": str(uuid.uuid4()), "ath": ath}
    header = {"typ": "dpop+jwt", "alg": "EdDSA", "jwk": JWK}
    signed = ".".join(pad(json.dumps(part).encode()) for part in (header, claims))
    return f"{signed}.{pad(KEY.sign(signed.encode()))}"


def activate(base: str, code: str, fingerprint: str) -> dict:
    body = {"activation_code": code, "fingerprint": fingerprint, "device_key": JWK}
    request = urllib.request.Request(
        f"{base}/v1/activations", json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


if __name__ == "__main__":
    _, _, base_url, activation_code, text = sys.argv
    licensed = activate(base_url, activation_code, text)
    print(licensed["license"], licensed["license_id"])

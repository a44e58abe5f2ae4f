"""Checks a delivered license with other implementations: PyJWT against the published key set, openssl over the bytes.

Usage: cross_check.py BASE_URL DATA_FOLDER SERVER-BINARY
"""

import base64
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import urllib.request

import jwt


def unpad(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def with_pyjwt(base: str, token: str) -> None:
    keys = jwt.PyJWKClient(f"{base}/.well-known/jwks.json")
    key = keys.get_signing_key_from_jwt(token)
    claims = jwt.decode(
        token, key, algorithms=["EdDSA"], audience="cad-demo", issuer="https://vendor.example",
        options={"require": ["iss", "aud", "sub", "jti", "iat", "nbf", "exp"]},
    )
    assert jwt.get_unverified_header(token) == {"alg": "EdDSA", "kid": key.key_id, "typ": "license+jwt"}
    assert claims["test"] is True and claims["qty"] == 1, claims
    head, body, signature = token.split(".")
    changed = json.loads(unpad(body)) | {"qty": 2}
    forged = base64.urlsafe_b64encode(json.dumps(changed).encode()).rstrip(b"=").decode()
    try:
        jwt.decode(f"{head}.{forged}.{signature}", key, algorithms=["EdDSA"], audience="cad-demo")
    except jwt.InvalidSignatureError:
        return
    raise AssertionError("PyJWT accepted a forged license")


def with_openssl(public_key: pathlib.Path, token: str) -> None:
    signed, _, signature = token.rpartition(".")
    with tempfile.TemporaryDirectory() as folder:
        data, sig = pathlib.Path(folder, "data"), pathlib.Path(folder, "sig")
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(public_key), "-rawin",
                   "-in", str(data), "-sigfile", str(sig)]
        sig.write_bytes(unpad(signature))
        data.write_text(signed)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        data.write_text(signed + "A")
        assert subprocess.run(command, capture_output=True).returncode != 0, "openssl accepted other bytes"


def encrypted(keys: pathlib.Path, server: str) -> None:
    """openssl opens what `keys encrypt` has written, and only with the passphrase."""
    with tempfile.TemporaryDirectory() as folder:
        copy, passphrase = pathlib.Path(folder, "keys"), pathlib.Path(folder, "passphrase")
        shutil.copytree(keys, copy)
        passphrase.write_text("correct horse battery staple\n")
        passphrase.chmod(0o600)
        command = [server, "keys", "encrypt", "--keys", str(copy),
                   "--keys-passphrase-file", str(passphrase)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        private = next(copy.glob("*.key.pem"))
        assert private.read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
        command = ["openssl", "pkey", "-in", str(private), "-noout", "-passin"]
        subprocess.run([*command, f"file:{passphrase}"], check=True)
        wrong = subprocess.run([*command, "pass:another one"], capture_output=True)
        assert wrong.returncode != 0, "openssl opened it with another passphrase"


def main() -> None:
    base, data = sys.argv[1], pathlib.Path(sys.argv[2])
    token = next((data / "delivered").glob("*.lic")).read_text()
    with_pyjwt(base, token)
    print("PyJWT: the license verifies against the published key set, a forged one does not")
    keys = data / "keys" / "dev"
    with_openssl(next(keys.glob("*.pub.pem")), token)
    private = next(keys.glob("*.key.pem"))
    subprocess.run(["openssl", "pkey", "-in", str(private), "-noout"], check=True)
    encrypted(keys, sys.argv[3])
    print("openssl: it opens a private key that was encrypted")
    print("openssl: it verifies over the signing input, and reads both halves of the key")


main()

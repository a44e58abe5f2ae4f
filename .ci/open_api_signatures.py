"""Compares our signatures of open API requests with those of the store's own SDK, both ways.

Usage: open_api_signatures.py <the example open_api_signature, built> [seed]
Needs: pip install huaweicloudsdkcore
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote, unquote

from huaweicloudsdkcore.client import Client
from huaweicloudsdkcore.http.formdata import FormFile
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer

REQUESTS = 500
NASTY = "aZ09-._~ /?#[]@!$&'()*+,;=%:\"<>\\^`{|}\té中文𝄞\u00a0"
FIXED_DATE, FIXED_NOW = "20261123T101500Z", 1795428900


def text(rng, most):
    return "".join(rng.choice(NASTY) for _ in range(rng.randint(0, most)))


def ascii_word(rng, most):
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    return "".join(rng.choice(letters) for _ in range(rng.randint(1, most)))


def path(rng):
    """Segments as they are, encoded, or with a percent sign that encodes nothing; some end with a slash."""
    def segment():
        word = text(rng, 8).replace("%", "")
        return rng.choice([ascii_word(rng, 12), quote(word, safe=""), word.replace("?", "").replace("#", ""), "%zz%"])
    return "/" + "/".join(segment() for _ in range(rng.randint(0, 5))) + rng.choice(["", "", "/"])


def query(rng):
    def value():
        return rng.choice([
            text(rng, 12), text(rng, 12), "", rng.randint(-5, 10**9), rng.random() < 0.5,
            [text(rng, 4) for _ in range(rng.randint(0, 3))],
        ])
    # Names are different: the SDK cannot sort two values of different types.
    return [(f"{text(rng, 6)}{i}", value()) for i in range(rng.randint(0, 6))]


def headers(rng):
    extra = {}
    for i in range(rng.randint(0, 3)):
        name = rng.choice(["X-", "x-Stage-", "X_Not_Signed_"]) + ascii_word(rng, 6) + str(i)
        extra[name] = rng.choice(["", " "]) + ascii_word(rng, 6) + rng.choice(["", "  b", " é中 ", ";=,"])
    return extra


def form(rng, folder):
    """A form as the SDK makes it: its fields, then its file."""
    license_text = ascii_word(rng, 2000)
    fields = {"isvUpdateFileReq": json.dumps({"type": "CHARACTERS", "characters": license_text})}
    if rng.random() < 0.5:
        file = Path(folder) / f"{ascii_word(rng, 8)}.lic"
        file.write_text(license_text)
        fields = {"isvUpdateFileReq": json.dumps({"type": "FILE", "file_name": file.name}), "file": FormFile(str(file))}
    encoder = Client._parse_form_data_body(fields)
    encoder.fields_kept = fields  # a FormFile closes its file when it is dropped
    return encoder.content_type, encoder


def request(rng, folder):
    """One request as the SDK takes it."""
    extra, method, body = headers(rng), rng.choice(["GET", "DELETE", "get"]), None
    extra["Content-Type"] = rng.choice(["application/json", "application/json;charset=utf-8"])
    shape = rng.randrange(4)
    if shape == 1:
        method, body = rng.choice(["POST", "PUT"]), json.dumps({text(rng, 5): text(rng, 40)}, ensure_ascii=False)
    elif shape == 2:
        method, (extra["Content-Type"], body) = "POST", form(rng, folder)
    elif shape == 3:
        method, body = "POST", rng.choice(["", "plain", b"\x00\xff"])
        extra["Content-Type"] = rng.choice(["text/plain", "application/octet-stream", "application/bson"])
    if rng.random() < 0.7:
        extra[rng.choice(["X-Sdk-Date", "x-sdk-date"])] = FIXED_DATE
    host = rng.choice(["mkt.myhuaweicloud.com", "127.0.0.1:8443"])
    return SdkRequest(method=method, schema="https", host=host, resource_path=path(rng), query_params=query(rng),
                      header_params=extra, body=body)


def seen(signed):
    """A signed request as a server sees it."""
    raw_query = signed.uri[len(signed.resource_path) + 1:]
    pairs = [tuple(map(unquote, pair.split("=", 1))) for pair in raw_query.split("&")] if raw_query else []
    body = signed.body or b""
    body = body if isinstance(body, bytes) else body.to_string()
    sent = [(name, value.encode("latin-1").decode()) for name, value in signed.header_params.items()]
    return {"method": signed.method, "path": signed.resource_path, "query": pairs, "headers": sent, "body": body.hex()}


def main():
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(2**32)
    print(f"open API signatures: {REQUESTS} requests, seed {seed}")
    rng = random.Random(seed)
    ours = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def ask(line):
        ours.stdin.write(json.dumps(line) + "\n")
        ours.stdin.flush()
        return json.loads(ours.stdout.readline())

    with tempfile.TemporaryDirectory() as folder:
        for number in range(REQUESTS):
            keys = {"access_key": ascii_word(rng, 20), "secret_key": ascii_word(rng, 100)}
            signer = Signer(SimpleNamespace(ak=keys["access_key"], sk=keys["secret_key"]))
            one = request(rng, folder)
            wire = seen(signer.sign(one))
            by_sdk = dict(wire["headers"])["Authorization"]
            dated = next(value for name, value in wire["headers"] if name.lower() == "x-sdk-date")
            now = FIXED_NOW if dated == FIXED_DATE else int(time.time())

            checked = ask({"do": "check", "now": now, **keys, **wire})
            assert checked == {"refused": None}, (number, checked, wire)
            wrong = ask({"do": "check", "now": now, **keys, **wire, "secret_key": keys["secret_key"] + "x"})
            assert wrong["refused"], (number, wire)

            unsigned = [header for header in wire["headers"] if header[0] != "Authorization"]
            rng.shuffle(unsigned)
            rng.shuffle(wire["query"])
            signed = ask({"do": "sign", **keys, **wire, "headers": unsigned})
            assert signed == {"authorization": by_sdk}, (number, signed, by_sdk, wire)
    ours.stdin.close()
    assert ours.wait() == 0
    print("open API signatures: the SDK's are accepted, ours are the SDK's")


if __name__ == "__main__":
    main()

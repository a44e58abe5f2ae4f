"""Seeds for the fuzzers, from the vectors: one file for each text.

Usage: fuzz_seeds.py FOLDER
"""

import json
import pathlib
import sys

VECTORS = pathlib.Path(__file__).resolve().parent.parent / "tests" / "vectors"


def vectors(name: str):
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


def texts(value):
    """Every text in a piece of JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)


def seeds():
    """Pairs of a fuzzer's name and a seed."""
    for text in texts(vectors("licenses")):
        yield "token", text
    for text in texts(vectors("fingerprints")):
        yield "device_text", text
    for text in texts(vectors("activation-codes")):
        yield "activation_code", text
    for text in texts(vectors("device-keys")):
        yield "dpop_proof", text
    for text in texts(vectors("key-sets")):
        yield "key_set", text
    vendor_file = VECTORS.parent.parent / "license-core" / "examples" / "vendor.toml"
    yield "vendor_file", vendor_file.read_text(encoding="utf-8")
    for call in vectors("store-requests"):
        yield "store_call", f"{call['query']}\n{call['body']}"
    order = {
        "orderId": "o", "orderType": "NEW", "createTime": "20251121235959",
        "orderLine": [{
            "orderLineId": "o-000001", "chargingMode": "PERIOD", "periodType": "year", "periodNumber": 1,
            "expireTime": "20251121235959",
            "productInfo": [{"productId": "p", "skuCode": "s", "linearValue": 50, "productName": "n"}],
            "extendParams": [{"name": "a", "value": "b"}],
        }],
        "buyerInfo": {"customerId": "c", "email": None, "userName": "u"},
    }
    for code in ("MKT.0000", "CBC.0000", "MKT.0150"):
        yield "order_reply", json.dumps({"resultCode": code, "resultMsg": "m", "orderInfo": order})
    request = {"license_request": 1, "activation_code": "CZ2P-08AA-FEE8-2EGE-5DMV-X64N-ZWNQ", "name": "n"}
    for text in ("DF1-AAAA", "04:7C:16:5E:E3:5D|001B_444A_488B_5CEC.||BFEBFBFF00090672"):
        yield "request_file", json.dumps(request | {"fingerprint": text})


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    for number, (name, text) in enumerate(seeds()):
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / f"{number:05}").write_text(text, encoding="utf-8", newline="")


main()

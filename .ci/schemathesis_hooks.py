"""What only a server knows: a code, a license and a fingerprint that it takes."""

import itertools
import os
import pathlib
import re
import sys

import schemathesis
from hypothesis import strategies as st

sys.path.append(str(pathlib.Path(__file__).parent))
import device_key_client as machine  # noqa: E402

CODE, LICENSE = os.environ["CODE"], os.environ["LICENSE"]
LEAVING, LEAVING_ID = os.environ["LEAVING"], os.environ["LEAVING_ID"]
MACHINES = [f"04:7C:16:00:00:{n:02X}|DISK-7QX{n:08}|BOARD-9KZ{n:08}|" for n in range(16)]

spellings = [CODE, CODE.lower(), CODE.replace("-", ""), CODE.replace("-", " ")]
schemathesis.openapi.format("activation-code", st.sampled_from(spellings))
schemathesis.openapi.format("license", st.sampled_from([LICENSE, LICENSE + "\n"]))
schemathesis.openapi.format("license-id", st.just(LEAVING_ID))
schemathesis.openapi.format("device-fingerprint", st.sampled_from([os.environ["FINGERPRINT"], *MACHINES]))

schemathesis.openapi.format("ed25519-public-key", st.just(machine.JWK["x"]))
# No proof fits a call that was not made yet; those that do are put in below.
schemathesis.openapi.format("dpop-proof", st.just("a.b.c"))

UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
requests = itertools.count()


@schemathesis.hook
def before_call(context, case, kwargs):
    """Each request from another address, as a trusted proxy would say: failures are limited by address."""
    number = next(requests)
    case.headers["X-Forwarded-For"] = f"198.18.{number // 250 % 250}.{number % 250 + 1}"
    sign(case, number)


def sign(case, number):
    """A seat with a key is given back by its key; the other license's seat has none, so its renewals need no proof."""
    if case.path.endswith("/renew"):
        if number % 2:
            case.headers.pop("DPoP", None)
    elif case.method.upper() == "DELETE" and number % 2:
        # Ids of other answers are tried as well; every second call is the machine's own.
        given = (case.path_parameters or {}).get("license_id")
        if isinstance(given, str) and UUID.fullmatch(given) and is_positive(case):
            case.path_parameters["license_id"] = LEAVING_ID
            url = f"http://licenses.vendor.example/v1/activations/{LEAVING_ID}"
            case.headers["DPoP"] = machine.proof("DELETE", url, LEAVING)


def is_positive(case):
    """Whether the call is meant to be a good one: what is broken on purpose, as whole phases do, stays so."""
    meta = case.meta
    return meta is None or (
        meta.generation.mode.value == "positive" and "coverage" not in str(meta.phase.name).lower()
    )

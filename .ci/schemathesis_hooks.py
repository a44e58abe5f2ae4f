"""What only a server knows: a code, a license and a fingerprint that it takes."""

import itertools
import os

import schemathesis
from hypothesis import strategies as st

CODE, LICENSE = os.environ["CODE"], os.environ["LICENSE"]
MACHINES = [f"04:7C:16:00:00:{n:02X}|DISK-7QX{n:08}|BOARD-9KZ{n:08}|" for n in range(16)]

spellings = [CODE, CODE.lower(), CODE.replace("-", ""), CODE.replace("-", " ")]
schemathesis.openapi.format("activation-code", st.sampled_from(spellings))
schemathesis.openapi.format("license", st.sampled_from([LICENSE, LICENSE + "\n"]))
schemathesis.openapi.format("license-id", st.just(os.environ["LEAVING_ID"]))
schemathesis.openapi.format("device-fingerprint", st.sampled_from([os.environ["FINGERPRINT"], *MACHINES]))

requests = itertools.count()


@schemathesis.hook
def before_call(context, case, kwargs):
    """Each request from another address, as a trusted proxy would say: failures are limited by address."""
    number = next(requests)
    case.headers["X-Forwarded-For"] = f"198.18.{number // 250 % 250}.{number % 250 + 1}"

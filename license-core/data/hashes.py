#!/usr/bin/env python3
"""Writes hashes.txt: what functions make of nothing and of placeholders.

    pip install xxhash blake3 && python3 license-core/data/hashes.py >license-core/data/hashes.txt

The first 12 hex digits (of 32-bit functions all 8) tell a hash from any honest value: among 48 bits drawn at random a
thousand entries are met once in 280 thousand million values.
"""
import hashlib
import json
import uuid
import zlib

import blake3
import xxhash

NIL = "00000000-0000-0000-0000-000000000000"
ONES = NIL.replace("0", "f")
# What is hashed where nothing is known. With a line feed as well: what `echo` and a tool's output end in.
NOTHING = [
    "", " ", "null", "NULL", "Null", "None", "none", "NONE", "undefined", "unknown", "Unknown", "UNKNOWN", "nil",
    "N/A", "n/a", "NaN", "-", "0", "1", "-1", "true", "false", "default", "Default string", "To be filled by O.E.M.",
    "To Be Filled By O.E.M.", "Not Specified", "Not Available", "Not Applicable", "System Serial Number",
    "Base Board Serial Number", "System.Byte[]", "System.String[]", "[object Object]", "[]", "{}", '""', "''", "|", "||",
    "|||", ":", ",", "localhost", "localhost.localdomain", "127.0.0.1", "00:00:00:00:00:00", "02:00:00:00:00:00",
    "000000000000", "ff:ff:ff:ff:ff:ff", "123456789", "1234567890", "0123456789", "test", NIL, ONES, ONES.upper(),
    "03000200-0400-0500-0006-000700080009", "undefinedundefined", "undefined-undefined", "nullnull", "null-null",
    "NoneNone", "None-None", "None|None|None|None", "null|null|null|null", "undefined|undefined|undefined|undefined",
    "Unknown|Unknown|Unknown|Unknown", "nan", "(null)", "(none)", "<nil>", "<null>", "Error", "error", "INVALID", "empty",
    "uninitialized", "SerialNumber", "UUID", "ProcessorId", "DBNull", "System.DBNull", "b''",
    # Addresses and UUIDs of nothing as cards, systems and registries spell them.
    "00-00-00-00-00-00", "0000.0000.0000", "0000-0000-0000", "0:0:0:0:0:0", "FF:FF:FF:FF:FF:FF", "FF-FF-FF-FF-FF-FF",
    "ff-ff-ff-ff-ff-ff", "FFFFFFFFFFFF", "ffffffffffff", "02-00-00-00-00-00", "020000000000", "0" * 32, "f" * 32, "F" * 32,
    "{" + NIL + "}", "{" + ONES + "}", "{" + ONES.upper() + "}", "00020003-0004-0005-0006-000700080009",
    "03000200040005000006000700080009", "0" * 16, "0" * 20, "00000000", "0000000000", "0000:0000", "0x0", "0x00000000",
    # What forms of firmware and systems have where nobody wrote a value.
    "TO BE FILLED BY O.E.M.", "to be filled by o.e.m.", "To be filled by OEM", "ToBeFilledByO.E.M.", "Default String",
    "DEFAULT STRING", "default string", "Not specified", "not specified", "NOT SPECIFIED", "Not available", "not available",
    "Not Present", "Not Provided", "NotSpecified", "Unknow", "O.E.M.", "OEM", "INVALID", "System serial number",
    "Chassis Serial Number", "Base Board", "Baseboard", "(No value)", "No value", "No Serial", "NoSerial", "empty string",
    "Access denied", "Access is denied.", "Access is denied.\r\n", "Permission denied", "command not found",
    "VirtualBox", "VMware", "QEMU", "HARDDISK", "Virtual Disk", "Virtual HD", "VBOX HARDDISK", "QEMU HARDDISK",
    "DESKTOP", "LAPTOP", "PC", "WINDOWS", "ubuntu", "raspberrypi", "debian", "docker", "container", "host", "hostname",
    "example", "changeme", "password", "admin", "root", "user", "guest", "foo", "bar", "foobar", "hello", "Hello",
    "hello world", "Hello World", "Hello, World!", "Hello, world!", "abc", "a", "asdf", "12345", "123456", "12345678",
]
# So many of them by functions that few use.
FEWER = 48
# What only a few programs hash: without a line feed behind it.
BYTES = ["\0", "\0" * 4, "\0" * 6, "\0" * 8, "\0" * 16, "\0" * 20, "\0" * 32, "\0" * 64, "\n\n", "\r\n", "None\r\n", "null\r\n",
         "SerialNumber\r\n", "SerialNumber  \r\r\n", "UUID\r\n", "  ", "\t", "unknown\r\n", "Unknown\r\n", "0\r\n",
         "To be filled by O.E.M.\r\n", "To Be Filled By O.E.M.\r\n", "Default string\r\n", "\r\r\n", "\n\n\n"]
# A mark that .NET and PowerShell write before UTF-16 and UTF-8.
BYTE_ORDER_MARK = "\ufeff"
ONES_BYTES = [b"\xff" * 6, b"\xff" * 16, b"\xff" * 32]

COMMON = {
    "MD5": lambda b: hashlib.md5(b).hexdigest(),
    "SHA-1": lambda b: hashlib.sha1(b).hexdigest(),
    "SHA-256": lambda b: hashlib.sha256(b).hexdigest(),
    "SHA-512": lambda b: hashlib.sha512(b).hexdigest(),
    "CRC-32": lambda b: f"{zlib.crc32(b):08x}",
}
OTHERS = {
    "SHA-224": lambda b: hashlib.sha224(b).hexdigest(),
    "SHA-384": lambda b: hashlib.sha384(b).hexdigest(),
    "SHA-512/256": lambda b: hashlib.new("sha512_256", b).hexdigest(),
    "SHA3-256": lambda b: hashlib.sha3_256(b).hexdigest(),
    "SHA3-384": lambda b: hashlib.sha3_384(b).hexdigest(),
    "SHA3-512": lambda b: hashlib.sha3_512(b).hexdigest(),
    "BLAKE2b": lambda b: hashlib.blake2b(b).hexdigest(),
    "BLAKE2b-256": lambda b: hashlib.blake2b(b, digest_size=32).hexdigest(),
    "BLAKE2b-128": lambda b: hashlib.blake2b(b, digest_size=16).hexdigest(),
    "BLAKE2s": lambda b: hashlib.blake2s(b).hexdigest(),
    "BLAKE3": lambda b: blake3.blake3(b).hexdigest(),
    "RIPEMD-160": lambda b: hashlib.new("ripemd160", b).hexdigest(),
    "SM3": lambda b: hashlib.new("sm3", b).hexdigest(),
    "xxHash32": lambda b: xxhash.xxh32_hexdigest(b),
    "xxHash64": lambda b: xxhash.xxh64_hexdigest(b),
    "XXH3": lambda b: xxhash.xxh3_64_hexdigest(b),
    "XXH128": lambda b: xxhash.xxh3_128_hexdigest(b),
    "Adler-32": lambda b: f"{zlib.adler32(b):08x}",
    "FNV-1a": lambda b: f"{fnv(b, 0xcbf29ce484222325, 0x100000001b3, 64):016x}",
    "FNV-1a, 32 bits": lambda b: f"{fnv(b, 0x811c9dc5, 0x01000193, 32):08x}",
}
# Versions and variants of a UUID lie behind the 12 digits that count, but for names in a namespace.
NAMES = {name: space.bytes for name, space in
         [("DNS", uuid.NAMESPACE_DNS), ("URL", uuid.NAMESPACE_URL), ("OID", uuid.NAMESPACE_OID), ("nil", uuid.UUID(int=0))]}


def fnv(data, value, prime, bits):
    for byte in data:
        value = ((value ^ byte) * prime) & ((1 << bits) - 1)
    return value


found = {}


def add(function, of, label, encoding=""):
    digest = function[1](of).upper()
    value = digest[:12]
    # What Adler makes of little, and a hash that is zero, could not be told from a number.
    if value.strip("0") and not (function[0] == "Adler-32" and (len(of) < 4 or not of.strip(b"\0"))):
        found.setdefault(value, f"{function[0]} of {json.dumps(label)}{encoding}")


for function in [*COMMON.items(), *OTHERS.items()]:
    common = function[0] in COMMON
    for text in NOTHING if common else NOTHING[:FEWER]:
        add(function, text.encode(), text)
        if common or text in NOTHING[:12]:
            add(function, text.encode() + b"\n", text + "\n")
    for text in BYTES if common else BYTES[:8]:
        add(function, text.encode(), text)
    if common:
        for ones in ONES_BYTES:
            add(function, ones, ones.hex(), ", as bytes")
        # Of 32 bits there are too few for what hardly anybody hashes.
        if function[0] == "CRC-32":
            continue
        for text in [*NOTHING, *BYTES]:
            add(function, text.encode("utf-16-le"), text, ", in UTF-16")
        for text in NOTHING[:FEWER]:
            for end in ["\n", "\r\n"]:
                add(function, (text + end).encode("utf-16-le"), text + end, ", in UTF-16")
            add(function, (BYTE_ORDER_MARK + text).encode("utf-16-le"), BYTE_ORDER_MARK + text, ", in UTF-16")
    if common:
        for again in ["MD5", "SHA-1", "SHA-256"]:
            digest = COMMON[again](b"")
            add(function, digest.encode(), digest)
for name, space in NAMES.items():
    for text in NOTHING[:16]:
        add((f"UUID, MD5 in {name}", COMMON["MD5"]), space + text.encode(), text)
        add((f"UUID, SHA-1 in {name}", COMMON["SHA-1"]), space + text.encode(), text)
# What NTLM makes of an empty password; MD4 is gone from most libraries.
found.setdefault("31D6CFE0D16A", 'MD4 of "", in UTF-16')

print("# Hashes of nothing and of placeholders, written by hashes.py: the first 12 hex digits, upper case; of 32 bits all 8.")
print("# Any kind of value that begins so is junk, that is a beginning of at least eight digits, or that is base64 of these bytes.")
print("# One entry a line: the value, then where it is known from. Sorted by bytes; no value twice.\n")
for value, label in sorted(found.items()):
    print(f"{value:<12}  {label}")

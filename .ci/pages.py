#!/usr/bin/env python3
"""Runs what README.md and the pages tell a reader to type, word for word, from a clean home folder.

    python3 .ci/pages.py [--programs DIR] [--keep DIR] [--list]

A page marks its blocks by a comment before them, which no reader sees:

    <!-- run -->            the commands of the block, in one shell for all pages; the first that fails ends the run
    <!-- file: NAME -->     the block is written to the file NAME in the folder where the shell stands
    <!-- append: NAME -->   it is added to the end of that file
    <!-- prints -->         each of its lines stands in what the last commands printed

What a reader puts in by hand is in PLACEHOLDERS, and nothing else is changed. `--programs DIR` takes programs that
were built already: then `cargo build --release` is left out and DIR stands for target/release. Everything listens on
loopback, and ends with the run. Needs Python 3.11 or later, bash, openssl, curl and what the pages ask for.
"""

import argparse
import os
import pathlib
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
# In this order: a later page goes on where an earlier one has ended.
PAGES = ["README.md", "docs/agent.md", "docs/activation-api.md", "docs/storage.md", "keys/README.md",
         "docs/settings.md"]
# Where the server's files are; each page but the first begins there.
SHOP = "~/shop"
# Seconds that a block may take; the longest one compiles everything.
PATIENCE = 1800

# Where the pages have something listen, on loopback.
PORTS = [8080, 9090, 9443]

MARK = re.compile(r"^( *)<!-- (run|prints|(file|append): (\S+)) -->\n+\1```[\w,]*\n(.*?)^\1```$", re.M | re.S)
CODE = r"\b(?:[0-9A-Z]{4}-){6}[0-9A-Z]{4}\b"
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def last(pattern, what, which=-1):
    """What a reader copies from the screen: the newest match in everything that was printed, or another one."""
    def find(printed, _home):
        found = re.findall(pattern, printed, re.M)
        return found[which] if found else fail(f"nothing that was printed is {what}:\n{printed}")
    return find


def below_home(path):
    """A path that is the reader's own here, and somebody else's in life."""
    return lambda _printed, home: f"{home}{path}"


# What a reader puts in place of a word, and where it is taken from.
PLACEHOLDERS = {
    r"\bINSTANCE\b": last(rf"^({UUID}) .* 0 *$", "an instance without a seat"),
    r"\bCODE\b": last(CODE, "an activation code"),
    r"<id>": last(r"^key (\S{43}) signs", "the id of a key", which=0),
    r"DF1-…": last(r"\bDF1-[A-Z2-7]+", "a fingerprint"),
    r"/PATH/TO/THIS/FOLDER\b": lambda _printed, _home: str(ROOT),
    r"\bYOUR\.DOMAIN\b": lambda _printed, _home: DOMAIN,
    # Names and times that stand for the reader's.
    r"CZ2P-08AA-FEE8-2EGE-5DMV-X64N-ZWNQ": last(CODE, "an activation code"),
    r"2026-12-01T02-00-00Z": last(r"\b(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ)", "the name of a backup"),
    r"https://licenses\.vendor\.example(?=/v1/)": lambda _printed, _home: "http://127.0.0.1:8080",
    # Where only an administrator writes.
    r"/opt/cad-pro/vendor\.toml": below_home("/shop/vendor.toml"),
    r"/etc/license-server\b": below_home("/etc/license-server"),
    r"/var/lib/license-server\b": below_home("/var/lib/license-server"),
    r"(?<=\s)/backup\b": below_home("/backup"),
}
DOMAIN = "licenses.vendor.example"
# What a reader brings along.
GIVEN = "/etc/license-server"


def fail(message):
    sys.exit(f"pages: {message}")


class Shell:
    """A bash that runs one block after the other, with its own clean home."""

    def __init__(self, home, keep_target):
        self.home, self.block, self.printed = home, home / ".block", ""
        home.mkdir(parents=True)
        env = {name: value for name, value in os.environ.items()
               if not name.startswith(("LICENSE_", "XDG_")) and name != "RUST_LOG"}
        for name, folder in (("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")):
            env.setdefault(name, str(pathlib.Path.home() / folder))
        env |= {"HOME": str(home), "CARGO_TARGET_DIR": str(keep_target)}
        self.bash = subprocess.Popen(["bash", "-euo", "pipefail"], cwd=ROOT, env=env, stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, text=True, start_new_session=True)

    def run(self, commands):
        """What the commands print; nothing where one of them fails or they take too long."""
        self.block.write_text(commands)
        out = self.home / ".out"
        out.unlink(missing_ok=True)
        self.bash.stdin.write(f". '{self.block}' >'{out}' 2>&1; echo \"$PWD\"\n")
        self.bash.stdin.flush()
        watch = threading.Timer(PATIENCE, self.end)
        watch.start()
        folder = self.bash.stdout.readline().rstrip("\n")
        watch.cancel()
        said = out.read_text(errors="replace") if out.exists() else ""
        self.printed += said
        return said, pathlib.Path(folder) if folder else None

    def end(self):
        """Ends the shell and all that it started, which is one group of processes."""
        for sign in [signal.SIGTERM] + [0] * 50 + [signal.SIGKILL]:
            try:
                os.killpg(self.bash.pid, sign)
            except ProcessLookupError:
                break
            self.bash.poll()
            time.sleep(0.1)


def blocks(page):
    """The marked blocks of a page: line, kind, file name, text."""
    text = (ROOT / page).read_text()
    marks = list(MARK.finditer(text))
    if len(marks) != len(re.findall(r"^ *<!-- (?:run|prints|file|append)\b", text, re.M)):
        fail(f"{page} has a mark without a block after it, or one that is not understood")
    for mark in marks:
        indent, kind, verb, name, body = mark.groups()
        body = re.sub(rf"^{indent}", "", body, flags=re.M)
        yield text[:mark.start()].count("\n") + 1, verb or kind, name, body


def filled(text, shell):
    for pattern, value in PLACEHOLDERS.items():
        if re.search(pattern, text):
            found = value(shell.printed, shell.home)
            text = re.sub(pattern, lambda _: found, text)
    return text


def give(home):
    """The store's keys and the domain's certificate, as the reader of "Go live" has them, and the shop's catalog."""
    folder = home / GIVEN.lstrip("/")
    folder.mkdir(parents=True, mode=0o700)
    old = os.umask(0o077)
    for name in ("access-key", "store-ak", "store-sk"):
        (folder / name).write_text(secrets.token_hex(16))
    (folder / "catalog.toml").symlink_to(home / "shop/catalog.toml")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "30", "-subj", f"/CN={DOMAIN}", "-addext", f"subjectAltName=DNS:{DOMAIN}",
                    "-addext", "basicConstraints=critical,CA:FALSE", "-keyout", folder / "privkey.pem",
                    "-out", folder / "fullchain.pem"], check=True, capture_output=True)
    os.umask(old)


def walk(shell, programs, target):
    said, folder = "", ROOT
    for page in PAGES:
        if page != PAGES[0]:
            said, folder = shell.run(f"cd {SHOP}\n")
        for line, kind, name, text in blocks(page):
            where, began = f"{page}:{line}", time.monotonic()
            text, file = filled(text, shell), folder / filled(name or "", shell)
            if kind == "file":
                file.write_text(text)
            elif kind == "append":
                file.write_text(file.read_text() + text)
            elif kind == "prints":
                missing = [part for part in text.splitlines() if part not in said]
                if missing:
                    fail(f"{where}: this was not printed: {missing}\n{said}")
            else:
                if programs:
                    text = text.replace("cargo build --release\n", "").replace("$PWD/target/release", str(programs))
                text = text.replace("$PWD/target/release", f"{target}/release")
                said, folder = shell.run(text)
                if folder is None:
                    fail(f"{where} did not work:\n{text}\n{said}")
            print(f"{where:<26} {kind:<7}{name or '':<44} {time.monotonic() - began:6.1f} s", flush=True)


def main():
    options = argparse.ArgumentParser(description="Runs what the pages tell a reader to type.")
    options.add_argument("--programs", type=pathlib.Path, help="a folder with license-server and license-agent")
    options.add_argument("--keep", type=pathlib.Path, help="the home folder of the run, which stays; must not be there")
    options.add_argument("--list", action="store_true", help="only list the blocks")
    options = options.parse_args()
    if options.list:
        for page in PAGES:
            for line, kind, name, _ in blocks(page):
                print(f"{page}:{line}", kind, name or "")
        return
    for port in PORTS:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                fail(f"something listens on 127.0.0.1:{port}, which the pages use")
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target").resolve()
    with tempfile.TemporaryDirectory() as temporary:
        home = options.keep.resolve() if options.keep else pathlib.Path(temporary, "home")
        shell = Shell(home, target)
        give(home)
        try:
            walk(shell, options.programs and options.programs.resolve(), target)
        finally:
            shell.end()
    print("every command of the pages works as it is printed")


if __name__ == "__main__":
    main()

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { ClockGuard, Device, deviceFromAgent, explain, InstalledLicense, Trust } from "license-core/node";

import { at, BEGIN, DEVICE, refused, signerOf, VENDOR } from "./world.mjs";

const us = await signerOf(1);
const { trust } = us;
const folder = mkdtempSync(join(tmpdir(), "license-core-"));
after(() => rmSync(folder, { recursive: true }));

/** Replaces a file as the agent does. */
function put(path, text) {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

test("a renewed license is seen without a restart", async () => {
  process.env.LICENSE_AGENT_DIR = folder;
  const installed = InstalledLicense.find("cad");
  await refused("notInstalled", () => installed.verify(trust, undefined, at(1)));
  const path = join(folder, "cad.lic");
  put(path, `${us.license({ trial: false })}\n`);
  assert.deepEqual([installed.refresh(), installed.refresh(), installed.path], [true, false, path]);
  await installed.verify(trust, undefined, at(1));
  put(path, us.license({ test: false }));
  put(join(folder, "cad.keys"), "broken\n");
  assert.deepEqual([installed.refresh(), installed.learnedKeys, installed.refresh()], [true, "broken\n", false]);
  await Promise.all([1, 2, 3].map((day) => installed.verify(trust, undefined, at(day))));
  put(path, "x".repeat(16_385));
  await refused("malformed", () => installed.verify(trust, undefined, at(1)));
  rmSync(path);
  mkdirSync(path);
  await refused("unreadableFile", () => installed.verify(trust, undefined, at(1)));
  await refused("nameTooLong", () => InstalledLicense.find("x".repeat(237)));
});

test("a clock that is set back wins no time and is named", async () => {
  const path = join(folder, "clocked.lic");
  put(path, us.license());
  const [installed, mark] = [InstalledLicense.among(path), join(folder, "own", "cad.clock")];
  const { clock } = await installed.verifyGuarded(trust, undefined, at(1), mark);
  assert.equal(clock.verdict.fault, "fine");
  const text = readFileSync(mark, "utf8");
  assert.equal((await ClockGuard.restore(trust, undefined, text)).mark, BEGIN);
  const back = await installed.verifyGuarded(trust, undefined, at(-9), mark);
  assert.equal(back.clock.verdict.fault, "behind");
  // A server's date moves the mark past the end; the clock stands still.
  const guard = await ClockGuard.restore(trust, undefined, text);
  guard.observe({ now: at(40), server: at(40) });
  put(mark, await guard.toText());
  const late = await refused("clock", () => installed.verifyGuarded(trust, undefined, at(2), mark));
  assert.match(explain(late), /set it right\. It is 2026-10-31.* or later, and the license ended at/);
  put(mark, text);
  await refused("unreadableMark", () => installed.verifyGuarded(trust, undefined, at(1), folder));
  const looks = [1, 2, 3].map((day) => installed.verifyGuarded(trust, undefined, at(day), mark));
  assert.equal((await Promise.all(looks)).length, 3);
});

test("the agent is asked and its answer is checked", async () => {
  const plays = (name, script) => {
    const path = join(folder, name);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    return { path, timeout: name === "hangs" ? 100 : 60_000 };
  };
  process.env.LICENSE_AGENT_VENDOR = "/another/vendor.toml";
  const device = await deviceFromAgent(
    trust,
    plays("device", `[ "$*$LICENSE_AGENT_VENDOR" = "fingerprint --json --realm=${VENDOR}" ] && echo '{"fingerprint":"${DEVICE}"}'`),
  );
  assert(device);
  await refused("unreadableDevice", () => deviceFromAgent(trust, plays("garbage", "echo no JSON")));
  const failed = await refused("agentFailed", () => deviceFromAgent(trust, plays("fails", "printf 'nothing\\033[31m' >&2; exit 2")));
  assert.match(failed.message, /nothing\\u\{1b\}\[31m/);
  await refused("agentFailed", () => deviceFromAgent(trust, plays("floods", "exec cat /dev/zero")));
  // What it started holds its output open after it was ended.
  await refused("agentFailed", () => deviceFromAgent(trust, plays("hangs", "tail -f /dev/null & wait")));
  await refused("agentFailed", () => deviceFromAgent(trust, { path: join(folder, "none") }));
  // Nothing names the machine, and it is said what there is all the same.
  assert(await deviceFromAgent(trust, plays("nothing", `echo '{"fingerprint":null,"found":{},"error":{}}'; exit 1`)));
  const why = await refused("agentFailed", () =>
    deviceFromAgent(trust, plays("refuses", `echo '{"error":{"message":"the device id is a placeholder"}}'; exit 1`)),
  );
  assert.match(why.message, /the device id is a placeholder$/);
  for (const [n, said] of ['{"error":{"message":"no"}}', "{}", '{"found":null,"error":{"message":"no"}}'].entries()) {
    await refused("agentFailed", () => deviceFromAgent(trust, plays(`complains-${n}`, `echo '${said}'; exit ${n >> 1}`)));
  }
  await refused("agentFailed", () => deviceFromAgent(trust, plays("lies", `echo '{"found":{}}'; exit 3`)));
  await refused("unreadableDevice", () => deviceFromAgent(trust, plays("latin", `printf '{"notes":"\\351"}'`)));
  // Nobody waits for what it leaves behind, which holds its output open.
  const pid = join(folder, "pid");
  const leaves = plays("leaves", `tail -f /dev/null & echo $! >'${pid}'; echo '{"fingerprint":"${DEVICE}"}'`);
  assert(await deviceFromAgent(trust, { ...leaves, timeout: 3_600_000 }));
  process.kill(Number(readFileSync(pid, "utf8")));
  const path = process.env.PATH;
  process.env.PATH = folder;
  await refused("agentNotFound", () => deviceFromAgent(trust));
  process.env.PATH = path;
  assert(await Trust.fromVendorFile(us.vendorFile));
});

/** Puts into folders what is no file that can be read; the paths. */
function oddities(name, victim) {
  const places = Object.fromEntries(
    ["pipe", "folder", "circle", "link", "huge", "closed"].map((kind) => [kind, join(mkdtempSync(join(folder, kind)), name)]),
  );
  execFileSync("mkfifo", [places.pipe]);
  mkdirSync(places.folder);
  symlinkSync(places.circle, places.circle);
  symlinkSync(victim, places.link);
  writeFileSync(places.huge, "");
  truncateSync(places.huge, 2 ** 40);
  writeFileSync(places.closed, "x", { mode: 0 });
  return places;
}

test("marks that are no files are replaced or named, and not waited for", async () => {
  const [license, victim] = [join(folder, "marked.lic"), join(folder, "victim")];
  put(license, us.license());
  put(victim, "mine");
  const look = (mark) => InstalledLicense.among(license).verifyGuarded(trust, undefined, at(1), mark);
  for (const [kind, mark] of Object.entries(oddities("cad.clock", victim))) {
    if (kind === "folder") {
      await refused("unreadableMark", () => look(mark));
    } else {
      await look(mark);
      assert.match(readFileSync(mark, "utf8"), /^clock-guard\/v1 /, kind);
    }
  }
  assert.equal(readFileSync(victim, "utf8"), "mine");
  for (const mark of ["/proc/no/such/mark", "/proc/self/no/mark", "/dev/null/mark"]) {
    await refused("unreadableMark", () => look(mark));
  }
});

test("learned keys that are no file teach nothing", async () => {
  for (const keys of Object.values(oddities("cad.keys", join(folder, "none")))) {
    const license = keys.replace(/keys$/, "lic");
    put(license, us.license());
    const installed = InstalledLicense.among(license);
    assert(await installed.verify(trust, undefined, at(1)));
    assert.equal(installed.refresh(), false, keys);
  }
});

test("a vendor file is read from its bytes, which are UTF-8", async () => {
  const bytes = new TextEncoder().encode(us.vendorFile);
  assert.deepEqual((await Trust.fromVendorFile(bytes)).product, "cad");
  assert.deepEqual((await Trust.fromVendorFile(Buffer.from(`\ufeff${us.vendorFile}`))).product, "cad");
  const latin = Buffer.from(us.vendorFile.replace("cad", "cad\xe9"), "latin1");
  await refused("unusableTrust", () => Trust.fromVendorFile(latin));
});

test("a mark with a running time that no machine reaches counts, and nothing runs on from it", async () => {
  const sealed = "clock-guard/v1 1795884966000 29217330 063d597c1cc83ea8 1 4MP0kkoNlEkUEP-4h5Ao9w49KXbouoM2gxC4CjAVv84";
  const demo = await Trust.of({ issuer: "https://vendor.example", product: "cad-demo", keys: [] });
  const device = await Device.fromText(demo, "DF1-2YV4QVQJO6EUVNMSEK6A5X6YGMT6FGQ");
  assert.equal((await ClockGuard.restore(demo, device, sealed)).mark, 1_795_884_966);
  const long = "clock-guard/v1 1795884966000 9223372036854775807 - 1 0w2XR6IJKy_tEWGIoMuoZrxyT8wL_6DyZ4oO5gggewU";
  const guard = await ClockGuard.restore(demo, undefined, long);
  assert.equal(guard.mark, 1_795_884_966);
  assert.equal(guard.observe({ now: 1_795_884_966, uptime: { ran: 1 } }).verdict.fault, "fine");
  assert.equal((await ClockGuard.restore(demo, undefined, "clock-guard/v1 1 9223372036854775808 - 1 46jZOqhv-0GySZa03DkU3IbE_hvMBgPEHgS3qvAtpL0")).mark, 0);
});

import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { ClockGuard, deviceFromAgent, explain, InstalledLicense, Trust } from "license-core/node";

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
  process.env.PATH = folder;
  await refused("agentNotFound", () => deviceFromAgent(trust));
  assert(await Trust.fromVendorFile(us.vendorFile));
});

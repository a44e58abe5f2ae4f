import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";

import {
  Binding, Challenge, ClockGuard, clockInWords, Device, explain, LicenseError, Outcome, Trust, UnverifiedLicense, uptimeOf,
  verify, VerifyingKey, wordOf,
} from "license-core";

import { at, BEGIN, BOUND, DEVICE, refused, signerOf, VENDOR } from "./world.mjs";

const us = await signerOf(1);
const { trust } = us;

test("a license holds on its machine until grace is over", async () => {
  const token = us.license(BOUND);
  const device = await Device.fromText(trust, DEVICE.toLowerCase());
  const license = await verify(`${token}\n`, trust, device, at(10));
  assert.deepEqual([license.outcome, license.daysLeft(at(10)), license.verdict.score], [Outcome.active, 20, 100]);
  assert(license.hasFeature("mesh") && !license.hasFeature("Mesh"));
  assert.equal(JSON.parse(JSON.stringify(license)).dev.min, 60);
  assert.equal((await verify(token, trust, device, at(30))).outcome, Outcome.grace);
  const over = await refused("expired", () => verify(token, trust, device, at(31)));
  assert.match(explain(over), /^The license ended at 2026-10-21T15:13:20Z; .*\. Renew/);
  const elsewhere = await refused("device", () => verify(token, trust, undefined, at(1)));
  assert.equal(elsewhere.verdict.parts[0].outcome, "missing");
  const { license: other } = await signerOf(2);
  await refused("unknownKey", () => verify(other(), trust, undefined, at(1)));
  await refused("signature", () => verify(token.replace(".", ".e"), trust, device, at(1)));
  await refused("testLicense", () => verify(us.license({ test: true }), trust, undefined, at(1)));
  await refused("possession", () => verify(us.license(), trust.requiringPossession(), undefined, at(1)));
});

test("a time that is none is never taken for now", async () => {
  for (const none of [new Date("never"), NaN, Infinity]) {
    await assert.rejects(verify(us.license({ exp: undefined, grace: 0 }), trust, undefined, none), TypeError);
  }
});

test("numbers and words are those of the page", (context) => {
  const page = new URL("../../../../docs/sdk/conformance.md", import.meta.url);
  if (!existsSync(page)) return context.skip("the page is not here");
  const rows = [...readFileSync(page, "utf8").matchAll(/^\| (\d+) \| `([a-z-]+)` \|/gm)];
  assert(rows.length >= 35);
  for (const [, number, word] of rows) if (number !== "31") assert.equal(wordOf(Number(number)), word);
});

test("keys under which anybody could sign are refused", async () => {
  const y = (...bytes) => Uint8Array.from({ length: 32 }, (_, at) => bytes[at] ?? 0);
  const unreduced = new Uint8Array(32).fill(0xff);
  unreduced[31] = 0x7f; // y = 18, with the prime added to it
  const smallOrders = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  ].map((hex) => Buffer.from(hex, "hex"));
  for (const bytes of [...smallOrders, y(2), unreduced, y(18).subarray(1)]) {
    await refused("unusableTrust", () => VerifyingKey.fromBytes(bytes));
    if (bytes[31] !== undefined) bytes[31] |= 0x80; // the other sign
    await refused("unusableTrust", () => VerifyingKey.fromBytes(bytes));
  }
  await VerifyingKey.fromBytes(y(18));
});

test("a trust that learns is another one, and the first stays", async () => {
  const next = await signerOf(2);
  const { trust: learned, error } = await trust.learn(us.keySet([us.jwk, next.jwk]));
  assert.deepEqual([error, learned.keys.size, trust.keys.size], [undefined, 2, 1]);
  await verify(next.license(), learned, undefined, at(1));
  await refused("unknownKey", () => verify(next.license(), trust, undefined, at(1)));
});

test("what is wrong with a vendor file is named", async () => {
  const wrong = [
    ["", /`issuer`/], [us.vendorFile.replace("issuer", "isuer"), /`isuer` is no setting/],
    [us.vendorFile.replace("OKP", "RSA"), /`keys`/], [`${us.vendorFile}x = 1\n`, /stands twice in line 8/],
    [`test = 1\n${us.vendorFile}`, /`test`/], ['issuer = """a"""', /several lines in line 1/],
  ];
  for (const [text, says] of wrong) {
    assert.match((await refused("unusableTrust", () => Trust.fromVendorFile(text))).message, says);
  }
});

test("the mark that the agent sealed is read and written alike", async () => {
  const sealed = "clock-guard/v1 1795884966000 29217330 063d597c1cc83ea8 1 4MP0kkoNlEkUEP-4h5Ao9w49KXbouoM2gxC4CjAVv84";
  const demo = await Trust.of({ issuer: VENDOR, product: "cad-demo", keys: [] });
  const device = await Device.fromText(demo, "DF1-2YV4QVQJO6EUVNMSEK6A5X6YGMT6FGQ");
  const guard = await ClockGuard.restore(demo, device, `${sealed}\n`);
  assert.deepEqual([guard.mark, await guard.toText()], [1_795_884_966, sealed]);
  // Of another product or machine, or edited, it does not count.
  for (const none of [
    await ClockGuard.restore(trust, device, sealed), await ClockGuard.restore(demo, undefined, sealed),
    await ClockGuard.restore(demo, device, sealed.replace("17958", "17959")),
  ]) {
    assert.equal(none.mark, 0);
  }
});

test("running time moves the mark and another start does not", async () => {
  const guard = await ClockGuard.restore(trust, undefined, "");
  const look = async (hours, start) =>
    guard.observe({ now: at(0), uptime: await uptimeOf(hours * 3_600_000, start), license: BEGIN });
  await look(1, "one");
  await look(101, "one");
  assert.equal(guard.mark - BEGIN, 99 * 3600);
  await look(500, "two");
  assert.equal(guard.mark - BEGIN, 99 * 3600);
  const behind = guard.observe({ now: at(-9), license: BEGIN });
  assert.match(clockInWords(behind.verdict), /set back by 13 days or more|not set, it is 13 days/);
});

test("no text makes a reader throw anything else than a refusal", async () => {
  const token = us.license(BOUND);
  const seeds = [
    "", "\ud800", token, us.vendorFile, DEVICE, `{"fingerprint":"${DEVICE}","found":{"__proto__":["AAAAAAAAAAAAAA"]}}`,
    JSON.stringify(BOUND.dev), '{"a":"\\ud800"}', '{"a":1e999}', "[".repeat(200), "a=[".repeat(300), "[[keys]]\n[[keys]]",
    'keys = [{x="\\u00e4"}, [1.5, true]] # a', "\\", "df1", "D-F1", '{"constructor":1}',
  ];
  let random = 7;
  const below = (n) => (random = (random * 48_271) % 2_147_483_647) % n;
  const texts = [...seeds];
  for (let n = 0; n < 3000; n++) {
    const [text, other] = [seeds[below(seeds.length)], seeds[below(seeds.length)]];
    const [from, to] = [below(text.length + 1), below(other.length + 1)];
    texts.push(text.slice(0, from) + String.fromCharCode(below(200)) + (below(2) ? text.slice(from + 1) : other.slice(to)));
  }
  for (const text of texts) {
    for (const read of [
      () => verify(text, trust, undefined, at(1)), () => Trust.fromVendorFile(text), () => Device.fromText(trust, text),
      () => Device.fromJson(trust, text), () => Binding.parse(text), () => Challenge.parse(text),
      () => UnverifiedLicense.parse(token).verifyWithProof(trust, undefined, at(1), Challenge.random(), text),
    ]) {
      try {
        await read();
      } catch (error) {
        if (!(error instanceof LicenseError)) throw new Error(`at ${JSON.stringify(text)}`, { cause: error });
      }
    }
    await trust.learn(text);
    await ClockGuard.restore(trust, undefined, text);
  }
});

test("require gives the same as import", async () => {
  const common = createRequire(import.meta.url)("license-core/node");
  const theirs = await common.Trust.fromVendorFile(us.vendorFile);
  assert((await common.verify(us.license(), theirs, undefined, at(1))).hasFeature("mesh"));
});

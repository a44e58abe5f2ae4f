// Answers license-conformance, in Node and in browsers: docs/sdk/conformance.md.

import {
  Binding, Challenge, Device, LicenseError, Outcome, licensePlaces, parseFingerprint, parseJwks, Trust, UnverifiedLicense,
  wordOf,
} from "license-core";

const OPS = { verify, match, df1, vendor_file, key_set, find };

/** Answers a line with a line. */
export async function answerLine(line) {
  return JSON.stringify(await answer(line));
}

async function answer(line) {
  let asked;
  try {
    asked = JSON.parse(line);
    if (asked.op === "hello") {
      const ops = [...Object.keys(OPS), "possession"];
      return { id: asked.id, name: "license-core for TypeScript", version: "0.1.0", protocol: 1, ops };
    }
    if (!Object.hasOwn(OPS, asked.op)) throw new Error("this operation is not known");
    return { id: asked.id, ...(await OPS[asked.op](asked)) };
  } catch (error) {
    return { id: asked?.id, error: String(error) };
  }
}

/** What `work` comes to, or the word of why it failed. */
async function orWord(work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof LicenseError)) throw error;
    const { word: outcome, proof } = error;
    return { outcome, proof, verdict: error.verdict && verdictOf(error.verdict) };
  }
}

function keysOf(keys) {
  return parseJwks(JSON.stringify({ keys }));
}

async function trustOf({ keys, test, learned, possession, ...names }) {
  const own = await Trust.of({ ...names, keys: await keysOf(keys), test: test === true });
  // What cannot be taken teaches nothing.
  const { trust } = await own.learn(learned ?? "");
  return possession === true ? trust.requiringPossession() : trust;
}

/** Nothing, a text, or what the agent prints. */
async function deviceOf(trust, device) {
  if (device === null || device === undefined) return undefined;
  const text = device.text ?? null;
  if (text === null) return Device.fromJson(trust, JSON.stringify(device));
  const others = ["fingerprint", "found", "privileged", "unreadable"].filter((name) => (device[name] ?? null) !== null);
  if (typeof text !== "string" || others.length > 0) throw new LicenseError(Outcome.unreadableDevice, "two devices");
  return Device.fromText(trust, text);
}

/** A device that cannot be read is that, whatever is wrong with its text. */
async function readableDevice(trust, device) {
  try {
    return await deviceOf(trust, device);
  } catch (error) {
    if (error instanceof LicenseError) throw new LicenseError(Outcome.unreadableDevice, error.message);
    throw error;
  }
}

function verdictOf({ passes, score, needsPrivileges, opaque, parts }) {
  const rows = parts.map(({ kind, weight, outcome, matched, of }) =>
    outcome === "partly" ? { kind, weight, outcome, matched, of } : { kind, weight, outcome },
  );
  return { passes, score, needs_privileges: needsPrivileges, opaque, parts: rows };
}

function verify(asked) {
  return orWord(async () => {
    const trust = await trustOf(asked.trust);
    const device = await readableDevice(trust, asked.device);
    const unverified = UnverifiedLicense.parse(asked.token);
    const isProved = (asked.challenge ?? null) !== null && (asked.proof ?? null) !== null;
    const license = isProved
      ? await unverified.verifyWithProof(trust, device, asked.now, Challenge.parse(asked.challenge), asked.proof)
      : await unverified.verify(trust, device, asked.now);
    return {
      outcome: wordOf(license.outcome),
      days_left: license.daysLeft(asked.now),
      claims: license,
      verdict: license.verdict && verdictOf(license.verdict),
    };
  });
}

function match({ realm, dev, device }) {
  return orWord(async () => {
    const trust = await Trust.of({ issuer: realm, product: "", keys: [] });
    const machine = await readableDevice(trust, device);
    const verdict = Binding.parse(typeof dev === "string" ? dev : JSON.stringify(dev)).check(machine);
    const failed = verdict.needsPrivileges ? Outcome.needsPrivileges : Outcome.device;
    return { outcome: verdict.passes ? "matched" : wordOf(failed), verdict: verdictOf(verdict) };
  });
}

function df1({ realm, text }) {
  return orWord(async () => ({ outcome: "components", components: await parseFingerprint(realm, text) }));
}

function vendor_file({ text }) {
  return orWord(async () => {
    const { issuer, product, realm, server, acceptsTest, keys } = await Trust.fromVendorFile(text);
    return { outcome: "trust", issuer, product, realm, server, test: acceptsTest, keys: [...keys.keys()] };
  });
}

async function key_set({ issuer, keys, sets }) {
  const own = await Trust.of({ issuer, product: "", keys: await keysOf(keys) });
  const { trust, error } = await own.learn(sets.join("\n"));
  return { outcome: error?.word ?? "learned", trusted: [...trust.keys.keys()] };
}

function find({ product, system, environment }) {
  return orWord(() => ({ outcome: "files", files: licensePlaces(product, system, environment) }));
}

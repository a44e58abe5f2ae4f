/** The folders in which licenses lie on each system. Nothing is looked at but variables. */

import { utf8 } from "./encoding.js";
import { LicenseError, Outcome } from "./outcome.js";

/** Systems that keep a user's files in different places; what is neither Windows nor macOS is as Linux. */
export type System = "linux" | "windows" | "macos";

/** The variables of the environment that are set. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Longest file name without its suffix, in bytes. */
const LONGEST_STEM = 236;

/**
 * The folders in which a product looks, in this order: the one that LICENSE_AGENT_DIR names, and then no other; else the
 * user's own, then the machine's. One that cannot be named is left out.
 */
export function licenseFolders(system: System, environment: Environment): string[] {
  const variable = (name: string) => (Object.hasOwn(environment, name) ? environment[name] : undefined);
  const named = variable("LICENSE_AGENT_DIR");
  if (named) return [named];
  const wholePath = (name: string) => {
    const path = variable(name) ?? "";
    const isWhole = system === "windows" ? /^(?:[A-Za-z]:[\\/]|\\\\)/.test(path) : path.startsWith("/");
    return isWhole ? path : undefined;
  };
  const folder = (base: string | undefined, ...below: string[]) =>
    base === undefined ? [] : [joinPath(system, base, ...below, "license-agent")];
  switch (system) {
    case "windows":
      return [...folder(wholePath("LOCALAPPDATA")), ...folder(wholePath("ProgramData"))];
    case "macos":
      return [
        ...folder(wholePath("HOME"), "Library", "Application Support"),
        ...folder("/Library/Application Support"),
      ];
    case "linux": {
      // A relative path there is to be ignored: XDG Base Directory Specification.
      const data = folder(wholePath("XDG_DATA_HOME"));
      return [...(data.length > 0 ? data : folder(wholePath("HOME"), ".local", "share")), ...folder("/var/lib")];
    }
  }
}

/**
 * The files in which a product's license may lie, in the order in which they are looked at.
 *
 * @throws {LicenseError} `nameTooLong`
 */
export function licensePlaces(product: string, system: System, environment: Environment): string[] {
  const name = `${fileStem(product)}.lic`;
  return licenseFolders(system, environment).map((folder) => joinPath(system, folder, name));
}

/** The product code with everything outside [A-Za-z0-9._-], and a leading dot, percent-encoded. */
function fileStem(product: string): string {
  const bytes = utf8(product);
  const tooLong = () => new LicenseError(Outcome.nameTooLong, "the product code is too long to name a file");
  if (bytes.length > LONGEST_STEM) throw tooLong();
  let stem = "";
  for (const [at, byte] of bytes.entries()) {
    const char = String.fromCharCode(byte);
    const isKept = /[A-Za-z0-9_-]/.test(char) || (char === "." && at > 0);
    stem += isKept ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  if (stem.length > LONGEST_STEM) throw tooLong();
  return stem;
}

/** A path as that system writes it. */
function joinPath(system: System, base: string, ...below: string[]): string {
  const [separator, ends] = system === "windows" ? ["\\", /[\\/]$/] : ["/", /\/$/];
  return below.reduce((path, name) => (ends.test(path) ? path : path + separator) + name, base);
}

/** Small files: read with a bound, written as a whole. */

import {
  closeSync, constants, fstatSync, fsyncSync, mkdirSync, openSync, readSync, renameSync, rmSync, statSync, writeSync,
} from "node:fs";
import { dirname } from "node:path";
import * as process from "node:process";

import { textOf } from "../encoding.js";

/** What tells a file that was replaced from one that was not, without reading it. */
export type Stamp = string;

/** The stamp of a file; nothing where there is none, or it cannot be looked at. */
export function stampOf(path: string): Stamp | undefined {
  try {
    const { size, mtimeNs, ino, dev } = statSync(path, { bigint: true });
    return [size, mtimeNs, ino, dev].join();
  } catch {
    return undefined;
  }
}

/** Whether there is a file, readable or not. */
export function isThere(path: string): boolean {
  try {
    statSync(path, { bigint: true });
    return true;
  } catch (error) {
    const code = codeOf(error);
    return code !== "ENOENT" && code !== "ENOTDIR" && code !== "ERR_INVALID_ARG_VALUE";
  }
}

/**
 * A text of at most so many bytes; what is longer, or no UTF-8, comes as an empty one. Throws what the system says, and
 * that it is not a file: a pipe is not waited for.
 */
export function readText(path: string, longest: number): string {
  const bytes = new Uint8Array(longest + 1);
  // Opened without waiting for who writes into a pipe, and only then looked at: it may be replaced in between.
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    if (!fstatSync(file, { bigint: true }).isFile()) throw new Error("it is not a file");
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = readSync(file, bytes, length, bytes.length - length, null);
    }
    return length > longest ? "" : (textOf(bytes.subarray(0, length)) ?? "");
  } finally {
    closeSync(file);
  }
}

/**
 * Writes a file as a whole: beside, synced, renamed. A link at the place is replaced and not followed. Throws what the
 * system says.
 */
export function replaceFile(path: string, text: string): void {
  const folder = dirname(path);
  makeFolder(folder);
  const random = crypto.getRandomValues(new Uint32Array(2)).join("-");
  const beside = `${path}.${process.pid}-${random}.new`;
  try {
    const file = openSync(beside, "wx", 0o600);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
  syncFolder(folder);
}

/** Makes a folder and those above it. Not by `recursive`, which tries for ever where none can be made, as below /proc. */
function makeFolder(path: string): void {
  try {
    if (statSync(path, { bigint: true }).isDirectory()) return;
  } catch (error) {
    const above = dirname(path);
    if (codeOf(error) !== "ENOENT" || above === path) throw error;
    makeFolder(above);
  }
  try {
    mkdirSync(path);
  } catch (error) {
    // Another program was faster.
    if (codeOf(error) !== "EEXIST") throw error;
  }
}

/** Makes the names in a folder last, where the system can do that; the files are there all the same. */
function syncFolder(path: string): void {
  try {
    const folder = openSync(path, constants.O_RDONLY);
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  } catch {
    // Windows opens no folder.
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code;
}

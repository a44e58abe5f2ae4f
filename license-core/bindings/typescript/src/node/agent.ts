/** This machine, by the program that reads it. */

import { spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { argv, env, execPath, platform } from "node:process";

import { Device } from "../device.js";
import { trimAscii } from "../encoding.js";
import { LicenseError, Outcome, shown } from "../outcome.js";
import type { Trust } from "../trust.js";

/** How much of an answer, and of a complaint, is read, in bytes. */
const LONGEST_ANSWER = 1 << 20;
const LONGEST_COMPLAINT = 4096;

/** How license-agent is asked. */
export interface AgentOptions {
  /** The program; looked for beside this one's script and executable, then on the path, when left out. */
  readonly path?: string;
  /** How long it may take, in milliseconds; 10,000 when left out. */
  readonly timeout?: number;
  /** Also reads what only an administrator can read. */
  readonly privileged?: boolean;
}

/**
 * Asks license-agent what this machine is, and reads its answer with care. It takes some milliseconds; keep the device.
 *
 * @throws {LicenseError} `agentNotFound`, `agentFailed` with what the agent says, or `unreadableDevice`
 */
export async function deviceFromAgent(trust: Trust, options: AgentOptions = {}): Promise<Device> {
  const program = options.path ?? findAgent();
  if (program === undefined) {
    throw new LicenseError(Outcome.agentNotFound, "license-agent is neither beside this program nor on the path");
  }
  const asked = ["fingerprint", "--json", `--realm=${trust.realm}`, ...(options.privileged ? ["--privileged"] : [])];
  return Device.fromJson(trust, await run(program, asked, options.timeout ?? 10_000));
}

/** Never in the current folder. */
function findAgent(): string | undefined {
  const name = platform === "win32" ? "license-agent.exe" : "license-agent";
  const script = argv[1];
  const beside = [...(script === undefined ? [] : [dirname(script)]), dirname(execPath)];
  const folders = [...beside, ...(env["PATH"] ?? "").split(delimiter)];
  return folders.filter(isAbsolute).map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path, { bigint: true }).isFile();
  } catch {
    return false;
  }
}

/** What a program writes, if it ends well, in time and with no more than a device takes. */
function run(program: string, asked: readonly string[], timeout: number): Promise<string> {
  return new Promise((resolve, reject) => {
    // The realm is named; another vendor's file is not to stand in its way.
    const { LICENSE_AGENT_VENDOR: _, ...environment } = env;
    const fail = (why: string, cause?: unknown) =>
      reject(new LicenseError(Outcome.agentFailed, `license-agent gave no answer: ${shown(why)}`, { cause }));
    let child: ReturnType<typeof spawn>;
    try {
      child = spawn(program, asked, { env: environment, stdio: ["ignore", "pipe", "pipe"], windowsHide: true });
    } catch (error) {
      return fail(String(error), error);
    }
    const answer = new Bounded(LONGEST_ANSWER);
    const complaint = new Bounded(LONGEST_COMPLAINT);
    const stop = (why: string) => {
      child.kill("SIGKILL");
      // What it started may hold them open.
      child.stdout.destroy();
      child.stderr.destroy();
      clearTimeout(timer);
      fail(why);
    };
    const timer = setTimeout(() => stop(`it took longer than ${timeout} ms`), timeout);
    child.on("error", (error) => {
      clearTimeout(timer);
      fail(String(error), error);
    });
    child.stdout.on("data", (chunk) => answer.add(chunk) || stop("it writes more than a device is"));
    child.stderr.on("data", (chunk) => void complaint.add(chunk));
    child.on("close", (code) => {
      clearTimeout(timer);
      if (code === 0) resolve(answer.text());
      else fail(trimAscii(complaint.text()) || `it ended with ${code}`);
    });
  });
}

/** Bytes up to a bound. */
class Bounded {
  readonly #bytes: Uint8Array;
  #length = 0;

  constructor(longest: number) {
    this.#bytes = new Uint8Array(longest);
  }

  /** Whether they still fit; what does not is dropped. */
  add(chunk: Uint8Array): boolean {
    const fits = chunk.subarray(0, this.#bytes.length - this.#length);
    this.#bytes.set(fits, this.#length);
    this.#length += fits.length;
    return fits.length === chunk.length;
  }

  text(): string {
    return new TextDecoder().decode(this.#bytes.subarray(0, this.#length));
  }
}

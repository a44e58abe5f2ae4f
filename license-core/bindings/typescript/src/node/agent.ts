/** This machine, by the program that reads it. */

import { spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { argv, env, execPath, platform } from "node:process";

import { Device } from "../device.js";
import { trimAscii } from "../encoding.js";
import { parseObject } from "../json.js";
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
  const { code, answer, complaint } = await run(program, asked, options.timeout ?? 10_000);
  const said = parseObject(answer);
  // Where nothing names the machine the agent ends with 1, and says all the same what it found.
  // A complaint is none, whatever the code.
  const isComplaint =
    said !== undefined &&
    !(said.get("found") instanceof Map) &&
    (said.has("error") || typeof said.get("fingerprint") !== "string");
  if (!isComplaint && (code === 0 || (code === 1 && said?.has("found") === true))) {
    return Device.fromJson(trust, answer);
  }
  const fault = said?.get("error");
  const message = fault instanceof Map ? fault.get("message") : undefined;
  throw failed(typeof message === "string" ? message : trimAscii(complaint) || `it ended with ${code ?? "a signal"}`);
}

function failed(why: string, cause?: unknown): LicenseError {
  return new LicenseError(Outcome.agentFailed, `license-agent gave no answer: ${shown(why)}`, { cause });
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

/** What became of a run. */
interface Ran {
  readonly code: number | null;
  readonly answer: Uint8Array;
  readonly complaint: string;
}

/**
 * What a program writes, if it ends in time and with no more than a device takes. It is over when the program itself has
 * ended and its answer is whole, whoever still holds its output open.
 */
function run(program: string, asked: readonly string[], timeout: number): Promise<Ran> {
  return new Promise((resolve, reject) => {
    // The realm is named; another vendor's file is not to stand in its way.
    const { LICENSE_AGENT_VENDOR: _, ...environment } = env;
    let child: ReturnType<typeof spawn>;
    try {
      child = spawn(program, asked, { env: environment, stdio: ["ignore", "pipe", "pipe"], windowsHide: true });
    } catch (error) {
      return reject(failed(String(error), error));
    }
    const answer = new Bounded(LONGEST_ANSWER);
    const complaint = new Bounded(LONGEST_COMPLAINT);
    let code: number | null | undefined; // of its end
    const release = () => {
      clearTimeout(timer);
      // What it started may hold them open.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const stop = (why: string, cause?: unknown) => {
      child.kill("SIGKILL");
      release();
      reject(failed(why, cause));
    };
    const finish = () => {
      release();
      resolve({ code: code ?? null, answer: answer.bytes(), complaint: new TextDecoder().decode(complaint.bytes()) });
    };
    const finishIfWhole = () => void (code !== undefined && parseObject(answer.bytes()) && finish());
    const timer = setTimeout(() => stop(`it took longer than ${timeout} ms`), timeout);
    child.on("error", (error) => stop(String(error), error));
    child.stdout.on("data", (chunk) => (answer.add(chunk) ? finishIfWhole() : stop("it writes more than a device is")));
    child.stderr.on("data", (chunk) => void complaint.add(chunk));
    child.on("exit", (ended) => {
      code = ended;
      finishIfWhole();
    });
    child.on("close", finish);
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

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

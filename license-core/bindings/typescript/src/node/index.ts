/**
 * Everything of `license-core`, and what reads files and runs programs: where the license lies, the agent, the mark of the
 * clock.
 *
 * @packageDocumentation
 */

export * from "../index.js";
export { deviceFromAgent, type AgentOptions } from "./agent.js";
export { InstalledLicense } from "./installed.js";
export { uptime } from "./uptime.js";

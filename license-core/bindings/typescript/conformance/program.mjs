// The program for license-conformance: node conformance/program.mjs
import { answerLine } from "./answer.mjs";

// Not by node:readline, which ends lines at U+2028 too, and texts may hold it.
let begun = "";
process.stdin.setEncoding("utf8");
for await (const chunk of process.stdin) {
  const lines = (begun + chunk).split("\n");
  begun = lines.pop();
  for (const line of lines) process.stdout.write(`${await answerLine(line)}\n`);
}

// The program for license-conformance, with the answers from a browser: node conformance/browser.mjs CHROMIUM
//
// A page asks this program for questions and hands the answers back, over loopback.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const PAGE = `<!doctype html><meta charset="utf-8"><title>conformance</title>
<script type="importmap">{"imports":{"license-core":"/dist/esm/index.js"}}</script>
<script type="module">
  import { answerLine } from "/conformance/answer.mjs";
  for (let answers = []; ; ) {
    const response = await fetch("/questions", { method: "POST", body: JSON.stringify(answers) });
    answers = [];
    for (const line of await response.json()) answers.push(await answerLine(line));
  }
</script>`;

const waiting = []; // questions that the page has not taken
let taker; // the page, if it waits for some
let [asked, answered, ended] = [0, 0, false];

function handOut() {
  if (!taker || waiting.length === 0) return;
  taker.setHeader("content-type", "application/json");
  taker.end(JSON.stringify(waiting.splice(0)));
  taker = undefined;
}

const server = createServer(async (request, response) => {
  if (request.method === "POST") {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    for (const answer of JSON.parse(body)) {
      answered++;
      process.stdout.write(`${answer}\n`);
    }
    taker = response;
    handOut();
    return endIfDone();
  }
  const path = normalize(new URL(request.url, "http://localhost").pathname);
  const isScript = /^\/(?:dist\/esm|conformance)\/[A-Za-z]+\.m?js$/.test(path);
  response.setHeader("content-type", isScript && extname(path) !== "" ? "text/javascript" : "text/html");
  response.end(isScript ? readFileSync(join(root, path)) : PAGE);
});

const profile = mkdtempSync(join(tmpdir(), "license-core-browser-"));
let browser;
server.listen(0, "127.0.0.1", () => {
  const options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", `--user-data-dir=${profile}`];
  const page = `http://127.0.0.1:${server.address().port}/`;
  browser = spawn(process.argv[2] ?? "chromium", [...options, page], { stdio: "ignore" });
  browser.on("exit", () => {
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    process.exit(ended && asked === answered ? 0 : 1);
  });
});

function endIfDone() {
  if (ended && asked === answered) browser.kill();
}

let begun = "";
process.stdin.setEncoding("utf8");
for await (const chunk of process.stdin) {
  const lines = (begun + chunk).split("\n");
  begun = lines.pop();
  asked += lines.length;
  waiting.push(...lines);
  handOut();
}
ended = true;
endIfDone();

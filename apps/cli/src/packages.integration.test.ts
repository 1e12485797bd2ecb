import { execFile, execFileSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packAll } from "./build/pack.ts";
import { openTestBerth, type TestBerth } from "./testing/test-berth.ts";

const run = promisify(execFile);
const TSC = fileURLToPath(new URL("../../../node_modules/typescript/bin/tsc", import.meta.url));

/** A Node 20 of this machine, or null. */
function findNode20(): string | null {
  const programs = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "node"));
  const versionOf = (program: string): string => {
    try {
      return execFileSync(program, ["--version"], { encoding: "utf8" });
    } catch {
      return "";
    }
  };
  return programs.find((program) => versionOf(program).startsWith("v20.")) ?? null;
}

const node20 = findNode20();
if (!node20)
  process.stdout.write("Skipped on Node 20: no Node 20 is on the PATH. The packages are tested on this Node.\n");
const node = node20 ?? process.execPath;

const PROGRAM = `
import { attachTerminal, createBerthClient, execCommand, followCommand } from "@berth/client";
const [url, token] = process.argv.slice(2) as [string, string];
const berth = createBerthClient({ url, token });
const { items } = await berth.workspaces.list.query({ search: "packed" });
const workspaceId: string = items[0]!.id;
const chunks: Uint8Array[] = [];
for await (const message of execCommand({ url, token, workspaceId }, { command: ["echo", "from exec"] })) {
  if ("output" in message) chunks.push(message.output.bytes);
}
const { id: commandId } = await berth.commands.start.mutate({ workspaceId, command: "echo followed; exit 4" });
for await (const message of followCommand({ url, token, workspaceId, commandId })) {
  if ("exit" in message) console.log("exit", message.exit.exitCode);
}
const { id: terminalId } = await berth.terminals.create.mutate({ workspaceId });
const terminal = attachTerminal({ url, token, workspaceId, terminalId, onOutput() {}, onEnd: (end) => console.log(end.reason) });
terminal.write("exit 0\\n");
console.log(Buffer.concat(chunks).toString(), items[0]!.status satisfies string);
// @ts-expect-error: inputs are checked
export const wrong = () => berth.workspaces.create.mutate({ nam: "x" });
`;

let berth: TestBerth;
let folder: string;
beforeAll(async () => {
  berth = await openTestBerth();
  folder = join(berth.folder, "empty");
  await mkdir(folder);
  const { client, cli } = await packAll(join(berth.folder, "packages"));
  await berth.run(["create", "packed"]);
  // Offline and with an empty cache: nothing comes from a registry.
  const options = ["--offline", `--cache=${join(berth.folder, "npm-cache")}`, "--no-audit", "--no-fund"];
  await run("npm", ["install", ...options, client, cli], { cwd: folder });
}, 240_000);
afterAll(() => berth[Symbol.asyncDispose]());

const env = () => ({ ...process.env, ...berth.environment });

describe("the packed tarballs, installed in an empty folder without a registry", () => {
  test("have no dependencies", async () => {
    const lock = JSON.parse(await readFile(join(folder, "package-lock.json"), "utf8"));
    expect(Object.keys(lock.packages)).toEqual(["", "node_modules/@berth/cli", "node_modules/@berth/client"]);
    const types = await readFile(join(folder, "node_modules/@berth/client/index.d.ts"), "utf8");
    expect(types).not.toMatch(/(?:from|import\()\s*["']/);
  });

  test("run berth", async () => {
    const program = join(folder, "node_modules/.bin/berth");
    const { stdout: version } = await run(node, [program, "--version"], { cwd: folder });
    expect(version).toBe("0.1.0\n");
    const { stdout } = await run(node, [program, "ls", "--json"], { cwd: folder, env: env() });
    expect(JSON.parse(stdout)).toMatchObject([{ name: "packed", status: "online" }]);
    const shell = 'echo \'echo in-$((1+1)); exit 0\' | "$0" "$1" shell packed';
    const { stdout: printed } = await run("sh", ["-c", shell, node, program], { cwd: folder, env: env() });
    expect(printed).toContain("in-2");
  });

  test("type-check and run a program that uses the client", async () => {
    await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    await writeFile(
      join(folder, "program.ts"),
      `declare const process: { argv: string[] }; declare const Buffer: { concat(all: Uint8Array[]): { toString(): string } };${PROGRAM}`,
    );
    const strict = ["--strict", "--target", "es2022", "--module", "nodenext", "--skipLibCheck", "false", "--types", ""];
    const checked = await run(process.execPath, [TSC, ...strict, "program.ts"], { cwd: folder }).catch(
      (error) => error,
    );
    expect(checked.stdout).toBe("");
    const { BERTH_URL: url = "", BERTH_TOKEN: token = "" } = berth.environment;
    const { stdout } = await run(node, ["program.js", url, token], { cwd: folder });
    expect(stdout).toBe("exit 4\nfrom exec\n online\nexited\n");
  });
});

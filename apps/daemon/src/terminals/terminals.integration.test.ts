import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LIMITS } from "@berth/domain";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bundleDaemon } from "../bundle.ts";
import { TERMINAL_TIMES, Terminals, type TerminalTimes } from "./terminals.ts";

let directory: string;
const opened: Terminals[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "berth-terminals-"));
});
afterEach(async () => {
  for (const terminals of opened.splice(0)) await terminals.closeAll();
  await rm(directory, { recursive: true });
});

async function openTerminals(times: Partial<TerminalTimes>): Promise<Terminals> {
  const [addonPath = null] = (await bundleDaemon()).companions;
  const boot = {
    ...{ tunnelUrl: "", tunnelToken: "", workspaceId: "w", incarnationId: "i", generation: 1, command: null },
    ...{ roots: { "/workspace": directory }, configTemplate: {}, environment: {}, stateDirectory: directory },
  };
  const terminals = new Terminals({ boot, addonPath, times: { ...TERMINAL_TIMES, ...times }, log() {} });
  opened.push(terminals);
  return terminals;
}

const SIZE = { columns: 80, rows: 24 };
const stateOf = (terminals: Terminals, id: string) =>
  terminals.list().find((facts) => facts.id === id)?.endReason ?? "running";

/** Reads until the text appears. */
async function readUntil(terminals: Terminals, id: string, pattern: RegExp): Promise<void> {
  const attachment = terminals.get(id).attach(null);
  let text = "";
  for await (const chunk of attachment.output()) {
    text += chunk.toString();
    if (pattern.test(text)) break;
  }
  attachment.detach();
  expect(text).toMatch(pattern);
}

test("closes never attached terminals, and keeps attached, busy and recently used ones", async () => {
  const terminals = await openTerminals({ everyMs: 50, neverAttachedMs: 3_000, detachedMs: 60_000 });
  const busy = terminals.open(SIZE).id;
  await terminals.get(busy).write(Buffer.from("touch started; sleep 1004\n"));
  await expect.poll(() => existsSync(join(directory, "started")), { timeout: 20_000 }).toBe(true);
  const attached = terminals.open(SIZE).id;
  const attachment = terminals.get(attached).attach(null);
  const used = terminals.open(SIZE).id;
  await readUntil(terminals, used, /./);
  // The newest terminal.
  const unused = terminals.open(SIZE).id;
  await expect.poll(() => stateOf(terminals, unused), { timeout: 20_000 }).toBe("unused");
  expect([attached, busy, used].map((id) => stateOf(terminals, id))).toEqual(["running", "running", "running"]);
  attachment.detach();
});

test("closes a detached terminal after its time limit", async () => {
  const terminals = await openTerminals({ everyMs: 50, neverAttachedMs: 60_000, detachedMs: 300 });
  const { id } = terminals.open(SIZE);
  await readUntil(terminals, id, /./);
  await expect.poll(() => stateOf(terminals, id), { timeout: 20_000 }).toBe("unused");
});

test("replays the last output and the exit code of an ended terminal until its time limit", async () => {
  const terminals = await openTerminals({ outputKeptMs: 2_000 });
  const { id } = terminals.open(SIZE);
  await terminals.get(id).write(Buffer.from("echo last''words; exit 3\n"));
  await expect.poll(() => stateOf(terminals, id), { timeout: 20_000 }).toBe("exited");
  const attachment = terminals.get(id).attach(null);
  const chunks: Buffer[] = [];
  for await (const chunk of attachment.output()) chunks.push(chunk);
  expect(Buffer.concat(chunks).toString()).toContain("lastwords");
  expect(attachment.exitCode()).toBe(3);
  await expect.poll(() => terminals.list(), { timeout: 20_000 }).toEqual([]);
  expect(() => terminals.get(id)).toThrow("not found");
});

test("keeps the output of the newest ended terminals, up to a limit", async () => {
  const terminals = await openTerminals({});
  const ids: string[] = [];
  for (let count = 0; count <= LIMITS.terminalsEndedKept; count += 1) {
    const { id } = terminals.open(SIZE);
    ids.push(id);
    await terminals.close(id);
  }
  expect(terminals.list().map(({ id }) => id)).toEqual(ids.slice(1));
});

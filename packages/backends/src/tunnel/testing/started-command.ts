import { randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { type CommandReport, type CommandStream, DAEMON_ROUTES, type StartCommandRequest } from "@berth/domain";
import { readCommandOutput } from "../command-stream.ts";
import type { DaemonSession } from "../index.ts";

export const startRequest = (changes: Partial<StartCommandRequest>): StartCommandRequest => ({
  id: randomUUID(),
  command: ["true"],
  cwd: "/workspace",
  env: {},
  stdin: "",
  endStdin: true,
  timeoutSeconds: 30,
  keepBytes: 1024 * 1024,
  awaitsReader: false,
  ...changes,
});

export const startCommand = (session: DaemonSession, changes: Partial<StartCommandRequest>): Promise<CommandReport> =>
  session.json({ method: "POST", route: DAEMON_ROUTES.commands }, startRequest(changes));

export interface Collected {
  stdout: Buffer;
  stderr: Buffer;
  /** The offsets where parts began that do not continue the part before them. */
  gaps: number[];
  report: CommandReport;
}

/** Reads to the end of the command. */
export async function collect(
  session: DaemonSession,
  id: string,
  after: { stdout?: number; stderr?: number } = {},
): Promise<Collected> {
  const bytes: Record<CommandStream, Uint8Array[]> = { stdout: [], stderr: [] };
  const next = { stdout: after.stdout ?? 0, stderr: after.stderr ?? 0 };
  const gaps: number[] = [];
  const { signal } = new AbortController();
  const place = { id, afterStdout: next.stdout, afterStderr: next.stderr, atEnd: false, signal };
  for await (const piece of readCommandOutput(session, place)) {
    if ("ended" in piece) {
      return { stdout: Buffer.concat(bytes.stdout), stderr: Buffer.concat(bytes.stderr), gaps, report: piece.ended };
    }
    if (piece.offset !== next[piece.stream]) gaps.push(piece.offset);
    next[piece.stream] = piece.offset + piece.bytes.length;
    bytes[piece.stream].push(Buffer.from(piece.bytes));
  }
  throw new Error("The output ended without a report.");
}

/** The command lines of the processes on this host that contain the text. */
export async function processesNamed(text: string): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "latin1").catch(() => "")));
  return lines.map((line) => line.replaceAll("\0", " ").trim()).filter((line) => line.includes(text));
}

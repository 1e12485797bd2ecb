import { z } from "zod";
import { commandReport, commandReports } from "./commands/report.ts";
import {
  AGENT_STATES,
  type ArchiveDifference,
  type ArchiveExtracted,
  type DAEMON_ROUTES,
  type DaemonStatus,
  type LogTail,
} from "./daemon-protocol.ts";
import {
  FILE_KINDS,
  type FileEntry,
  type FileListing,
  type FileStat,
  type FileWatchMessage,
  type FileWritten,
  type SearchMatch,
} from "./files/entries.ts";
import { LIMITS } from "./limits.ts";
import { portListeners } from "./ports/report.ts";
import { terminalFacts, terminalListing } from "./terminals/terminal.ts";
import { treeManifestSchema } from "./tree-manifest.ts";

/**
 * Schemas and limits of the responses of a daemon. A daemon shares its instance with the programs of the workspace, so
 * every response is untrusted: it needs a schema, a size limit and a deadline before the API reads it. Unknown fields
 * are dropped, so a newer daemon may send more.
 */

const KiB = 1024;
const MiB = 1024 * KiB;

export interface JsonResponse<T> {
  schema: z.ZodType<T>;
  bytesMax: number;
  /** For the whole response, counted from the end of the request. */
  secondsMax: number;
}

export interface LinesResponse<T> {
  schema: z.ZodType<T>;
  lineBytesMax: number;
  /** Time until the headers of the response. */
  headersSecondsMax: number;
  /** Longest pause between bytes; null for no limit. */
  idleSecondsMax: number | null;
  /** Reading is throttled to this rate, which applies backpressure to the daemon. */
  linesPerSecondMax: number;
}

export interface BytesResponse {
  headersSecondsMax: number;
  idleSecondsMax: number | null;
  /** The response starts while the request is still being sent. */
  isDuplex: boolean;
}

type Method = "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
type Route = (typeof DAEMON_ROUTES)[keyof typeof DAEMON_ROUTES];
type ResponseLimits<A> = Partial<Record<`${Method} ${Route}`, A>>;

const count = z.int().min(0);
const nullableCount = count.nullable();
const nullableText = (charsMax: number) => z.string().max(charsMax).nullable();
const time = z.string().max(40);

const listOf = <T>(item: z.ZodType<T>, max: number) => z.array(item).max(max);

const entryShape = {
  name: z.string().max(4 * KiB),
  kind: z.enum(FILE_KINDS),
  size: nullableCount,
  modifiedAt: time.nullable(),
  mode: nullableCount,
  linkTarget: nullableText(16 * KiB),
  error: nullableText(4 * KiB),
};
const path = z.string().max(16 * KiB);
const etag = z.string().max(200);

const fileEntry: z.ZodType<FileEntry> = z.object(entryShape);
const fileListing: z.ZodType<FileListing> = z.object({
  entries: listOf(fileEntry, LIMITS.filesListLimitMax),
  nextCursor: nullableText(64 * KiB),
  total: nullableCount,
});
const fileStat: z.ZodType<FileStat> = z.object({ ...entryShape, path, etag: etag.nullable() });
const written: z.ZodType<FileWritten> = z.object({ path, size: count, etag, sha256: z.string().max(64) });
/** The response to a part of an upload that is not complete yet. */
const partTaken: z.ZodType<{ offset: number }> = z.object({ offset: count });
const pathChanged: z.ZodType<{ path: string }> = z.object({ path });
const difference: z.ZodType<ArchiveDifference> = z.object({
  reason: z.string().max(4 * KiB),
  count,
  examples: listOf(z.string().max(16 * KiB), 100),
});
const copied: z.ZodType<{ path: string; differences: readonly ArchiveDifference[] }> = z.object({
  path,
  // Older daemons do not send them.
  differences: listOf(difference, 1000).default([]),
});
const extracted: z.ZodType<ArchiveExtracted> = z.object({
  files: count,
  directories: count,
  links: count,
  bytes: count,
  // Older daemons do not send them.
  differences: listOf(difference, 1000).default([]),
});

/** 100 is one core. The upper limit is beyond any machine. */
const cpuPercent = z.number().min(0).max(1_000_000).nullable();
const daemonStatus: z.ZodType<DaemonStatus> = z.object({
  incarnationId: z.string().max(100),
  startedAt: time,
  agent: z.object({
    state: z.enum(AGENT_STATES),
    pid: nullableCount,
    exitCode: z.int().nullable(),
    restarts: count,
  }),
  metrics: z.object({
    cpuPercent,
    memoryBytes: nullableCount,
    diskUsedBytes: nullableCount,
    diskTotalBytes: nullableCount,
  }),
  configsRefilled: z.boolean(),
});
const usage: z.ZodType<{ sizeBytes: number; complete: boolean }> = z.object({
  sizeBytes: count,
  complete: z.boolean(),
});
const logTail: z.ZodType<LogTail> = z.object({ text: z.string(), truncated: z.boolean() });

const nothing: z.ZodType<unknown> = z.object({});

const json = <T>(schema: z.ZodType<T>, bytesMax: number, secondsMax: number): JsonResponse<T> => ({
  schema,
  bytesMax,
  secondsMax,
});

const SMALL = 128 * KiB;
/** For work on a whole tree. The caller may abort at any time. */
const TREE_SECONDS = 3600;

/** Every JSON response, by method and route. `DaemonSession.json` is the only reader. */
export const DAEMON_JSON = {
  "GET /status": json(daemonStatus, 16 * KiB, 10),
  "GET /files/list": json(fileListing, 8 * MiB, 60),
  "GET /files/stat": json(fileStat, SMALL, 30),
  // Both flush the received data to disk before they respond.
  "PUT /files/content": json(z.union([written, partTaken]), SMALL, 300),
  "PUT /files/archive": json(extracted, 2 * MiB, 900),
  "POST /files/make-directory": json(pathChanged, SMALL, 60),
  "POST /files/move": json(pathChanged, SMALL, 60),
  "POST /files/copy": json(copied, SMALL, TREE_SECONDS),
  "POST /files/delete": json(pathChanged, SMALL, TREE_SECONDS),
  "GET /files/manifest": json(treeManifestSchema, 2 * MiB, 4 * TREE_SECONDS),
  // The daemon stops measuring after a minute.
  "GET /files/usage": json(usage, 1 * KiB, 75),
  // One byte of a log takes up to six bytes in JSON.
  "GET /logs/agent": json(logTail, 6 * LIMITS.bootLogTailBytesMax + SMALL, 30),
  "GET /terminals": json(terminalListing, SMALL, 15),
  "POST /terminals": json(terminalFacts, SMALL, 30),
  "DELETE /terminals": json(nothing, SMALL, 30),
  "GET /commands": json(commandReports, SMALL, 15),
  "POST /commands": json(commandReport, SMALL, 30),
  "POST /commands/write": json(commandReport, SMALL, 30),
  "POST /commands/signal": json(commandReport, SMALL, 30),
  "GET /ports": json(portListeners, SMALL, 15),
  "POST /control/quiesce": json(nothing, SMALL, 60),
} as const satisfies ResponseLimits<JsonResponse<unknown>>;

const searchMatch: z.ZodType<SearchMatch> = z.object({
  path,
  kind: z.enum(FILE_KINDS),
  line: nullableCount,
  text: nullableText(4 * KiB),
});
const watchMessage: z.ZodType<FileWatchMessage> = z.discriminatedUnion("type", [
  z.object({ type: z.literal("watching") }),
  z.object({ type: z.literal("changed"), path, names: listOf(z.string().max(4 * KiB), 10_000).nullable() }),
]);

/** Every response in JSON lines. */
export const DAEMON_LINES = {
  "GET /files/search": {
    schema: searchMatch,
    lineBytesMax: SMALL,
    headersSecondsMax: 600,
    idleSecondsMax: 600,
    linesPerSecondMax: 5_000,
  },
  "POST /files/watch": {
    schema: watchMessage,
    lineBytesMax: 1 * MiB,
    headersSecondsMax: 30,
    idleSecondsMax: null,
    linesPerSecondMax: 100,
  },
} as const satisfies ResponseLimits<LinesResponse<unknown>>;

const bytes = (headersSecondsMax: number, idleSecondsMax: number | null, isDuplex = false): BytesResponse => ({
  headersSecondsMax,
  idleSecondsMax,
  isDuplex,
});

/** Every response in bytes, which the API streams on without storing them. */
export const DAEMON_BYTES = {
  "GET /files/content": bytes(60, 120),
  "GET /files/archive": bytes(120, 300),
  "HEAD /files/upload": bytes(30, 30),
  "DELETE /files/upload": bytes(60, 30),
  // A shell may print nothing for days.
  "POST /terminals/attach": bytes(30, null, true),
  // The same for a command. The deadline of one that `commands.run` waits for is its time limit.
  "GET /commands/output": bytes(30, null),
  // A connection may be idle for as long as both ends keep it.
  "POST /ports/connect": bytes(30, null, true),
} as const satisfies ResponseLimits<BytesResponse>;

type ValueOf<A> = A extends { schema: z.ZodType<infer T> } ? T : never;
export type DaemonJsonCall = keyof typeof DAEMON_JSON;
export type DaemonLinesCall = keyof typeof DAEMON_LINES;
export type DaemonBytesCall = keyof typeof DAEMON_BYTES;
export type DaemonJson<Row> = Row extends DaemonJsonCall ? ValueOf<(typeof DAEMON_JSON)[Row]> : never;
export type DaemonLine<Row> = Row extends DaemonLinesCall ? ValueOf<(typeof DAEMON_LINES)[Row]> : never;

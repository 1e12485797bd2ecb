import { createHash, randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import {
  bundleDaemon,
  type Ec2Harness,
  findEc2HarnessForTests,
  listAccount,
  listLeftovers,
  openEc2Harness,
  seeded,
} from "@berth/backends/testing";
import type { Operation, Workspace } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { type Harness, newWorkspace, openHarnessOver } from "../testing/index.ts";
import { eraseVolume } from "../volumes/volumes.ts";
import { createWorkspace } from "../workspaces/create.ts";
import { restoreWorkspace } from "../workspaces/restore.ts";
import { getOperation } from "./operations.ts";

/** The default plays every verb, with lost responses to both kinds of requests. The seed is part of the test's name. */
const SEED = Number(process.env.BERTH_TEST_SEED ?? 20261131);
const VERBS = Number(process.env.BERTH_STORM_VERBS ?? 25);
const WORKSPACES = 5;
const ERROR_RATE = 0.3;
const ANSWER_MS_MAX = 100;
/** How long AWS hides new resources from all listings. */
const HIDDEN_MS = 400;
/** The delay for a lost response, so that a retry does not see the result of the first request. */
const HIDDEN_MS_LOST = 10_000;
const TIMINGS = { pollMs: 150, visibleWithinMs: 12_000, waitMsMax: 60_000 };
/**
 * The share of create requests that succeed but lose all their responses, including those to the client's own retries.
 */
const LOST_RATE = 0.4;
const CLIENT_ATTEMPTS = 3;
const OPERATION_MS_MAX = 660_000;
/** With a backoff of up to a minute, the test would mostly wait for retries. */
const RETRY_SECONDS = 4;

const found = await findEc2HarnessForTests(process.env);

const MOVES = {
  online: ["restart", "pause", "hibernate", "lose", "delete", "restart"],
  paused: ["resume", "delete", "resumeLost"],
  hibernated: ["wake", "delete", "wake"],
  deleted: ["restore"],
} as const;
type Status = keyof typeof MOVES;
type Move = (typeof MOVES)[Status][number];

const REACHED: Record<Move, Status> = {
  restart: "online",
  pause: "paused",
  hibernate: "hibernated",
  lose: "online",
  delete: "deleted",
  resume: "online",
  resumeLost: "online",
  wake: "online",
  restore: "online",
};

interface Storm {
  harness: Harness;
  aws: Ec2Harness;
}

/** Polls until the deadline of the storm; a timeout reports the last value. */
async function eventually<T>(observe: () => Promise<T>, isSo: (seen: T) => boolean, what: string): Promise<T> {
  const deadline = performance.now() + OPERATION_MS_MAX;
  for (;;) {
    const seen = await observe();
    if (isSo(seen)) return seen;
    if (performance.now() > deadline) throw new Error(`Waited in vain: ${what}. Last seen: ${JSON.stringify(seen)}`);
    await pause(50);
  }
}

function loseResponses({ aws }: Storm, action: string): void {
  aws.front.fail(action, "lost", CLIENT_ATTEMPTS);
  aws.front.hideNew(HIDDEN_MS_LOST);
}

async function done({ harness }: Storm, { id }: Pick<Operation, "id">): Promise<void> {
  const observe = () => getOperation(harness.deps, harness.actor, { id });
  const end = await eventually(observe, ({ finishedAt }) => finishedAt !== null, "the operation ends");
  expect(end, JSON.stringify(end.error)).toMatchObject({ status: "succeeded" });
}

/** One workspace with its expected status and data. */
class Life {
  readonly storm: Storm;
  readonly workspace: Workspace;
  readonly #played: string[];
  readonly #sums = new Map<string, string>();
  readonly #random: () => number;
  #status: Status = "online";

  private constructor(storm: Storm, workspace: Workspace, random: () => number, played: string[]) {
    this.storm = storm;
    this.workspace = workspace;
    this.#played = played;
    this.#random = random;
  }

  static async begin(storm: Storm, random: () => number, played: string[]): Promise<Life> {
    const { deps, actor } = storm.harness;
    const dataPersistence = random() < 0.5 ? "persist" : "auto";
    if (random() < LOST_RATE) loseResponses(storm, "CreateVolume");
    const input = newWorkspace({ compute: { backend: "ec2", dataPersistence, diskGb: 1 } });
    const { workspace, operation } = await createWorkspace(deps, actor, input);
    await done(storm, operation);
    const life = new Life(storm, workspace, random, played);
    await life.observe();
    return life;
  }

  async play(): Promise<void> {
    const choices = MOVES[this.#status];
    const move = choices[Math.floor(this.#random() * choices.length)] ?? choices[0];
    this.#played.push(move);
    const isLost = REACHED[move] === "online" && this.#random() < LOST_RATE;
    if (isLost) loseResponses(this.storm, "RunInstances");
    else this.storm.aws.front.hideNew(HIDDEN_MS);
    await this.#carryOut(move);
    this.#status = REACHED[move];
    await this.observe();
  }

  async #carryOut(move: Move): Promise<void> {
    const { harness } = this.storm;
    const { deps, actor } = harness;
    const { id } = this.workspace;
    switch (move) {
      case "lose":
        return this.#lose();
      case "resumeLost":
        return this.#resumeLost();
      case "delete":
        return done(this.storm, await harness.requestDelete(this.workspace));
      case "restore":
        return done(this.storm, (await restoreWorkspace(deps, actor, { id })).operation);
      default:
        return done(this.storm, await harness.request(move, this.workspace));
    }
  }

  /** Terminates the instance, as AWS may do at any time. */
  async #lose(): Promise<void> {
    const { harness, aws } = this.storm;
    const { id } = this.workspace;
    // Backdate recoveries, because three in ten minutes count as a crash loop, which another test covers.
    await harness.sql("update operations set created_at = now() - interval '1 hour' where workspace_id = $1", [id]);
    const before = await harness.incarnationOf({ id });
    const [machine] = await aws.machinesOf(before);
    aws.simulator.terminate(machine ?? "");
    await eventually(
      () => harness.incarnationOf({ id }),
      (now) => now !== before,
      "the machine is replaced",
    );
  }

  /** Terminates a paused instance, which Berth detects only at the resume. */
  async #resumeLost(): Promise<void> {
    const { harness, aws } = this.storm;
    const [machine = ""] = await aws.machinesOf(await harness.incarnationOf(this.workspace));
    aws.simulator.terminate(machine);
    const gone = async () =>
      (await listAccount(aws.simulator)).machines.find(({ instanceId }) => instanceId === machine);
    await eventually(gone, (seen) => seen === undefined || seen.state === "terminated", "the machine is gone");
    await done(this.storm, await harness.request("resume", this.workspace));
  }

  /** Checks the workspace's view, the resources that AWS lists, and every byte. */
  async observe(): Promise<void> {
    const { harness, aws } = this.storm;
    const { id } = this.workspace;
    const seen = await eventually(
      () => harness.current({ id }),
      ({ status, statusReason }) => status === this.#status && statusReason === null,
      `the workspace is ${this.#status}`,
    );
    expect(seen).toMatchObject({
      dataState: "intact",
      volume: { state: this.#status === "deleted" ? "retained" : "attached" },
    });
    const { machines, volumes } = await listAccount(aws.simulator);
    const mine = machines.filter(({ workspaceId, state }) => workspaceId === id && state !== "terminated");
    expect(mine.map(({ state }) => state)).toEqual(
      { online: ["running"], paused: ["stopped"] }[this.#status as string] ?? [],
    );
    expect(volumes.filter(({ volumeId }) => volumeId === seen.volume?.id)).toHaveLength(1);
    if (this.#status === "online") await this.#compareBytes();
  }

  async #compareBytes(): Promise<void> {
    const files = await this.storm.harness.filesOf(this.workspace);
    expect(await files.names("/workspace")).toHaveLength(this.#sums.size);
    for (const [at, sum] of this.#sums) expect(checksum(await files.read("/workspace", at))).toBe(sum);
    const bytes = randomBytes(1 + Math.floor(this.#random() * 200_000));
    const at = `/file ${this.#sums.size}.bin`;
    await files.write("/workspace", at, bytes);
    this.#sums.set(at, checksum(bytes));
  }

  async erase(): Promise<void> {
    const { harness } = this.storm;
    const { deps, actor } = harness;
    const { id, name } = this.workspace;
    if (this.#status === "deleted") {
      const { volume } = await harness.current({ id });
      return done(this.storm, await eraseVolume(deps, actor, { id: volume?.id ?? "", confirmName: name }));
    }
    await done(this.storm, await harness.requestDelete(this.workspace, { eraseData: true }));
  }
}

async function live(storm: Storm, index: number): Promise<void> {
  const played: string[] = [];
  try {
    const life = await Life.begin(storm, seeded(SEED + index + 1), played);
    const verbs = Math.floor((VERBS + index) / WORKSPACES);
    for (let verb = 0; verb < verbs; verb += 1) await life.play();
    await life.erase();
  } catch (error) {
    throw new Error(`BERTH_TEST_SEED=${SEED}, workspace ${index}: ${played.join(", ")}`, { cause: error });
  }
}

const checksum = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

/** Polls AWS's own listing and the data state of every workspace until `end` is called. */
function watchClosely({ harness, aws }: Storm) {
  const seen = { observations: 0, wrong: new Set<string>() };
  const end = new AbortController();
  const kept = async () => {
    const text = "select id from volumes where state in ('attached', 'retained') and made_at is not null";
    return (await harness.sql<{ id: string }>(text)).map(({ id }) => id);
  };
  const observe = async () => {
    const keptBefore = new Set(await kept());
    const { machines, volumes } = await listAccount(aws.simulator);
    for (const incarnation of repeated(machines.map(({ incarnationId }) => incarnationId))) {
      seen.wrong.add(`two machines for incarnation ${incarnation}`);
    }
    for (const volume of repeated(volumes.map(({ volumeId }) => volumeId))) seen.wrong.add(`two volumes for ${volume}`);
    const there = new Set(volumes.map(({ volumeId }) => volumeId));
    // The volume was kept before and after the listing, so no erase explains its absence.
    for (const id of await kept()) if (keptBefore.has(id) && !there.has(id)) seen.wrong.add(`volume ${id} is gone`);
    for (const { id } of await harness.sql<{ id: string }>("select id from workspaces where data_state = 'missing'")) {
      seen.wrong.add(`workspace ${id} was reported without its data`);
    }
    seen.observations += 1;
  };
  const watching = (async () => {
    while (!end.signal.aborted) {
      await observe();
      await pause(200);
    }
  })();
  // `end` rethrows a failure of the polling itself.
  watching.catch(() => {});
  return {
    async end() {
      end.abort();
      await watching;
      return seen;
    },
  };
}

/** Moto still lists terminated instances, so even a short-lived second instance of an incarnation is found. */
const repeated = (ids: readonly (string | null)[]): string[] => [
  ...new Set(ids.filter((id, index): id is string => id !== null && ids.indexOf(id) !== index)),
];

describe.skipIf(found.reason !== null)("a storm over EC2", () => {
  test(`${VERBS} random verbs, seed ${SEED}: each takes effect once, no data is lost and no resource is left`, {
    timeout: 900_000 + VERBS * 15_000,
  }, async () => {
    const { path: bundlePath, companions, version } = await bundleDaemon();
    const daemon = { bundlePath, companions, version, nodePath: process.execPath };
    const aws = await openEc2Harness({ daemon, environment: process.env, options: { timings: TIMINGS } });
    await using harness = await openHarnessOver(aws, {
      settings: { provisionTimeoutSeconds: 600, retrySecondsMax: RETRY_SECONDS },
      reconciler: { startsMax: WORKSPACES, othersMax: WORKSPACES },
    });
    const storm = { harness, aws };
    aws.front.misbehave({ errorRate: ERROR_RATE, delayMsMax: ANSWER_MS_MAX, random: seeded(SEED) });
    aws.front.hideNew(HIDDEN_MS);
    const watch = watchClosely(storm);
    // Wait for all before checking any, so that none continues after the harness was disposed.
    const lives = await Promise.allSettled(Array.from({ length: WORKSPACES }, (_, index) => live(storm, index)));
    const { observations, wrong } = await watch.end();
    for (const life of lives) if (life.status === "rejected") throw life.reason;
    expect([...wrong]).toEqual([]);
    expect(observations).toBeGreaterThan(VERBS / 4);
    expect(await listLeftovers(aws.simulator)).toEqual([]);
    const [receipts] = await harness.sql<{ count: string }>("select count(*) from volumes where state = 'erased'");
    expect(Number(receipts?.count)).toBe(WORKSPACES);
    const failed = aws.front.failures;
    process.stdout.write(
      `storm: ${VERBS} verbs, seed ${SEED}, ${observations} observations, ${failed.of} calls of which ${failed.count} failed\n`,
    );
    expect(failed.count / failed.of).toBeGreaterThan(ERROR_RATE / 2);
  });
});

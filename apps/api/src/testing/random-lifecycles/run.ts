import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { seeded } from "@berth/backends/testing";
import { isOpenOperation, type Operation, type Volume } from "@berth/domain";
import { RandomBerth } from "./berth.ts";
import { canFakeTime } from "./clock.ts";
import { confirmHold, expireGracePeriod, GRACE_HOURS, recordExpired } from "./expiry.ts";
import { falseReceipts, Ledger } from "./ledger.ts";
import { runWorkspace } from "./run-workspace.ts";

const CONCURRENT = 3;
const HOUR_SECONDS = 3_600;
/** The error of a wrong clock, ahead or behind: always more than Berth tolerates without a hold. */
const CLOCK_ERROR_HOURS = { min: 3, max: 96 };
/** The run counts as stuck after this long without a change. */
const UNCHANGED_MS_MAX = 180_000;

type Fault = "kill" | "restart" | "clock" | "expiry" | "unmount" | "backUp" | "restore";

export interface RandomRunReport {
  seed: number;
  workspaces: number;
  moves: number;
  filesWritten: number;
  /** Volumes erased at the end of their grace period. */
  expired: number;
  holdsConfirmed: number;
  faults: Record<Fault, number>;
  /** Acknowledged files without an erase request that are missing. */
  lost: string[];
  falseReceipts: string[];
  /** Entries written into the mount point while the store was unmounted. */
  strayed: string[];
  leftOver: string[];
  /** Volumes that should have expired but did not. */
  unexpired: string[];
  stuck: string[];
  /** Responses with the problem `internal`, with the log record. */
  internal: string[];
}

/** Runs random workspaces under random faults for a time, then without faults, then compares the disk with the ledger. */
export async function runRandomLifecycles(options: {
  seed: number;
  seconds: number;
  restores: number;
}): Promise<RandomRunReport> {
  const { seed, seconds, restores } = options;
  const random = seeded(seed);
  await using berth = await RandomBerth.start({ BERTH_RETENTION_GRACE_HOURS: String(GRACE_HOURS) });
  const ledger = new Ledger();
  const faults: Record<Fault, number> = { kill: 0, restart: 0, clock: 0, expiry: 0, unmount: 0, backUp: 0, restore: 0 };
  const report: RandomRunReport = {
    ...{ seed, workspaces: 0, moves: 0, filesWritten: 0, expired: 0, holdsConfirmed: 0, faults },
    ...{ lost: [], falseReceipts: [], strayed: [], leftOver: [], unexpired: [], stuck: [], internal: [] },
  };
  const endAt = performance.now() + seconds * 1000;
  const expired = new Set<string>();
  const isOver = () => performance.now() > endAt;

  const workspaceLoop = async (lane: number) => {
    const own = seeded(seed + lane + 1);
    while (!isOver()) {
      const played = await runWorkspace({ berth, ledger, random: own, isOver });
      report.workspaces += 1;
      report.moves += played.length;
      process.stderr.write(`[${lane}] ${played.join(", ")}\n`);
    }
  };

  const inject = async (fault: Fault) => {
    faults[fault] += 1;
    process.stderr.write(`[fault] ${fault}\n`);
    switch (fault) {
      case "kill":
        return berth.kill();
      case "restart":
        return berth.restart();
      case "clock":
        await berth.clock.setError(clockError(random));
        await pause(3000 + random() * 7000);
        // In half of the cases the clock stays wrong during other faults.
        if (random() < 0.5) await berth.clock.setError(0);
        return;
      case "expiry":
        report.unexpired.push(
          ...(await expireGracePeriod({ berth, ledger, random }).catch((error) => [String(error)])),
        );
        return;
      case "unmount":
        await berth.unmount();
        if (random() < 0.3) await berth.kill();
        await pause(3000 + random() * 7000);
        report.strayed.push(...(await berth.mount()));
        return;
      case "backUp":
        return berth.backUpDatabase();
      case "restore":
        await recordExpired(berth, expired);
        return berth.restoreDatabase();
    }
  };

  const faultLoop = async () => {
    const choices: Fault[] = [
      "kill",
      "kill",
      "restart",
      "unmount",
      ...(canFakeTime ? (["clock", "clock", "expiry", "expiry"] as const) : []),
    ];
    // Each restore goes back to before an expiry; restores are evenly spread over the run.
    const round: Fault[] = canFakeTime ? ["backUp", "expiry", "restore"] : ["backUp", "restore"];
    const planned = Array.from({ length: restores }, () => round).flat();
    const plan = planned.map((fault, index): [number, Fault] => [
      ((index + 1) / (planned.length + 1)) * seconds,
      fault,
    ]);
    const startedAt = performance.now();
    while (!isOver()) {
      await pause(1000 + random() * 5000);
      if (random() < 0.3 && !berth.clock.wasRight()) await berth.clock.setError(0);
      if (await confirmHold({ berth, ledger, random })) report.holdsConfirmed += 1;
      const due =
        plan[0] !== undefined && (performance.now() - startedAt) / 1000 > plan[0][0] ? plan.shift()?.[1] : null;
      await inject(due ?? (choices[Math.floor(random() * choices.length)] as Fault));
    }
    for (const [, fault] of plan) await inject(fault);
  };

  const lanes = Array.from({ length: CONCURRENT }, (_, lane) => workspaceLoop(lane));
  await Promise.all([faultLoop(), ...lanes]);

  await recordExpired(berth, expired);
  report.expired = expired.size;
  await berth.clock.setError(0);
  await berth.restart();
  report.filesWritten = ledger.filesCount;
  report.lost = await ledger.lost(berth.volumes);
  report.falseReceipts = await falseReceipts(
    berth.volumes,
    (await volumesIn(berth, "erased")).map(({ id }) => id),
  );
  report.stuck = await eraseEverything(berth);
  report.leftOver = await leftOver(berth);
  report.internal = berth.internalErrors;
  if (report.stuck.length > 0) process.stderr.write(`${berth.log.slice(-8000)}\n`);
  return report;
}

function clockError(random: () => number): number {
  const { min, max } = CLOCK_ERROR_HOURS;
  const hours = min + random() * (max - min);
  return Math.round((random() < 0.5 ? -hours : hours) * HOUR_SECONDS);
}

async function volumesIn(berth: RandomBerth, state: Volume["state"]): Promise<Volume[]> {
  const { data } = await berth.call("volumes.list", { state });
  return (Array.isArray(data) ? data : data.items) as Volume[];
}

/** Deletes every workspace and erases every volume until nothing is open. @returns what did not finish. */
async function eraseEverything(berth: RandomBerth): Promise<string[]> {
  let changedAt = performance.now();
  let before = "";
  for (;;) {
    const open: string[] = [];
    const { data } = await berth.call("workspaces.list", { limit: 500 });
    for (const { id, name, status } of data.items) {
      open.push(`workspace ${id} is ${status}`);
      if (status !== "deleting")
        await berth.call("workspaces.delete", { id, confirmName: name, eraseData: true, cascade: true });
    }
    for (const state of ["retained", "quarantined", "attached", "erasing"] as const) {
      for (const { id, workspaceName } of await volumesIn(berth, state)) {
        open.push(`volume ${id} is ${state}`);
        if (state === "retained" || state === "quarantined")
          await berth.call("volumes.erase", { id, confirmName: workspaceName });
      }
    }
    const operations = (await berth.call("operations.list", { limit: 500 })).data.items as Operation[];
    for (const each of operations.filter(isOpenOperation))
      open.push(`operation ${each.id} ${each.kind} is ${each.status}: ${JSON.stringify(each.steps.at(-1) ?? null)}`);
    // Volumes that an older database does not know are quarantined only after three sweeps.
    const unknown = (await readdir(berth.volumes)).filter((name) => /^[0-9a-f-]{36}$/.test(name));
    open.push(...unknown.map((id) => `folder ${id} is on the disk`));
    if (open.length === 0) return [];
    // Ignores the states, because endless retries also count as stuck.
    const now = open.map((each) => each.split(" ", 2).join(" ")).join();
    if (now !== before) changedAt = performance.now();
    before = now;
    if (performance.now() - changedAt > UNCHANGED_MS_MAX) return open;
    await pause(1000);
  }
}

async function leftOver(berth: RandomBerth): Promise<string[]> {
  const left: string[] = [];
  for (const folder of ["volumes", "volumes/.erasing", "erasing", "instances"]) {
    const names = await readdir(join(berth.dataDirectory, folder)).catch(() => [] as string[]);
    left.push(...names.filter((name) => /^[0-9a-f-]{36}$/.test(name)).map((name) => `${folder}/${name}`));
  }
  const deadline = performance.now() + 30_000;
  let daemons = await berth.daemons();
  while (daemons.length > 0 && performance.now() < deadline) {
    await pause(500);
    daemons = await berth.daemons();
  }
  return [...left, ...daemons.map((pid) => `daemon ${pid}`)];
}

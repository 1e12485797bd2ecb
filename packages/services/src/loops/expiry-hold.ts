import {
  type Database,
  databaseTime,
  expectedVolumes,
  findRetention,
  inTransaction,
  lockRetention,
  type RetentionRow,
  saveRetention,
  type Transaction,
} from "@berth/db";
import {
  type Actor,
  type BackendKind,
  type ConfirmRetentionInput,
  DomainError,
  LIMITS,
  type NewEvent,
  type Retention,
  retentionHeld,
  retentionResumed,
} from "@berth/domain";
import type { Deps, LifecycleDeps } from "../deps.ts";

/** The same moment on three clocks. The monotonic clock never jumps, but covers only this process. */
export interface ClockReading {
  databaseMs: number;
  processMs: number;
  monotonicMs: number;
}
export type ReadClock = (db: Database) => Promise<ClockReading>;

export const readSystemClock: ReadClock = async (db) => ({
  databaseMs: (await databaseTime(db)).getTime(),
  processMs: Date.now(),
  monotonicMs: performance.now(),
});

/** Why the clock cannot be trusted, or null. */
export function clockProblem(
  now: ClockReading,
  { before, lastSeenMs }: { before: ClockReading | null; lastSeenMs: number },
): string | null {
  const gapMs = LIMITS.expiryGapSecondsMax * 1000;
  if (before) {
    const passedMs = now.monotonicMs - before.monotonicMs;
    const jumps = [now.databaseMs - before.databaseMs - passedMs, now.processMs - before.processMs - passedMs];
    const jump = jumps.find((each) => Math.abs(each) > gapMs);
    if (jump !== undefined) return `The clock jumped ${jump > 0 ? "ahead" : "back"} by ${inHours(jump)}.`;
  }
  const awayMs = now.databaseMs - lastSeenMs;
  if (awayMs > gapMs) return `Berth was down for ${inHours(awayMs)}, or the clock was set ahead.`;
  if (awayMs < -gapMs) return `The clock is ${inHours(awayMs)} behind a time that Berth has recorded before.`;
  return null;
}

const inHours = (ms: number): string => `${(Math.abs(ms) / 3_600_000).toFixed(1)} hours`;

/** Decides whether expiry is on hold, and records that Berth is running. */
export class ExpiryWatch {
  readonly #deps: LifecycleDeps;
  readonly #readClock: ReadClock;
  readonly #compared = new Set<BackendKind>();
  #before: ClockReading | null = null;

  constructor(deps: LifecycleDeps, readClock: ReadClock) {
    this.#deps = deps;
    this.#readClock = readClock;
  }

  /** @returns true while nothing may expire. */
  async check(): Promise<boolean> {
    const { db } = this.#deps;
    const older = await this.#olderDatabase();
    const now = await this.#readClock(db);
    const before = this.#before;
    const held = await inTransaction(db, async (tx) => {
      const row = await lockRetention(tx, new Date(now.databaseMs));
      const trouble = older ?? clockProblem(now, { before, lastSeenMs: row.lastSeenAt.getTime() });
      return this.#decide(tx, row, { now, trouble, uptimeSeconds: uptimeSeconds(now, before, row) });
    });
    this.#before = now;
    return held;
  }

  async #decide(
    tx: Transaction,
    row: RetentionRow,
    { now, trouble, uptimeSeconds: more }: { now: ClockReading; trouble: string | null; uptimeSeconds: number },
  ): Promise<boolean> {
    const { orgId } = this.#deps.installation;
    const seen = { lastSeenAt: new Date(now.databaseMs) };
    if (trouble !== null) {
      await saveRetention(tx, {
        ...seen,
        // A new reason begins a new hold, so that confirming the previous one does not end this one.
        ...{ heldSince: seen.lastSeenAt, heldBecause: trouble, waitedSeconds: 0 },
      });
      this.#emit(tx, retentionHeld(orgId, trouble));
      return true;
    }
    const waitedSeconds = row.waitedSeconds + more;
    const isOver = row.heldSince !== null && waitedSeconds >= waitSecondsMax(this.#deps);
    if (isOver) this.#emit(tx, retentionResumed(orgId, "waiting time"));
    await saveRetention(tx, isOver ? { ...seen, ...NO_HOLD } : { ...seen, waitedSeconds });
    return row.heldSince !== null && !isOver;
  }

  #emit(tx: Transaction, event: NewEvent): void {
    this.#deps.log(event.type === "retention.held" ? "warn" : "info", { evt: event.type, ...event.data });
    tx.emit(event);
  }

  /** Once per backend. A manifest with a later generation than the row proves that the database is an older backup. */
  async #olderDatabase(): Promise<string | null> {
    const { db, catalog, gateway, log } = this.#deps;
    for (const kind of catalog.kinds.filter((each) => !this.#compared.has(each))) {
      try {
        const surveyed = await gateway.surveyVolumes(kind);
        const rows = (await expectedVolumes(db, kind)).map(({ volume }) => volume);
        this.#compared.add(kind);
        // Skip held volumes, which were found earlier.
        const newer = rows.find(
          ({ id, generation, heldBecause }) =>
            heldBecause === null && (surveyed.get(id)?.manifest?.generation ?? 0) > generation,
        );
        if (newer) return `The database is older than the data: ${newer.workspaceName} was used after it was written.`;
      } catch (error) {
        log("warn", { msg: "manifests were not compared", backend: kind, error: String(error) });
      }
    }
    return null;
  }
}

const NO_HOLD = { heldSince: null, heldBecause: null, waitedSeconds: 0 };

/** Each replica adds only the time since the last run on any replica. */
const uptimeSeconds = (now: ClockReading, before: ClockReading | null, { lastSeenAt }: RetentionRow): number =>
  before === null
    ? 0
    : Math.max(0, Math.min(now.monotonicMs - before.monotonicMs, now.databaseMs - lastSeenAt.getTime()) / 1000);

const waitSecondsMax = ({ settings }: Pick<Deps, "settings">): number =>
  Math.max(LIMITS.expiryHoldHoursMin, settings.graceHours) * 3600;

export async function retentionNow(deps: Pick<Deps, "db" | "settings">): Promise<Retention> {
  const row = await findRetention(deps.db);
  if (!row?.heldSince || row.heldBecause === null) return { hold: null };
  const { heldSince, heldBecause: because, waitedSeconds } = row;
  return { hold: { since: heldSince.toISOString(), because, waitedSeconds, waitSecondsMax: waitSecondsMax(deps) } };
}

export const getRetention = (deps: Deps, _actor: Actor): Promise<Retention> => retentionNow(deps);

/**
 * The operator has checked, so deadlines count again. Does nothing when the hold has ended already.
 *
 * @throws DomainError `precondition_failed` when the operator confirmed another hold.
 */
export async function confirmRetention(deps: Deps, actor: Actor, { since }: ConfirmRetentionInput): Promise<Retention> {
  await inTransaction(deps.db, async (tx) => {
    const { heldSince, heldBecause } = await lockRetention(tx, await databaseTime(tx));
    if (heldSince === null) return;
    if (heldSince.getTime() !== Date.parse(since)) throw otherHold(heldSince, heldBecause);
    await saveRetention(tx, NO_HOLD);
    deps.log("info", { evt: "retention.resumed", by: actor.id });
    tx.emit(retentionResumed(deps.installation.orgId, actor.id));
  });
  return retentionNow(deps);
}

const otherHold = (heldSince: Date, because: string | null): DomainError => {
  const message = `Expiry is on hold for another reason than the one you confirmed: ${because} Check it, then confirm again.`;
  return new DomainError("precondition_failed", message, { details: { since: heldSince.toISOString(), because } });
};

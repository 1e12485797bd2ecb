import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Volume } from "@berth/domain";
import type { RandomBerth } from "./berth.ts";
import type { Ledger } from "./ledger.ts";
import { settled } from "./run-workspace.ts";

/** The grace period in this test: longer than a run, so that volumes expire only when time is advanced. */
export const GRACE_HOURS = 2;
const STEP_SECONDS = 50 * 60;
const STEPS = 3;
const CORRECTED_MS_MAX = 10_000;
/** How long Berth may take to order the erase. */
const ORDERED_MS_MAX = 60_000;
/** An erase runs at the lowest priority, so a busy host may delay it for minutes. */
const ERASED_MS_MAX = 300_000;

interface ExpiryOptions {
  berth: RandomBerth;
  ledger: Ledger;
  random: () => number;
}

/** Acts as the operator, who never confirms while the clock is wrong. @returns whether a hold was confirmed. */
export async function confirmHold({ berth, ledger }: ExpiryOptions): Promise<boolean> {
  if (!berth.clock.wasRight()) return false;
  const { data } = await berth.call("retention.get");
  if (!data.hold) return false;
  ledger.clockConfirmed();
  return (await berth.call("retention.confirm", { since: data.hold.since }, randomUUID())).status === 200;
}

/** Creates and deletes a workspace, then advances time past the grace period. @returns why its volume did not expire. */
export async function expireGracePeriod(options: ExpiryOptions): Promise<string[]> {
  const { berth, ledger, random } = options;
  await berth.clock.setError(0);
  const correctedBy = performance.now() + CORRECTED_MS_MAX;
  while (!berth.clock.wasRight() && performance.now() < correctedBy) await pause(200);
  const name = `expires-${randomUUID()}`;
  const created = await berth.call("workspaces.create", { name, compute: { dataPersistence: "auto" } }, randomUUID());
  const id: string | undefined = created.data?.workspace?.id;
  if (id === undefined) return [`create: ${created.text}`];
  await settled(berth, id, "online");
  const volumeId: string = (await berth.call("workspaces.get", { id })).data.volume.id;
  const { status } = await berth.put(id, "expires.txt", name);
  if (status < 300) ledger.written(volumeId, id, "expires.txt", name);
  ledger.retained(volumeId, "sure");
  await berth.call("workspaces.delete", { id, confirmName: name }, randomUUID());
  await settled(berth, id, "deleted");

  // Either in steps too small for a clock hold, or at once, which the operator then confirms.
  const steps = random() < 0.5 ? STEPS : 1;
  await ledger.whileGracePasses(async () => {
    for (let step = 0; step < steps; step += 1) {
      await berth.clock.pass((STEP_SECONDS * STEPS) / steps);
      await pause(4000);
    }
  });
  const passedAt = performance.now();
  for (;;) {
    await confirmHold(options);
    const { data } = await berth.call("volumes.get", { id: volumeId });
    if (data.state === "erased") return [];
    if (data.heldBecause) return [`volume ${volumeId} is held: ${data.heldBecause}`];
    const msMax = data.state === "erasing" ? ERASED_MS_MAX : ORDERED_MS_MAX;
    if (performance.now() - passedAt > msMax) {
      const { hold } = (await berth.call("retention.get")).data;
      return [`volume ${volumeId} is still ${data.state}, expiry hold: ${JSON.stringify(hold)}`];
    }
    await pause(1000);
  }
}

/** Adds the volumes that expired, as far as the current database knows. */
export async function recordExpired(berth: RandomBerth, seen: Set<string>): Promise<void> {
  const { data } = await berth.call("volumes.list", { state: "erased" });
  for (const { id } of data as Volume[]) {
    if (seen.has(id)) continue;
    const receipt = await berth.call("volumes.receipt", { id });
    if (receipt.data.reason === "retention_expired") seen.add(id);
  }
}

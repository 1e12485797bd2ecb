import { setTimeout as pause } from "node:timers/promises";
import { type EndCondition, Sentinels, type TestStore } from "@berth/backends/testing";
import { findVolume, insertVolume, insertWorkspace, markVolumeCreated, setVolume } from "@berth/db";
import { computeSchema, type DataPersistence, type Operation, type Workspace } from "@berth/domain";
import { expect } from "vitest";
import { confirmRetention, retentionNow } from "../loops/expiry-hold.ts";
import { eraseVolume, getReceipt, getVolume } from "../volumes/volumes.ts";
import { createWorkspace } from "../workspaces/create.ts";
import { type Harness, openHarnessOver } from "./harness.ts";
import type { Replica } from "./replica.ts";
import { newWorkspace, until } from "./scenario.ts";

/** A workspace without an instance, and the checksum of its volume's data. */
export interface SeededVolume {
  workspace: Pick<Workspace, "id" | "name">;
  volumeId: string;
  checksum: string | null;
}

/** One volume for each way to erase data, and one that must never be erased. */
export interface SeededVolumes {
  /** Belongs to a deleted workspace. A person erases it by name. */
  retained: SeededVolume;
  /** Belongs to a deleted workspace whose grace time the test can end. */
  expiring: SeededVolume;
  /** Belongs to a hibernated workspace that a person deletes with its data. */
  deletable: SeededVolume;
  /** Belongs to a hibernated workspace. */
  kept: SeededVolume;
}

/** File timestamps have a resolution of a few milliseconds. */
const TICK_MS = 25;
/** Enough for the boot of a real machine on a busy host. */
const BOOT_MS_MAX = 100_000;

/**
 * An installation with one running workspace, on a store that a test can damage. The test starts and stops the API;
 * each start reopens the backend.
 */
export class StoreFixture implements AsyncDisposable {
  readonly store: TestStore;
  readonly harness: Harness;
  #api: Replica | null = null;
  #live: { workspace: Workspace; planted: Sentinels } | null = null;
  readonly #begun = new Set<EndCondition>();
  #sweeps = 0;
  #names = 0;

  private constructor(store: TestStore, harness: Harness) {
    this.store = store;
    this.harness = harness;
  }

  static async open(store: TestStore, databaseServerUrl?: string): Promise<StoreFixture> {
    const fixture = new StoreFixture(
      store,
      await openHarnessOver(store, {
        ...(databaseServerUrl === undefined ? {} : { databaseServerUrl }),
        settings: { provisionTimeoutSeconds: BOOT_MS_MAX / 1000 },
        started: false,
      }),
    );
    await fixture.startApi();
    await fixture.#startLive();
    return fixture;
  }

  async #startLive(): Promise<void> {
    const { harness } = this;
    const input = newWorkspace({ name: "live", compute: { dataPersistence: "persist" } });
    const { workspace } = await createWorkspace(harness.deps, harness.actor, input);
    const isOnline = async () => (await harness.current(workspace)).status === "online";
    await until(isOnline, "the first machine is online", BOOT_MS_MAX);
    const planted = await Sentinels.plant(await harness.filesOf(workspace), "/workspace");
    this.#live = { workspace, planted };
  }

  async startApi(): Promise<void> {
    this.#api = await this.harness.startReplica({
      backend: this.store.reopen(),
      changeGateway: (gateway) => ({
        ...gateway,
        listVolumes: (kind) => {
          this.#sweeps += 1;
          return gateway.listVolumes(kind);
        },
      }),
    });
  }

  async stopApi(): Promise<void> {
    await this.#api?.stop();
    this.#api = null;
  }

  /** Puts the store into a condition. @returns a function that ends it. If the test fails first, `settle` ends it. */
  async begin(condition: (store: TestStore) => Promise<EndCondition>): Promise<EndCondition> {
    const end = await condition(this.store);
    this.#begun.add(end);
    return async () => {
      this.#begun.delete(end);
      await end();
    };
  }

  async restartApi(): Promise<void> {
    await this.stopApi();
    await this.startApi();
  }

  /** Waits until every loop has run a few times. The retention loop has the same period as the sweep. */
  async runLoops(): Promise<void> {
    const enough = this.#sweeps + 4;
    await until(async () => this.#sweeps >= enough, "the sweep runs");
  }

  /** Creates a hibernated workspace with data but without starting an instance, which takes long on real backends. */
  async keep(dataPersistence: DataPersistence): Promise<SeededVolume> {
    const { db, installation } = this.harness.deps;
    const { kind, volumes } = this.harness.backend;
    this.#names += 1;
    const { orgId } = installation;
    const name = `kept ${this.#names}`;
    const workspace = await insertWorkspace(db, {
      ...{ orgId, name, runtime: "shell", model: "m", tier: 2, backend: kind, desired: "hibernated" },
      ...{ status: "hibernated", compute: computeSchema.parse({ dataPersistence }) },
    });
    const { id } = await insertVolume(db, { orgId, workspaceId: workspace.id, workspaceName: name, backend: kind });
    await volumes.create(id);
    await this.store.plant(id);
    await pause(TICK_MS);
    const data = { workspace, volumeId: id, checksum: await this.store.checksum(id) };
    await this.writeManifest(data, { generation: 1, retainedUntil: null });
    await markVolumeCreated(db, id);
    await setVolume(db, workspace.id, id, "intact");
    return data;
  }

  async seedVolumes(): Promise<SeededVolumes> {
    const kept: SeededVolume[] = [];
    for (const setting of ["persist", "auto", "persist", "persist"] as const) kept.push(await this.keep(setting));
    const [retained, expiring, deletable, last] = kept as [SeededVolume, SeededVolume, SeededVolume, SeededVolume];
    await Promise.all([this.harness.deleted(retained.workspace), this.harness.deleted(expiring.workspace)]);
    return { retained, expiring, deletable, kept: last };
  }

  /** Writes the manifest with the row's generation, like a start or a new deadline. */
  async writeManifest(
    { workspace, volumeId }: Pick<SeededVolume, "workspace" | "volumeId">,
    { generation, retainedUntil }: { generation: number; retainedUntil: string | null },
  ): Promise<void> {
    const manifest = { workspaceId: workspace.id, generation, retainedUntil, writtenAt: new Date().toISOString() };
    await this.harness.backend.volumes.writeManifest(volumeId, manifest);
    await this.harness.sql("update volumes set generation = $2 where id = $1", [volumeId, generation]);
  }

  /**
   * Moves the deadline in the manifest into the past. @returns a function that does so in the row, which lets it
   * expire.
   */
  async endGraceOf({ workspace, volumeId }: SeededVolume): Promise<() => Promise<void>> {
    const row = await findVolume(this.harness.deps.db, volumeId);
    const retainedUntil = new Date(Date.now() - 1000).toISOString();
    await this.writeManifest({ workspace, volumeId }, { generation: row?.generation ?? 1, retainedUntil });
    return async () => {
      await this.harness.sql("update volumes set retained_until = $2 where id = $1", [volumeId, retainedUntil]);
    };
  }

  /** Replaces the data, like an instance that writes. */
  async use(data: SeededVolume): Promise<SeededVolume> {
    await this.store.plant(data.volumeId);
    await pause(TICK_MS);
    return { ...data, checksum: await this.store.checksum(data.volumeId) };
  }

  erase = ({ workspace, volumeId }: SeededVolume): Promise<Operation> =>
    eraseVolume(this.harness.deps, this.harness.actor, { id: volumeId, confirmName: workspace.name });

  volume = ({ volumeId }: SeededVolume) => getVolume(this.harness.deps, this.harness.actor, { id: volumeId });
  receipt = ({ volumeId }: SeededVolume) => getReceipt(this.harness.deps, this.harness.actor, { id: volumeId });

  /**
   * Waits until an operation has had `attempts` attempts and its error matches. An interrupted attempt may report less.
   */
  async expectMessage({ id }: Operation, expected: RegExp, attempts = 1): Promise<void> {
    let message: string | undefined;
    await until(async () => {
      await this.retryNow();
      const [row] = await this.harness.sql<{ error: { message: string } | null; attempt: number }>(
        "select error, attempt from operations where id = $1",
        [id],
      );
      message = row?.error?.message;
      return row !== undefined && row.attempt >= attempts && message !== undefined && expected.test(message);
    }, `the operation reports ${expected}`).catch((error: unknown) => {
      throw new Error(`The operation reports: ${message}`, { cause: error });
    });
  }

  /** Makes all queued operations due now. */
  async retryNow(): Promise<void> {
    await this.harness.sql("update operations set run_at = now() where status = 'queued'");
  }

  async expectBytes(...all: SeededVolume[]): Promise<void> {
    for (const { volumeId, checksum } of all) expect(await this.store.checksum(volumeId)).toBe(checksum);
  }

  async expectNoReceipt(...all: SeededVolume[]): Promise<void> {
    const ids = all.map(({ volumeId }) => volumeId);
    const receipts = await this.harness.sql(
      "select id from erase_orders where volume_id = any($1) and verified_at is not null",
      [ids],
    );
    expect(receipts).toEqual([]);
    for (const each of all) {
      expect((await this.volume(each)).state).not.toBe("erased");
      await expect(this.receipt(each)).rejects.toThrow();
    }
  }

  /** Expects a receipt, and that the store has no data of the volume. */
  async expectErased(data: SeededVolume, operation?: Operation): Promise<void> {
    if (operation) await this.harness.succeeded(operation);
    await until(async () => (await this.volume(data)).state === "erased", "the data is erased");
    expect(await this.receipt(data)).toMatchObject({ volumeId: data.volumeId });
    expect(await this.store.checksum(data.volumeId)).toBeNull();
  }

  /** Replaces the instance of the running workspace. */
  async restartLive(): Promise<void> {
    if (!this.#live) throw new Error("No workspace runs.");
    const { workspace } = this.#live;
    await this.harness.succeeded(await this.harness.request("restart", workspace));
    await this.expectLiveIntact();
  }

  async liveGeneration(): Promise<number | null> {
    return this.#live && (await this.harness.current(this.#live.workspace)).generation;
  }

  /** Expects that the running workspace has every byte, also after a change of its instance. */
  async expectLiveIntact(): Promise<void> {
    if (!this.#live) throw new Error("No workspace runs.");
    const { workspace, planted } = this.#live;
    await this.retryNow();
    const isOnline = async () => (await this.harness.current(workspace)).status === "online";
    await until(isOnline, "the workspace that runs is online", BOOT_MS_MAX);
    expect(await planted.found(await this.harness.filesOf(workspace))).toEqual(planted.planted);
  }

  /** Prepares the next test case: ends all conditions, starts the API and confirms any hold. */
  async settle(): Promise<void> {
    for (const end of this.#begun) await end();
    this.#begun.clear();
    if (!this.#api) await this.startApi();
    await this.confirmHold();
    // Backdate recoveries, so that instances lost in several test cases do not count as repeated losses.
    await this.harness.sql("update operations set created_at = created_at - interval '1 hour' where kind = 'recover'");
  }

  /** Confirms the hold as an operator does. It retries, because the loop may start another hold at the same moment. */
  async confirmHold(): Promise<void> {
    const { deps, actor } = this.harness;
    await until(async () => {
      const { hold } = await retentionNow(deps);
      return hold === null || (await confirmRetention(deps, actor, hold)).hold === null;
    }, "the hold is confirmed");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopApi();
    await this.harness[Symbol.asyncDispose]();
  }
}

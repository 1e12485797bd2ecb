import { randomUUID } from "node:crypto";
import type { BackendKind, EraseOrder } from "@berth/domain";
import { EraseOrder as Orders } from "@berth/domain/erase-order";
import { expect, type TestContext } from "vitest";
import type { Backend, IncarnationRef, InstanceSpec } from "../backend.ts";
import { type DaemonFiles, secretToken, type TunnelHarness } from "./tunnel-harness.ts";

/** One backend under test, freshly created, with everything its tests need. */
export interface ContractHarness extends AsyncDisposable {
  backend: Backend;
  tunnel: TunnelHarness;
  /** Another installation on the same engine. */
  other: Backend;
  /** A second process on the same engine and installation; a reason where the backend does not allow one. */
  replica: Backend | string;
  /** The same backend while its engine is unreachable. */
  unreachable: Backend;
  /** The same installation in a store without a marker, such as an unmounted disk or a new engine. */
  unmarked: Backend;
  /** The same installation in a store that carries another id than expected. */
  swapped: Backend;
  /** The engine's own listing instead of the backend's: one entry per instance of this incarnation. */
  machinesOf(incarnationId: string): Promise<string[]>;
  /** Creates one more instance of this incarnation outside the backend; a reason where the engine cannot. */
  startTwin: ((spec: InstanceSpec) => Promise<void>) | string;
  /** The folder on this host in which the backend keeps an instance; empty when there is none. */
  instanceFolder(incarnationId: string): string;
  /** Removes a part of a volume outside the backend. */
  losePart(volumeId: string): Promise<void>;
  /** Ends the instance outside the backend. */
  kill(ref: IncarnationRef): Promise<void>;
}

/** The harness of the running suite, opened before its first test. */
export type CurrentHarness = () => ContractHarness;

/** One row of the contract: the promise as a sentence, and the test that proves it. */
export type Promised = (sentence: string, body: (context: TestContext) => Promise<void>) => void;

declare module "vitest" {
  interface TaskMeta {
    /** On every test of the contract suite. */
    contract?: { subject: string; kind: BackendKind };
    /** The backend's message when it rejects the feature under test. */
    refusal?: string;
  }
}

/**
 * Records that the backend keeps a promise by rejecting the request, with the message for users. `docs/backends.md`
 * shows it.
 */
export function refused({ task }: TestContext, sentence: string): void {
  task.meta.refusal = sentence;
}

export interface ContractSubject {
  /** The title of its tests. Several subjects may have the same kind. */
  name: string;
  kind: BackendKind;
  open(): Promise<ContractHarness>;
}

export function newSpec(changes: Partial<InstanceSpec> = {}): InstanceSpec {
  const ids = { incarnationId: randomUUID(), workspaceId: randomUUID(), generation: 1, ...pickIds(changes) };
  return {
    ...ids,
    purpose: "workspace",
    volumeId: null,
    image: null,
    limits: { cpus: 1, memoryMb: 256, pids: 128, readOnlyRoot: false },
    enrolmentKey: randomUUID(),
    boot: { ...ids, tunnelToken: secretToken(), configTemplate: {}, command: null, environment: {} },
    ...changes,
  };
}

const pickIds = ({ incarnationId, workspaceId, generation }: Partial<InstanceSpec>) => ({
  ...(incarnationId === undefined ? {} : { incarnationId }),
  ...(workspaceId === undefined ? {} : { workspaceId }),
  ...(generation === undefined ? {} : { generation }),
});

export const provisionOptions = (): { signal: AbortSignal; onProgress(message: string): void } => ({
  signal: new AbortController().signal,
  onProgress: () => {},
});

type Online = Pick<ContractHarness, "backend" | "tunnel">;

/** Provisions and waits until the daemon has connected. */
export async function bringOnline({ backend, tunnel }: Online, spec: InstanceSpec): Promise<DaemonFiles> {
  tunnel.expect(spec);
  await backend.instances.provision(spec, provisionOptions());
  return tunnel.daemon(spec.incarnationId);
}

/** Starts a stopped instance and waits for its new daemon instead of the old connection. */
export async function startStopped({ backend, tunnel }: Online, ref: IncarnationRef): Promise<DaemonFiles> {
  await expect.poll(() => tunnel.isConnected(ref.incarnationId), { timeout: 10_000 }).toBe(false);
  await backend.instances.start(ref, tunnel.renewToken(ref.incarnationId));
  return tunnel.daemon(ref.incarnationId);
}

export async function newVolume(backend: Backend): Promise<string> {
  const volumeId = randomUUID();
  await backend.volumes.create(volumeId);
  return volumeId;
}

/** Only tests and `packages/db` create orders; this one has no row. */
export const orderFor = (volumeId: string, backend: Backend): EraseOrder =>
  Orders.fromRow({
    id: randomUUID(),
    volumeId,
    backend: backend.kind,
    reason: "erase_now",
    requestedBy: "the contract suite",
    requestedAt: new Date(),
  });

/** For `rejects`: a `DomainError` whose problem has these fields. */
export const problem = (fields: { code: string; retryable?: boolean }): unknown =>
  expect.objectContaining({ problem: expect.objectContaining(fields) });

/** Claims the stores as the services do at first contact, but without a database. */
export async function claimStore(...backends: readonly Backend[]): Promise<void> {
  for (const { store } of backends) store.expect(await store.claim([]));
}

/** Removes everything that the installation still has, so that a failed test leaves no resources behind. */
export async function removeEverything(backend: Backend): Promise<void> {
  await Promise.all((await backend.instances.list()).map((each) => backend.instances.destroy(each)));
  for (const volumeId of await backend.volumes.list()) await backend.eraser.erase(orderFor(volumeId, backend));
}

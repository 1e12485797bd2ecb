import type { BackendKind } from "@berth/domain";
import type { Backend, IncarnationRef, InstanceSpec } from "../backend.ts";
import { type ContractHarness, orderFor } from "./contract-harness.ts";

/** A way to break a backend, and the contract sentences that must fail as a result. */
export interface PlantedFault {
  /** Completes the sentence "a backend that …". */
  name: string;
  /**
   * Sentences of the contract, each with a pattern for its failure: a failure for another reason proves
   * nothing.
   */
  caughtBy: Readonly<Record<string, RegExp>>;
  /** Kinds on which this is not a fault, each with the reason. */
  noFaultOn?: Readonly<Partial<Record<BackendKind, string>>>;
  /** The parts of the harness that the fault replaces. */
  plant(harness: ContractHarness): Partial<Pick<ContractHarness, "backend" | "unreachable" | "unmarked" | "swapped">>;
}

/** Each fault breaks one promise of `backend.ts` on every backend by wrapping the real one. */
export const PLANTED_FAULTS: readonly PlantedFault[] = [
  {
    name: "starts a second machine when a start is repeated",
    caughtBy: { "a repeated provision keeps the running instance": /length of 1 but got 2/ },
    noFaultOn: { memory: "Its instances live in one process, so there cannot be a second one." },
    plant({ backend, startTwin }) {
      if (typeof startTwin === "string") throw new Error(startTwin);
      const started = new Set<string>();
      return withInstances(backend, {
        async provision(spec, options) {
          await backend.instances.provision(spec, options);
          if (started.has(spec.incarnationId)) await startTwin(spec);
          started.add(spec.incarnationId);
        },
      });
    },
  },
  {
    name: "destroys every instance of the workspace instead of the given incarnation",
    caughtBy: { "destroying an older incarnation keeps the newer one running": /expected 'absent' to be 'running'/ },
    plant: ({ backend }) =>
      withInstances(backend, {
        async destroy({ workspaceId }) {
          for (const each of await backend.instances.list()) {
            if (each.workspaceId === workspaceId) await backend.instances.destroy(each);
          }
        },
      }),
  },
  {
    name: "destroys the data volume with the machine",
    caughtBy: { "every byte of a volume survives three incarnations": /expected 'absent' to be 'present'/ },
    plant: ({ backend }) => afterDestroying(backend, (volumeId) => backend.eraser.erase(orderFor(volumeId, backend))),
  },
  {
    name: "replaces the destroyed volume with an empty one",
    caughtBy: { "every byte of a volume survives three incarnations": /not found/ },
    plant: ({ backend }) =>
      afterDestroying(backend, async (volumeId) => {
        await backend.eraser.erase(orderFor(volumeId, backend));
        await backend.volumes.create(volumeId);
      }),
  },
  {
    name: "loses bytes when a machine is swapped",
    caughtBy: { "every byte of a volume survives three incarnations": /to deeply equal/ },
    plant: ({ backend, tunnel }) =>
      withInstances(backend, {
        async destroy(ref) {
          if (tunnel.isConnected(ref.incarnationId)) {
            await (await tunnel.daemon(ref.incarnationId)).write("/workspace", "/plain.txt", Buffer.from("lost"));
          }
          await backend.instances.destroy(ref);
        },
      }),
  },
  {
    name: "stops a machine by destroying it",
    caughtBy: {
      "stop, destroy and start are idempotent, and an unknown instance counts as destroyed":
        /expected 'absent' to be 'stopped'/,
    },
    plant: ({ backend }) => withInstances(backend, { stop: (ref) => backend.instances.destroy(ref) }),
  },
  {
    name: "reports absence when the engine is unreachable",
    caughtBy: { "an unreachable engine makes everything unknown and nothing absent": /to deeply equal/ },
    plant: ({ unreachable }) => ({
      unreachable: withInstances(unreachable, { observe: async () => ({ state: "absent", reason: null }) }).backend,
    }),
  },
  {
    name: "lists nothing when the engine is unreachable",
    caughtBy: { "an unreachable engine makes everything unknown and nothing absent": /instead of rejecting/ },
    plant: ({ unreachable }) => ({
      unreachable: withInstances(unreachable, { list: async () => [] }).backend,
    }),
  },
  {
    name: "takes an unmounted store for an empty one",
    caughtBy: {
      "in a store without a marker nothing counts as absent, and nothing is created, started or erased":
        /expected 'absent' to be 'unknown'/,
    },
    plant: ({ unmarked }) => ({
      unmarked: withVolumes(unmarked, {
        observe: async () => ({ presence: "absent", missingParts: [], reason: null }),
      }).backend,
    }),
  },
  {
    name: "reports a partial volume as present",
    caughtBy: {
      "a volume with a missing part is partial, names the part, and no instance starts on it": /presence: 'partial'/,
    },
    plant: ({ backend }) =>
      withVolumes(backend, {
        async observe(volumeId) {
          const seen = await backend.volumes.observe(volumeId);
          return seen.presence === "partial" ? { presence: "present", missingParts: [], reason: null } : seen;
        },
      }),
  },
  {
    name: "does not keep the manifest of a volume",
    caughtBy: { "a manifest is stored next to the data until the data is erased": /to deeply equal/ },
    plant: ({ backend }) => withVolumes(backend, { writeManifest: async () => {} }),
  },
  {
    name: "proves an erase in another store than the data is in",
    caughtBy: {
      "in a store with another marker nothing counts as absent, and nothing is created, started or erased":
        /to match object/,
    },
    plant: ({ swapped }) => ({
      swapped: withEraser(swapped, { proveAbsent: async () => ({ presence: "absent", method: "a listing" }) }).backend,
    }),
  },
  {
    name: "claims any store at first contact",
    caughtBy: { "a store without a known volume is not claimed": /instead of rejecting/ },
    plant: ({ backend }) => ({
      backend: replaced(backend, { store: replaced(backend.store, { claim: () => backend.store.claim([]) }) }),
    }),
  },
  {
    name: "proves an erase without checking",
    caughtBy: {
      "erase removes every byte, a separate check proves it, and repeating it is harmless":
        /presence: 'absent'.* to deeply equal/,
    },
    plant: ({ backend }) => withEraser(backend, { proveAbsent: async () => ({ presence: "absent", method: "none" }) }),
  },
  {
    name: "reports an erase but keeps the bytes",
    caughtBy: {
      "erase removes every byte, a separate check proves it, and repeating it is harmless":
        /presence: 'present'.* to deeply equal/,
    },
    plant: ({ backend }) => withEraser(backend, { erase: async () => {} }),
  },
  {
    name: "erases a volume that an instance holds",
    caughtBy: {
      "erase is refused while a running instance holds the volume": /instead of rejecting/,
      "erase is refused while a stopped instance holds the volume": /instead of rejecting/,
    },
    plant({ backend }) {
      const holders = new Map<string, IncarnationRef>();
      const { provision } = noting(backend, (spec) => holders.set(spec.volumeId ?? "", spec));
      const planted = withEraser(backend, {
        async erase(order) {
          const holder = holders.get(order.volumeId);
          if (holder) await backend.instances.destroy(holder);
          await backend.eraser.erase(order);
        },
      });
      return withInstances(planted.backend, { provision });
    },
  },
  {
    name: "creates an empty volume where the data is missing",
    caughtBy: { "an instance does not start on a missing volume": /instead of rejecting/ },
    plant: ({ backend }) =>
      withInstances(backend, {
        async provision(spec, options) {
          if (spec.volumeId !== null) await backend.volumes.create(spec.volumeId);
          await backend.instances.provision(spec, options);
        },
      }),
  },
  {
    name: "destroys instances of another installation",
    caughtBy: {
      "resources of another installation are neither listed nor changed": /expected 'absent' to be 'running'/,
    },
    plant: ({ backend, other }) =>
      withInstances(backend, {
        async destroy(ref) {
          await backend.instances.destroy(ref);
          await other.instances.destroy(ref);
        },
      }),
  },
  {
    name: "ignores the image of the spec",
    caughtBy: { "compute.image selects an image": /instead of rejecting/ },
    noFaultOn: { docker: "It has images." },
    plant({ backend }) {
      const { instances } = backend;
      return withInstances(backend, {
        provision: (spec, options) => instances.provision({ ...spec, image: null }, options),
      });
    },
  },
  {
    name: "starts an instance although the start was cancelled",
    caughtBy: { "a start that is already cancelled does not begin": /instead of rejecting/ },
    plant: ({ backend }) =>
      withInstances(backend, {
        provision: (spec, options) =>
          backend.instances.provision(spec, { ...options, signal: new AbortController().signal }),
      }),
  },
  {
    name: "exposes the daemon's token to programs",
    caughtBy: {
      "programs cannot read the daemon's token from environments, arguments or files": /berth-secret-/,
    },
    noFaultOn: {
      memory: "Its daemons live in the process of the API.",
      ec2: "Its machines fetch their environment from the API, which this fault does not change.",
    },
    plant: ({ backend }) =>
      withInstances(backend, {
        provision: ({ boot, ...spec }, options) => {
          const environment = { ...boot.environment, TOKEN: boot.tunnelToken };
          return backend.instances.provision({ ...spec, boot: { ...boot, environment } }, options);
        },
      }),
  },
  {
    name: "hands over the same token at every start",
    caughtBy: { "each start gives the daemon a new token, even on the same machine": /timeout/ },
    noFaultOn: { ec2: "Its machines ask for the token of each start." },
    plant({ backend }) {
      const first = new Map<string, string>();
      const { provision } = noting(backend, (spec) => first.set(spec.incarnationId, spec.boot.tunnelToken));
      const start = (ref: IncarnationRef, token: string) =>
        backend.instances.start(ref, first.get(ref.incarnationId) ?? token);
      return withInstances(backend, { provision, start });
    },
  },
  {
    name: "keeps no log of an instance that could not start",
    caughtBy: {
      "the boot log of an instance that failed to start shows the reason": /expected '' to contain 'tunnelToken'/,
    },
    plant: ({ backend }) =>
      withInstances(backend, { bootLog: async () => ({ text: "", truncated: false, source: "process_log" }) }),
  },
];

const withInstances = (backend: Backend, changes: Partial<Backend["instances"]>): { backend: Backend } => ({
  backend: replaced(backend, { instances: replaced(backend.instances, changes) }),
});

const withVolumes = (backend: Backend, changes: Partial<Backend["volumes"]>): { backend: Backend } => ({
  backend: replaced(backend, { volumes: replaced(backend.volumes, changes) }),
});

const withEraser = (backend: Backend, changes: Partial<Backend["eraser"]>): { backend: Backend } => ({
  backend: replaced(backend, { eraser: replaced(backend.eraser, changes) }),
});

/** The backend's own `provision`, which also passes each spec to `note`. */
const noting = (backend: Backend, note: (spec: InstanceSpec) => void): Pick<Backend["instances"], "provision"> => ({
  async provision(spec, options) {
    note(spec);
    await backend.instances.provision(spec, options);
  },
});

function afterDestroying(backend: Backend, spoil: (volumeId: string) => Promise<void>): { backend: Backend } {
  const volumes = new Map<string, string | null>();
  return withInstances(backend, {
    ...noting(backend, ({ incarnationId, volumeId }) => volumes.set(incarnationId, volumeId)),
    async destroy(ref) {
      await backend.instances.destroy(ref);
      const volumeId = volumes.get(ref.incarnationId);
      if (volumeId) await spoil(volumeId);
    },
  });
}

/** Replaces some members of an object. Other calls go to the object itself, because its fields are private. */
function replaced<T extends object>(thing: T, changes: Partial<T>): T {
  return new Proxy(thing, {
    get(target, name) {
      if (Object.hasOwn(changes, name)) return Reflect.get(changes, name);
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

import { openBackendGateway } from "@berth/backends";
import { type Backend, SealedBackend } from "@berth/backends/testing";
import { expect, test } from "vitest";
import { openCatalog } from "../backends/catalog.ts";
import { newWorkspace, openHarness } from "../testing/index.ts";
import { createWorkspace } from "../workspaces/create.ts";

test("slow starts on remote hosts delay neither local starts nor each other", async () => {
  await using harness = await openHarness({ started: false });
  const { backend } = harness;
  const elsewhere: Backend = {
    ...backend,
    kind: "ec2",
    capabilities: { ...backend.capabilities, ownMachine: true },
    health: async () => ({ healthy: true, reason: null }),
  };
  const both = [backend, elsewhere].map((each) => new SealedBackend(each));
  Object.assign(harness.deps, {
    catalog: openCatalog(
      openBackendGateway(
        both,
        () => {},
        async () => {},
      ),
    ),
  });
  const booting = new Set<string>();
  await harness.startReplica({
    reconciler: { startsMax: 1, othersMax: 1 },
    changeGateway: (gateway) => ({
      ...gateway,
      list: async (kind) => (kind === "ec2" ? [] : gateway.list(kind)),
      createVolume: async (kind, ...rest) => (kind === "ec2" ? undefined : gateway.createVolume(kind, ...rest)),
      listVolumes: async (kind) => (kind === "ec2" ? [] : gateway.listVolumes(kind)),
      writeManifest: async (kind, ...rest) => (kind === "ec2" ? undefined : gateway.writeManifest(kind, ...rest)),
      surveyVolumes: async (kind) => (kind === "ec2" ? new Map() : gateway.surveyVolumes(kind)),
      provision(kind, spec, options) {
        if (kind !== "ec2") return gateway.provision(kind, spec, options);
        booting.add(spec.workspaceId);
        return new Promise((_, reject) => {
          options.signal.addEventListener("abort", () => reject(options.signal.reason as Error));
        });
      },
    }),
  });
  const far = [];
  for (let index = 0; index < 3; index += 1) {
    const { workspace } = await createWorkspace(
      harness.deps,
      harness.actor,
      newWorkspace({ compute: { backend: "ec2" } }),
    );
    far.push(workspace);
  }
  await expect.poll(() => [...booting].sort()).toEqual(far.map(({ id }) => id).sort());
  await harness.online({ compute: { backend: "memory" } });
  for (const workspace of far) expect((await harness.current(workspace)).status).toBe("provisioning");
});

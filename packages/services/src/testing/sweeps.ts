import { listEvents } from "../events/feed.ts";
import { listVolumes } from "../volumes/volumes.ts";
import type { Harness } from "./harness.ts";
import type { ReplicaOptions } from "./replica.ts";
import { until } from "./scenario.ts";

export const quarantined = ({ deps, actor }: Harness) => listVolumes(deps, actor, { state: "quarantined" });

/** The events of volumes that entered this state, oldest first. */
export const volumeEvents = async ({ deps, actor }: Harness, state: string) => {
  const { items } = await listEvents(deps, actor, { limit: 500, types: ["volume.state_changed"] });
  return items.filter((event) => event.type === "volume.state_changed").filter(({ data }) => data.state === state);
};

export const wasLogged = ({ logged }: Harness, evt: string) => logged.filter((record) => record.evt === evt);

/** Starts a replica that counts sweeps by their volume listings, and fails the listings that `fails` selects. */
export async function countSweeps(harness: Harness, fails: (sweep: number) => boolean, options: ReplicaOptions = {}) {
  const sweeps = { count: 0, succeeded: 0 };
  const replica = await harness.startReplica({
    ...options,
    changeGateway: (gateway) => ({
      ...gateway,
      async listVolumes(kind) {
        sweeps.count += 1;
        if (fails(sweeps.count)) throw new Error("the engine does not respond");
        const found = await gateway.listVolumes(kind);
        sweeps.succeeded += 1;
        return found;
      },
    }),
  });
  return { sweeps, replica };
}

export const waitForSweeps = async (sweeps: { count: number }, more = 6) => {
  const enough = sweeps.count + more;
  await until(async () => sweeps.count >= enough, "the sweep runs again");
};

import type { DaemonSession } from "@berth/backends/tunnel";
import { DAEMON_ROUTES, type TreeManifest } from "@berth/domain";
import type { Harness } from "./harness.ts";

/** Responds to all manifest requests in place of the daemons, until it is stopped. */
export function fakeManifests(
  { deps }: Pick<Harness, "deps">,
  response: TreeManifest | ((count: number) => TreeManifest),
): { stop(): void } {
  let [count, stopped] = [0, false];
  const store = (session: DaemonSession) => {
    const json = session.json.bind(session);
    const responding: typeof json = async (call, body) => {
      if (stopped || call.route !== DAEMON_ROUTES.manifest) return json(call, body);
      count += 1;
      return (typeof response === "function" ? response(count) : response) as Awaited<
        ReturnType<typeof json<typeof call>>
      >;
    };
    session.json = responding;
  };
  for (const session of deps.tunnel.sessions()) store(session);
  deps.tunnel.prependListener("connected", store);
  return {
    stop() {
      stopped = true;
      deps.tunnel.off("connected", store);
    },
  };
}

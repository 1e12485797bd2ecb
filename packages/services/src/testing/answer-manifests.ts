import type { DaemonSession } from "@berth/backends/tunnel";
import { DAEMON_ROUTES, type TreeManifest } from "@berth/domain";
import type { Harness } from "./harness.ts";

/** Answers all manifest requests instead of the daemons, until it is stopped. */
export function answerManifests(
  { deps }: Pick<Harness, "deps">,
  answer: TreeManifest | ((count: number) => TreeManifest),
): { stop(): void } {
  let [count, stopped] = [0, false];
  const store = (session: DaemonSession) => {
    const json = session.json.bind(session);
    const answering: typeof json = async (call, body) => {
      if (stopped || call.route !== DAEMON_ROUTES.manifest) return json(call, body);
      count += 1;
      return (typeof answer === "function" ? answer(count) : answer) as Awaited<ReturnType<typeof json<typeof call>>>;
    };
    session.json = answering;
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

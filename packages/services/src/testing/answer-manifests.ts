import { Readable } from "node:stream";
import type { DaemonSession } from "@berth/backends/tunnel";
import { DAEMON_ROUTES, type TreeManifest } from "@berth/domain";
import type { Bench } from "./bench.ts";

/** Answers every question for a manifest in the daemons' place, until it is stopped. */
export function answerManifests(
  { deps }: Pick<Bench, "deps">,
  answer: TreeManifest | ((count: number) => TreeManifest),
): { stop(): void } {
  let [count, stopped] = [0, false];
  const rig = (session: DaemonSession) => {
    const request = session.request.bind(session);
    session.request = async (call) => {
      if (stopped || call.route !== DAEMON_ROUTES.manifest) return request(call);
      count += 1;
      const body = JSON.stringify(typeof answer === "function" ? answer(count) : answer);
      return { status: 200, headers: {}, body: Readable.from([Buffer.from(body)]) };
    };
  };
  for (const session of deps.tunnel.sessions()) rig(session);
  deps.tunnel.prependListener("connected", rig);
  return {
    stop() {
      stopped = true;
      deps.tunnel.off("connected", rig);
    },
  };
}

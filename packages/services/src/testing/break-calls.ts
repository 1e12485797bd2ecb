import { Readable } from "node:stream";
import type { DaemonCall, DaemonSession } from "@berth/backends/tunnel";
import { DAEMON_ROUTES } from "@berth/domain";
import type { Harness } from "./harness.ts";

/** Makes the first `times` calls of one kind fail, on any daemon of the harness. */
export function breakCalls(
  { deps }: Pick<Harness, "deps">,
  what: string,
  times: number,
): { readonly count: number; stop(): void } {
  let [count, stopped] = [0, false];
  const hits = (method: string, route: string) =>
    !stopped &&
    count < times &&
    ((what === "quiesce" && route === DAEMON_ROUTES.quiesce) ||
      (what === "read the old files" && route === DAEMON_ROUTES.archive && method === "GET") ||
      (what === "write the new files" && route === DAEMON_ROUTES.archive && method === "PUT"));
  const store = (session: DaemonSession) => {
    const breaking = <C extends DaemonCall>(send: (call: C, body?: object) => Promise<unknown>) => {
      return async (call: C, body?: object) => {
        if (!hits(call.method, call.route)) return send(call, body);
        count += 1;
        if (call.method !== "PUT") throw new Error("broken on purpose");
        // Send only the first part. The partial copy that this leaves behind must be removed.
        const half = call.body instanceof Readable ? Readable.from(firstBytes(call.body, 2000)) : call.body;
        await send({ ...call, ...(half === undefined ? {} : { body: half }) }, body).catch(() => {});
        throw new Error("broken on purpose");
      };
    };
    session.json = breaking(session.json.bind(session)) as DaemonSession["json"];
    session.bytes = breaking(session.bytes.bind(session)) as DaemonSession["bytes"];
  };
  for (const session of deps.tunnel.sessions()) store(session);
  deps.tunnel.prependListener("connected", store);
  return {
    get count() {
      return count;
    },
    stop() {
      stopped = true;
    },
  };
}

async function* firstBytes(body: Readable, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) return;
  }
}

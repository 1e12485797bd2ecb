import type { Duplex } from "node:stream";
import { type DaemonSession, openPortStream } from "@berth/backends/tunnel";
import { listLiveShares } from "@berth/db";
import {
  type Actor,
  DAEMON_ROUTES,
  DomainError,
  type ListPortsInput,
  type PortListener,
  type WorkspacePort,
} from "@berth/domain";
import type { Deps } from "../deps.ts";
import { runningDaemonOf } from "../files/daemon-of.ts";
import { previewOrigin } from "./addresses.ts";
import { presentShare } from "./shares.ts";

/** The ports that programs of the workspace listen on, and those that are shared. Does not start a stopped workspace. */
export async function listPorts(
  deps: Deps,
  actor: Actor,
  { workspaceId }: ListPortsInput,
  signal: AbortSignal,
): Promise<{ items: WorkspacePort[] }> {
  const session = await runningDaemonOf(deps, actor, workspaceId, { wakes: false, signal });
  const [listeners, shares] = await Promise.all([listenersOf(session, signal), listLiveShares(deps.db, workspaceId)]);
  const shared = Map.groupBy(shares, ({ port }) => port);
  const listening = new Set(listeners.map(({ port }) => port));
  const silent = [...shared.keys()]
    .filter((port) => !listening.has(port))
    .map((port) => ({ port, address: null, process: null }));
  const items = [...listeners, ...silent].map(({ port, address, process }) => {
    const origin = previewOrigin(deps, { workspaceId, port });
    const sharesOfPort = (shared.get(port) ?? []).map((share) => presentShare(deps, share));
    return { port, address, process, previewUrl: origin === null ? null : `${origin}/`, shares: sharesOfPort };
  });
  return { items: items.sort((left, right) => left.port - right.port) };
}

/** One per port: a server often listens on an IPv4 and an IPv6 address. */
async function listenersOf(session: DaemonSession, signal: AbortSignal): Promise<PortListener[]> {
  const { listeners } = await fromDaemon(session.json({ method: "GET", route: DAEMON_ROUTES.ports, signal }));
  return [...new Map(listeners.toReversed().map((listener) => [listener.port, listener])).values()].toReversed();
}

export interface PortPlace {
  workspaceId: string;
  port: number;
}

/**
 * Connects to a port inside the workspace. Does not start a stopped workspace.
 *
 * @throws DomainError `port_not_listening`, `workspace_not_running`
 */
export async function openPort(
  deps: Deps,
  actor: Actor,
  { workspaceId, port }: PortPlace,
  signal: AbortSignal,
): Promise<Duplex> {
  const session = await runningDaemonOf(deps, actor, workspaceId, { wakes: false, signal });
  try {
    return await fromDaemon(openPortStream(session, port, signal));
  } catch (error) {
    throw error instanceof DomainError && error.problem.code === "port_not_listening" ? notListening(port) : error;
  }
}

const notListening = (port: number): DomainError =>
  new DomainError(
    "port_not_listening",
    `Nothing listens on port ${port} in the workspace. Start a server there, e.g. with commands.start, or see ports.list for the ports that are open.`,
    { details: { port } },
  );

async function fromDaemon<T>(response: Promise<T>): Promise<T> {
  try {
    return await response;
  } catch (error) {
    throw error instanceof DomainError && error.problem.code === "not_found" ? tooOld() : error;
  }
}

const tooOld = (): DomainError =>
  new DomainError(
    "workspace_not_running",
    "This workspace was started by an earlier version of Berth, which has no ports. Restart the workspace.",
  );

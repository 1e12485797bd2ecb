import { DomainError } from "./errors.ts";

/** The caller. `workspaceId` is set for a workspace token, which only reaches that workspace. */
export interface Actor {
  kind: "owner" | "org" | "workspace";
  /** Stable id for the audit trail and for per-user state such as the viewport. */
  id: string;
  name: string;
  orgId: string;
  role: "owner" | "member" | "workspace";
  workspaceId: string | null;
}

/**
 * `anyone`: no token. `actor`: any valid token. `workspace`: an org or owner token, or the token of the named
 * workspace. `org`: an org or owner token. `owner`: the token or session of the owner.
 */
export type Access = "anyone" | "actor" | "workspace" | "org" | "owner";

/**
 * The required access of every procedure and route. A test fails for one that is missing here, and for an unused
 * entry.
 */
export const ACCESS = {
  "session.get": "actor",
  "system.info": "actor",
  "workspaces.create": "org",
  "workspaces.get": "workspace",
  "workspaces.list": "org",
  "workspaces.update": "org",
  "workspaces.configure": "org",
  "workspaces.restart": "org",
  "workspaces.pause": "org",
  "workspaces.resume": "org",
  "workspaces.hibernate": "org",
  "workspaces.wake": "org",
  "workspaces.deletePreview": "org",
  "workspaces.delete": "org",
  "workspaces.restore": "org",
  "workspaces.bootLog": "workspace",
  "workspaces.agentLog": "workspace",
  "workspaces.metrics": "workspace",
  "operations.get": "org",
  "operations.list": "org",
  "operations.durations": "org",
  "canvas.snapshot": "org",
  "canvas.metrics": "org",
  "canvas.saveLayout": "org",
  "canvas.saveViewport": "org",
  "files.list": "workspace",
  "files.stat": "workspace",
  "files.read": "workspace",
  "files.write": "workspace",
  "files.makeDirectory": "workspace",
  "files.move": "workspace",
  "files.copy": "workspace",
  "files.delete": "workspace",
  "files.search": "workspace",
  "files.searchStream": "workspace",
  "files.watch": "workspace",
  "terminals.create": "workspace",
  "terminals.list": "workspace",
  "terminals.close": "workspace",
  "commands.run": "workspace",
  "commands.start": "workspace",
  "commands.get": "workspace",
  "commands.list": "workspace",
  "commands.output": "workspace",
  "commands.write": "workspace",
  "commands.signal": "workspace",
  "ports.list": "workspace",
  "ports.share": "workspace",
  /** Its input names the share. The service limits a workspace's token to its own. */
  "ports.revoke": "actor",
  "volumes.list": "org",
  "volumes.get": "org",
  "volumes.adopt": "org",
  "volumes.erase": "org",
  "volumes.receipt": "org",
  "retention.get": "org",
  "retention.confirm": "owner",
  "events.list": "org",
  "events.subscribe": "org",
  "tokens.create": "owner",
  "tokens.list": "owner",
  "tokens.revoke": "owner",
  "GET /healthz": "anyone",
  "GET /readyz": "anyone",
  /** Loopback or the owner. Checked in the route, because only the socket has the address. */
  "GET /metrics": "anyone",
  "GET /llms.txt": "anyone",
  "GET /sign-in": "anyone",
  "POST /session": "anyone",
  "DELETE /session": "anyone",
  /** The token of the daemon, checked by the tunnel. */
  "GET /tunnel": "anyone",
  /** The token of an instance, checked in the route. For what it fetches at its first boot. */
  "GET /daemon/:incarnationId/:part": "anyone",
  "POST /daemon/:incarnationId/enrolment": "anyone",
  "POST /daemon/:incarnationId/steps": "anyone",
  /** A WebSocket. */
  "GET /terminal/:workspaceId/:terminalId": "workspace",
  /** MCP. Each tool has the access of its procedure. */
  "POST /mcp": "actor",
  /** Runs a command and streams its output. */
  "POST /exec/:workspaceId": "workspace",
  /** With any method. Only a bearer token counts. */
  "GET /port/:workspaceId/:port/*": "workspace",
  /** Hands a signed-in browser over to a preview. */
  "GET /preview/:workspaceId/:port": "workspace",
  "GET /files/:workspaceId/:root/*": "workspace",
  "HEAD /files/:workspaceId/:root/*": "workspace",
  "PUT /files/:workspaceId/:root/*": "workspace",
  "DELETE /files/:workspaceId/:root/*": "workspace",
  /** Download of a data volume, whether or not a workspace uses it. */
  "GET /volumes/:volumeId/:root/*": "org",
  /** The canvas: static files without user data. */
  "GET /*": "anyone",
} as const satisfies Record<string, Access>;

export type Action = keyof typeof ACCESS;

/**
 * The only authorisation function. It decides who may call an action; SQL limits rows to the caller's org.
 *
 * @throws DomainError `unauthenticated`, `forbidden`, or `not_found` when a workspace token names another workspace.
 */
export function authorize(actor: Actor | null, action: Action, workspaceId?: string): void {
  const access: Access | undefined = Object.hasOwn(ACCESS, action) ? ACCESS[action] : undefined;
  if (!access) throw new Error(`${action} has no entry in the access table.`);
  if (access === "anyone") return;
  if (!actor) throw new DomainError("unauthenticated", "Sign in, or send Authorization: Bearer <token>.");
  if (access === "actor" || actor.kind === "owner") return;
  if (access === "owner") throw new DomainError("forbidden", "Only the owner may do this. Use the owner's token.");
  if (actor.kind === "org") return;
  if (access !== "workspace")
    throw new DomainError("forbidden", "A workspace's token may not do this. Use an org token.");
  if (workspaceId !== actor.workspaceId) throw new DomainError("not_found", "The workspace was not found.");
}

/** Whether an actor may call an action at all, for some workspace. */
export function canCall(actor: Actor, action: Action): boolean {
  try {
    authorize(actor, action, actor.workspaceId ?? undefined);
    return true;
  } catch {
    return false;
  }
}

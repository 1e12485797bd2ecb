import type { BerthEvent } from "@berth/domain";

/** What a view may show. An event invalidates topics, and queries with these topics refetch. */
export type Topic =
  | "map"
  | "volumes"
  | "tokens"
  | `workspace:${string}`
  | `operations:${string}`
  | `terminals:${string}`
  | `commands:${string}`
  | `ports:${string}`
  | "everything";

/** The topics that an event affects. Events carry ids and statuses; views fetch the rest. */
export function topicsOf(event: Pick<BerthEvent, "type" | "workspaceId">): Topic[] {
  const id = event.workspaceId;
  switch (event.type) {
    case "workspace.created":
      return id ? ["map", `workspace:${id}`] : ["map"];
    case "workspace.updated":
      // Saved data shows the name of its workspace.
      return id ? ["map", "volumes", `workspace:${id}`] : ["map"];
    case "workspace.status_changed":
      return id ? ["map", `workspace:${id}`, `terminals:${id}`] : ["map"];
    case "workspace.layout_changed":
      return ["map"];
    case "operation.queued":
    case "operation.step":
    case "operation.finished":
      return id ? ["map", `workspace:${id}`, `operations:${id}`] : ["volumes"];
    case "volume.created":
    case "volume.state_changed":
      return id ? ["volumes", `workspace:${id}`] : ["volumes"];
    case "retention.held":
    case "retention.resumed":
      return ["volumes"];
    case "terminal.opened":
    case "terminal.closed":
      return id ? [`terminals:${id}`] : [];
    case "command.started":
    case "command.ended":
      return id ? [`commands:${id}`] : [];
    case "port.shared":
    case "port.share_revoked":
      return id ? [`ports:${id}`] : [];
    case "token.created":
    case "token.revoked":
      return ["tokens"];
    case "feed.trimmed":
      return ["everything"];
    default:
      // A newer server may send unknown events.
      return [];
  }
}

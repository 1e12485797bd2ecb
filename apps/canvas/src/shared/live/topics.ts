import type { BerthEvent } from "@berth/domain";

/** What a screen may be showing. An event makes topics old; queries about them are asked again. */
export type Topic =
  | "map"
  | "volumes"
  | "tokens"
  | `workspace:${string}`
  | `operations:${string}`
  | `terminals:${string}`
  | "everything";

/** Which screens an event concerns. Events carry ids and statuses; the screens ask for the rest. */
export function topicsOf(event: Pick<BerthEvent, "type" | "workspaceId">): Topic[] {
  const id = event.workspaceId;
  switch (event.type) {
    case "workspace.created":
      return id ? ["map", `workspace:${id}`] : ["map"];
    case "workspace.updated":
      // Saved data goes by the name of its workspace.
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
    case "token.created":
    case "token.revoked":
      return ["tokens"];
    case "feed.trimmed":
      return ["everything"];
    default:
      // A newer server may tell of things this page does not know.
      return [];
  }
}

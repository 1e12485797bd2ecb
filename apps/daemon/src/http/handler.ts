import { DomainError, type WorkspacePath } from "@berth/domain";
import type { DaemonContext } from "../context.ts";
import type { Root } from "../files/root.ts";
import type { Call } from "./call.ts";

/** Responds to one call, or throws the problem to return. */
export type Handler = (context: DaemonContext, call: Call) => Promise<void>;

/** @throws DomainError `not_found` when this instance does not serve the root. */
export function rootOf({ roots }: DaemonContext, path: WorkspacePath): Root {
  const root = roots.get(path.root);
  if (root) return root;
  throw new DomainError("not_found", `${path.root} does not exist in this workspace.`);
}

import type { DaemonContext } from "../context.ts";
import type { Call } from "./call.ts";

/** Responds to one call, or throws the problem to return. */
export type Handler = (context: DaemonContext, call: Call) => Promise<void>;

import type { DaemonContext } from "../context.ts";
import type { Call } from "./call.ts";

/** Answers one call, or throws the problem it ends with. */
export type Handler = (context: DaemonContext, call: Call) => Promise<void>;

export type { DaemonAnswer, DaemonCall } from "./daemon-call.ts";
export { DaemonSession, type TunnelIdentity, throwIfProblem } from "./daemon-session.ts";
export { listenUnix, type UnixListener, type UnixListenerOptions } from "./listen-unix.ts";
export { openTerminalStream, type TerminalOutput, type TerminalStream } from "./terminal-stream.ts";
export { type TunnelCredentials, TunnelHub, type TunnelHubEvents, type TunnelHubOptions } from "./tunnel-hub.ts";

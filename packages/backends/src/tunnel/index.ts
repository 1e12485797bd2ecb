export { type CallOf, type DaemonCall, type DaemonResponse, RESPONSE_HEADERS } from "./daemon-call.ts";
export { DaemonSession, type TunnelIdentity } from "./daemon-session.ts";
export { listenUnix, type UnixListener, type UnixListenerOptions } from "./listen-unix.ts";
export { isReplicaUpgrade } from "./replicas/handshake.ts";
export { type ReplicaAddress, ReplicaLinks } from "./replicas/replica-links.ts";
export { ReplicaListener } from "./replicas/replica-listener.ts";
export { readBytes } from "./response-bytes.ts";
export { openTerminalStream, type TerminalOutput, type TerminalStream } from "./terminal-stream.ts";
export { type TunnelCredentials, TunnelHub, type TunnelHubEvents, type TunnelHubOptions } from "./tunnel-hub.ts";

export { readBytes } from "./answer-bytes.ts";
export { ANSWER_HEADERS, type CallOf, type DaemonAnswer, type DaemonCall } from "./daemon-call.ts";
export { DaemonSession, type TunnelIdentity } from "./daemon-session.ts";
export { listenUnix, type UnixListener, type UnixListenerOptions } from "./listen-unix.ts";
export { isReplicaDial } from "./replicas/handshake.ts";
export { type ReplicaAddress, ReplicaLinks } from "./replicas/replica-links.ts";
export { ReplicaListener } from "./replicas/replica-listener.ts";
export { openTerminalStream, type TerminalOutput, type TerminalStream } from "./terminal-stream.ts";
export { type TunnelCredentials, TunnelHub, type TunnelHubEvents, type TunnelHubOptions } from "./tunnel-hub.ts";

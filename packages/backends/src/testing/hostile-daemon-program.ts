import { fileURLToPath } from "node:url";

/** To be forked with the socket's path, the incarnation and the token. A message `{misbehaviour}` selects its responses. */
export const HOSTILE_DAEMON = fileURLToPath(new URL("../tunnel/testing/hostile-daemon.ts", import.meta.url));

import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

export interface ConnectionEvents {
  /** `stream` carries HTTP/2. `socket` is the underlying socket, for counting received bytes. */
  opened(stream: Duplex, socket: Socket): void;
  /** Called once, also when the connection was never established. */
  closed(why: string): void;
}

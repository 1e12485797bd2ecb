import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

export interface DialEvents {
  /** `stream` carries HTTP/2. `socket` is what it comes over, for counting what arrives. */
  opened(stream: Duplex, socket: Socket): void;
  /** Called once, also when the connection never came to be. */
  closed(why: string): void;
}

import { Duplex, PassThrough, type Readable } from "node:stream";
import { DAEMON_ROUTES } from "@berth/domain";
import type { DaemonSession } from "./daemon-session.ts";

/**
 * A TCP connection to a port inside the workspace. Errors when it breaks; destroying it closes the connection there.
 *
 * @throws DomainError `port_not_listening` when nothing accepts connections there, `workspace_not_running`.
 */
export async function openPortStream(session: DaemonSession, port: number, signal: AbortSignal): Promise<Duplex> {
  const towards = new PassThrough();
  const call = { method: "POST", route: DAEMON_ROUTES.connectPort, query: { port }, body: towards, signal } as const;
  const { body } = await session.bytes(call);
  return new PortStream(body, towards);
}

/** `Duplex.from` would leave the response open when it is destroyed after its end. */
class PortStream extends Duplex {
  readonly #from: Readable;
  readonly #towards: PassThrough;

  constructor(from: Readable, towards: PassThrough) {
    super();
    this.#from = from;
    this.#towards = towards;
    // The users of the connection report errors themselves.
    this.on("error", () => {});
    from.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) from.pause();
    });
    from.once("end", () => this.push(null)).on("error", (error) => this.destroy(error));
    from.once("close", () => {
      if (!from.readableEnded) this.destroy();
    });
    from.pause();
  }

  override _read(): void {
    this.#from.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#towards.destroyed || this.#towards.write(chunk)) done();
    else this.#towards.once("drain", done);
  }

  override _final(done: () => void): void {
    this.#towards.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#from.destroy();
    this.#towards.destroy();
    done(error);
  }
}

import { connect, createServer, type NetConnectOpts, type Server, type Socket } from "node:net";

/** A unix socket that forwards to a Docker engine, which a test can exchange for another one. */
export class EngineSwitch implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #target: NetConnectOpts;

  private constructor(target: NetConnectOpts) {
    this.#target = target;
    this.#server = createServer((caller) => {
      const engine = connect(this.#target);
      this.#forward(caller, engine);
      this.#forward(engine, caller);
    });
  }

  static async open(socketPath: string, target: NetConnectOpts): Promise<EngineSwitch> {
    const opened = new EngineSwitch(target);
    await new Promise<void>((resolve) => opened.#server.listen(socketPath, resolve));
    return opened;
  }

  /** Closes every connection to the previous engine. */
  switchTo(target: NetConnectOpts): void {
    this.#target = target;
    for (const socket of this.#sockets) socket.destroy();
  }

  #forward(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.pipe(to);
    from.on("error", () => to.destroy());
    from.on("close", () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

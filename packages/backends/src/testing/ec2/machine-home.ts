import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { machineBoot, openMachineFile } from "../../ec2/machine-files.ts";
import type { DaemonProgram } from "../../options.ts";
import type { TunnelBench } from "../tunnel-bench.ts";

export interface MachineHome extends AsyncDisposable {
  url: string;
  /** What machines have told of their boots. */
  steps: readonly { incarnationId: string; message: string }[];
}

/** What the API is to a machine: it fetches its parts here, and its daemon dials here. */
export async function openMachineHome(tunnel: TunnelBench, daemon: DaemonProgram): Promise<MachineHome> {
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.on("upgrade", (request, socket, head) => tunnel.hub.handleUpgrade(request, socket, head));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  const steps: { incarnationId: string; message: string }[] = [];

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://home");
    const [, incarnationId = "", part = ""] = /^\/daemon\/([^/]+)\/(boot|bundle|node|steps)$/.exec(url.pathname) ?? [];
    const spec = tunnel.expected(incarnationId);
    if (!spec || request.headers.authorization !== `Bearer ${spec.boot.tunnelToken}`) {
      return void response.writeHead(404).end();
    }
    if (part === "steps") {
      steps.push({ incarnationId, message: await text(request) });
      return void response.writeHead(204).end();
    }
    if (part === "boot") {
      return void response.end(JSON.stringify(machineBoot(spec.boot, `ws://127.0.0.1:${port}/tunnel`)));
    }
    const machine = url.searchParams.get("machine") ?? "";
    const { stream, bytes } = await openMachineFile(part as "bundle" | "node", machine, daemon);
    response.writeHead(200, { "content-length": bytes });
    await pipeline(stream, response);
  }

  return {
    url: `http://127.0.0.1:${port}`,
    steps,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

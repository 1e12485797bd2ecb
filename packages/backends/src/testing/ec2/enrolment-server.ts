import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import type { InstanceSpec } from "../../backend.ts";
import { attemptOf } from "../../ec2/enrolment.ts";
import { instanceBoot, openInstanceFile } from "../../ec2/instance-files.ts";
import type { DaemonProgram } from "../../options.ts";
import type { TunnelHarness } from "../tunnel-harness.ts";

export interface EnrolmentServer extends AsyncDisposable {
  url: string;
  /** Boot steps that machines have reported. */
  steps: readonly { incarnationId: string; message: string }[];
  /** The next enrolments succeed but get no response. */
  loseEnrolments(count: number): void;
  /** The next downloads break off half-way. */
  cutDownloads(count: number): void;
}

/** The API from a machine's point of view: serves the parts and accepts the tunnel of the machine's daemon. */
export async function openEnrolmentServer(tunnel: TunnelHarness, daemon: DaemonProgram): Promise<EnrolmentServer> {
  const server = createServer((request, response) => {
    respond(request, response).catch(() => response.destroy());
  });
  server.on("upgrade", (request, socket, head) => tunnel.hub.handleUpgrade(request, socket, head));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  const steps: { incarnationId: string; message: string }[] = [];
  let losing = 0;
  let cutting = 0;
  const enrolled = new Map<string, { attempt: number; key: string }>();

  /** Like the API: the first key sent with a token is the machine's, and a later attempt replaces an earlier one. */
  function enrol({ incarnationId, enrolmentKey }: InstanceSpec, token: string, key: string): number {
    const attempt = attemptOf(enrolmentKey, token);
    if (attempt === null) return 401;
    const before = enrolled.get(incarnationId);
    if (before && (before.attempt > attempt || (before.attempt === attempt && before.key !== key))) return 409;
    enrolled.set(incarnationId, { attempt, key });
    return 204;
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://home");
    const [, incarnationId = "", part = ""] =
      /^\/daemon\/([^/]+)\/(enrolment|boot|bundle|node|steps)$/.exec(url.pathname) ?? [];
    const spec = tunnel.expected(incarnationId);
    const token = request.headers.authorization?.replace(/^Bearer /, "") ?? "";
    if (!spec) return void response.writeHead(401).end();
    if (part === "enrolment") {
      const status = enrol(spec, token, await text(request));
      if (losing === 0) return void response.writeHead(status).end();
      losing -= 1;
      return void response.destroy();
    }
    if (enrolled.get(incarnationId)?.key !== token) return void response.writeHead(401).end();
    if (part === "steps") {
      steps.push({ incarnationId, message: await text(request) });
      return void response.writeHead(204).end();
    }
    if (part === "boot") {
      return void response.end(JSON.stringify(instanceBoot(spec.boot, `ws://127.0.0.1:${port}/tunnel`)));
    }
    const machine = url.searchParams.get("machine") ?? "";
    const { stream, bytes } = await openInstanceFile(part as "bundle" | "node", machine, daemon);
    response.writeHead(200, { "content-length": bytes });
    if (cutting === 0) return pipeline(stream, response);
    cutting -= 1;
    for await (const chunk of stream) {
      const half = Buffer.from(chunk).subarray(0, bytes / 2);
      return void response.write(half, () => response.destroy());
    }
  }

  return {
    url: `http://127.0.0.1:${port}`,
    steps,
    loseEnrolments(count) {
      losing = count;
    },
    cutDownloads(count) {
      cutting = count;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

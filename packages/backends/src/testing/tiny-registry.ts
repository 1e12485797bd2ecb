import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import type Docker from "dockerode";
import { extract } from "tar-stream";

/** A registry that serves one of an engine's images back to it. Engines trust a plain HTTP registry on loopback. */
export class TinyRegistry {
  readonly image: string;
  /** Number of requests per path. */
  readonly requests = new Map<string, number>();
  readonly #server: ReturnType<typeof createServer>;
  #gate: Promise<void> = Promise.resolve();
  #open: () => void = () => {};

  private constructor(server: ReturnType<typeof createServer>, name: string) {
    this.#server = server;
    this.image = `127.0.0.1:${(server.address() as AddressInfo).port}/${name}:1`;
  }

  static async serving(docker: Docker, source: string): Promise<TinyRegistry> {
    const name = `berth-test-${randomUUID()}`;
    const parts = await readParts(docker, source);
    const server = createServer((request, response) => {
      registry.#respond(parts, request, response).catch(() => response.destroy());
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const registry = new TinyRegistry(server, name);
    return registry;
  }

  /** Delays blobs until `release`. */
  hold(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    this.#open = resolve;
  }

  release(): void {
    this.#open();
  }

  close(): void {
    this.#open();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #respond(parts: Map<string, Part>, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "";
    this.requests.set(path, (this.requests.get(path) ?? 0) + 1);
    if (path === "/v2/") return void response.end("{}");
    const [, kind, reference = ""] = /\/(manifests|blobs)\/(.+)$/.exec(path) ?? [];
    const part = parts.get(reference === "1" ? "manifest" : reference);
    if (!part) return void response.writeHead(404).end();
    if (kind === "blobs") await this.#gate;
    response.writeHead(200, {
      "content-type": part.type,
      "content-length": part.bytes.length,
      "docker-content-digest": digestOf(part.bytes),
    });
    response.end(request.method === "HEAD" ? undefined : part.bytes);
  }
}

interface Part {
  type: string;
  bytes: Buffer;
}

const digestOf = (bytes: Buffer): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

const TYPES = {
  manifest: "application/vnd.docker.distribution.manifest.v2+json",
  config: "application/vnd.docker.container.image.v1+json",
  layer: "application/vnd.docker.image.rootfs.diff.tar.gzip",
};

/** Converts an image from the engine's archive to the parts that a registry serves. */
async function readParts(docker: Docker, source: string): Promise<Map<string, Part>> {
  const files = new Map<string, Buffer>();
  const saved = await docker.getImage(source).get();
  const entries = extract();
  saved.pipe(entries);
  for await (const entry of entries) files.set(entry.header.name, await buffer(entry));
  const [index] = JSON.parse(String(files.get("manifest.json"))) as [{ Config: string; Layers: string[] }];
  // Changes the config, so that the engine does not recognise an image that it already has.
  const original = JSON.parse(String(files.get(index.Config))) as object;
  const config = Buffer.from(JSON.stringify({ ...original, comment: randomUUID() }));
  const layers = index.Layers.map((name) => gzipSync(files.get(name) ?? Buffer.alloc(0), { level: 1 }));
  const describe = (mediaType: string, bytes: Buffer) => ({ mediaType, size: bytes.length, digest: digestOf(bytes) });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: TYPES.manifest,
      config: describe(TYPES.config, config),
      layers: layers.map((bytes) => describe(TYPES.layer, bytes)),
    }),
  );
  return new Map([
    ["manifest", { type: TYPES.manifest, bytes: manifest }],
    [digestOf(manifest), { type: TYPES.manifest, bytes: manifest }],
    [digestOf(config), { type: TYPES.config, bytes: config }],
    ...layers.map((bytes): [string, Part] => [digestOf(bytes), { type: TYPES.layer, bytes }]),
  ]);
}

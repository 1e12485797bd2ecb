import type { Readable } from "node:stream";
import { DomainError } from "@berth/domain";
import type Docker from "dockerode";
import { extract } from "tar-stream";
import { nullWhenMissing } from "./engine.ts";
import type { ImagePuller } from "./image-pull.ts";
import { withScratchContainer } from "./scratch-container.ts";

/** Facts about an image that its containers depend on. */
export interface ImageMetadata {
  id: string;
  /** The user that the image runs as. `home` is absolute and never `/`. */
  user: ImageUser;
  /** Paths that the image declares as volumes; the data roots may be among them. */
  declaredVolumes: string[];
}

export interface ImageUser {
  uid: number;
  gid: number;
  home: string;
  homeExists: boolean;
}

/** Per Node architecture: the engine's name for it and the path of glibc's loader. */
const PLATFORMS: Partial<Record<NodeJS.Architecture, { engine: string; loader: string }>> = {
  x64: { engine: "amd64", loader: "/lib64/ld-linux-x86-64.so.2" },
  arm64: { engine: "arm64", loader: "/lib/ld-linux-aarch64.so.1" },
};

interface ImageOptions {
  signal: AbortSignal;
  onProgress(message: string): void;
}

export class Images {
  readonly #docker: Docker;
  readonly #installationId: string;
  readonly #puller: ImagePuller;
  /** Keyed by image id, because a tag can move to another image. */
  readonly #examined = new Map<string, Promise<ImageMetadata>>();

  constructor(docker: Docker, puller: ImagePuller, installationId: string) {
    this.#docker = docker;
    this.#puller = puller;
    this.#installationId = installationId;
  }

  /** Facts of the image. Pulls it first when the engine does not have it. */
  async facts(image: string, options: ImageOptions): Promise<ImageMetadata> {
    const inspected = (await this.#inspect(image)) ?? (await this.#pulled(image, options));
    const known = this.#examined.get(inspected.Id);
    if (known) return known;
    const facts = this.#examine(image, inspected);
    this.#examined.set(inspected.Id, facts);
    facts.catch(() => this.#examined.delete(inspected.Id));
    return facts;
  }

  #inspect(image: string): Promise<Docker.ImageInspectInfo | null> {
    return nullWhenMissing(this.#docker.getImage(image).inspect());
  }

  async #pulled(image: string, options: ImageOptions): Promise<Docker.ImageInspectInfo> {
    options.onProgress(`Pulling ${image}`);
    await this.#puller.pull(image, options);
    const inspected = await this.#inspect(image);
    if (inspected) return inspected;
    throw new DomainError("backend_unavailable", `The image ${image} vanished from the Docker engine.`);
  }

  async #examine(image: string, { Id, Architecture, Config }: Docker.ImageInspectInfo): Promise<ImageMetadata> {
    const platform = PLATFORMS[process.arch];
    if (Architecture && platform && Architecture !== platform.engine) {
      const message = `The image ${image} is built for ${Architecture}, and Berth runs on ${platform.engine} here. Choose an image for ${platform.engine}.`;
      throw new DomainError("invalid_input", message);
    }
    const declaredVolumes = Object.keys(Config.Volumes ?? {}).sort();
    const environment = new Map((Config.Env ?? []).map((line) => line.split(/=(.*)/s) as [string, string]));
    const scratch = { image: Id, installationId: this.#installationId, declaredVolumes };
    return withScratchContainer(this.#docker, scratch, async (container) => {
      if (platform && !(await exists(container, platform.loader))) throw noGlibc(image);
      const user = await readUser(container, Config.User ?? "", environment.get("HOME"));
      return { id: Id, user: { ...user, homeExists: await exists(container, user.home) }, declaredVolumes };
    });
  }
}

export const noGlibc = (image: string): DomainError =>
  new DomainError(
    "invalid_input",
    `The image ${image} has no glibc, which a workspace needs. Choose an image based on Debian, Ubuntu or Fedora, such as node:24-bookworm.`,
  );

async function exists(container: Docker.Container, path: string): Promise<boolean> {
  const archive = await nullWhenMissing(container.infoArchive({ path }));
  (archive as { destroy?: () => void } | null)?.destroy?.();
  return archive !== null;
}

type KnownUser = Omit<ImageUser, "homeExists">;

/** @param configured the user in the image: empty, `name`, `uid`, `name:group` or `uid:gid` */
async function readUser(container: Docker.Container, configured: string, home: string | undefined): Promise<KnownUser> {
  const [name = "", group] = configured.split(":");
  const usableHome = (path: string | undefined) => (path?.startsWith("/") && path !== "/" ? path : undefined);
  if ((name === "" || name === "root" || name === "0") && group === undefined) {
    return { uid: 0, gid: 0, home: usableHome(home) ?? "/root" };
  }
  const passwd = parseColons(await readSmallFile(container, "/etc/passwd"));
  const entry = passwd.find(([login, , uid]) => login === name || uid === name);
  const uid = Number(entry?.[2] ?? name);
  const groups = group === undefined ? [] : parseColons(await readSmallFile(container, "/etc/group"));
  const gid = Number(
    group === undefined ? (entry?.[3] ?? 0) : (groups.find(([known]) => known === group)?.[2] ?? group),
  );
  if (!Number.isInteger(uid) || !Number.isInteger(gid)) {
    throw new DomainError(
      "invalid_input",
      `The image runs as the user ${configured}, which is not in its /etc/passwd.`,
    );
  }
  return { uid, gid, home: usableHome(home) ?? usableHome(entry?.[5]) ?? "/agent-home" };
}

const parseColons = (content: string): string[][] => content.split("\n").map((line) => line.split(":"));

const SMALL_FILE_BYTES_MAX = 1024 * 1024;

/** Empty when the file does not exist. */
async function readSmallFile(container: Docker.Container, path: string): Promise<string> {
  const archive = await nullWhenMissing(container.getArchive({ path }));
  if (archive === null) return "";
  const files = extract();
  archive.pipe(files);
  try {
    let content = "";
    for await (const entry of files)
      content = entry.header.type === "file" ? await smallText(entry as AsyncIterable<Buffer>, path) : content;
    return content;
  } finally {
    // Stops the transfer of a file that is too large.
    (archive as Readable).destroy();
  }
}

async function smallText(entry: AsyncIterable<Buffer>, path: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of entry) {
    bytes += chunk.length;
    if (bytes > SMALL_FILE_BYTES_MAX) {
      const message = `The image's ${path} is larger than ${SMALL_FILE_BYTES_MAX} bytes, so its user cannot be found. Choose another image.`;
      throw new DomainError("invalid_input", message, { details: { path, max: SMALL_FILE_BYTES_MAX } });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

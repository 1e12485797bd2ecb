import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { usage } from "../failure.ts";
import type { Session } from "../session.ts";
import { Progress } from "./progress.ts";
import { persist, request } from "./request.ts";

const FORMATS = ["tar.gz", "tar", "zip"] as const;

/** Saves a folder as an archive. An unfinished one has another name. @returns its size in bytes */
export async function downloadArchive(session: Session, { path, to }: { path: string; to: string }): Promise<number> {
  const format = FORMATS.find((each) => to.endsWith(`.${each}`)) ?? (to.endsWith(".tgz") ? "tar.gz" : undefined);
  if (!format) throw usage(`${to} is not the name of an archive.`, "Its name must end with .tar.gz, .tar or .zip.");
  const partial = `${to}.part`;
  try {
    const bytes = await persist(session, async () => {
      const { body } = await request(session, `${path}?archive=${format}`);
      const progress = new Progress(session.output, to, null);
      let received = 0;
      const counted = async function* (chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          received += chunk.length;
          progress.add(chunk.length);
          yield chunk;
        }
      };
      if (body) await pipeline(Readable.fromWeb(body as never), counted, createWriteStream(partial));
      progress.end();
      return received;
    });
    await rename(partial, to);
    return bytes;
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

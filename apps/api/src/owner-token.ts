import { randomBytes } from "node:crypto";
import { link, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";

/** The owner's token: what the operator set, or one made at the first start and kept beside the data (0600). */
export async function ownerToken(dataDirectory: string, set: string | null): Promise<string> {
  if (set) return set;
  const path = join(dataDirectory, "owner-token");
  const kept = await readFile(path, "utf8").catch(() => null);
  if (kept?.trim()) return kept.trim();
  const token = `brt_owner_${randomBytes(32).toString("base64url")}`;
  await writeOnce(path, `${token}\n`);
  return token;
}

/** Whole or not at all: a start that is cut off half-way leaves no half token behind. */
async function writeOnce(path: string, content: string): Promise<void> {
  const draft = `${path}.${process.pid}`;
  const file = await open(draft, "w", 0o600);
  await file.writeFile(content);
  await file.sync();
  await file.close();
  await link(draft, path);
  await rm(draft);
}

import { randomBytes, randomUUID } from "node:crypto";
import { link, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";

/**
 * This process's name as the owner of leases: the same at every start of a data directory, which only one process uses
 * at a time. So a start after a crash takes up at once what the process before it held.
 */
export async function replicaId(dataDirectory: string): Promise<string> {
  const path = join(dataDirectory, "replica-id");
  const kept = await readFile(path, "utf8").catch(() => null);
  if (kept?.trim()) return kept.trim();
  const id = randomUUID();
  await writeOnce(path, `${id}\n`);
  return id;
}

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

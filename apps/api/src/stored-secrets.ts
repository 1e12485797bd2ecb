import { randomBytes, randomUUID } from "node:crypto";
import { link, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";

/**
 * This process's id as the owner of leases. It is the same at every start of a data directory, which only one process
 * uses at a time. So a restart after a crash resumes the leases of its predecessor at once.
 */
export async function replicaId(dataDirectory: string): Promise<string> {
  const path = join(dataDirectory, "replica-id");
  const kept = await readFile(path, "utf8").catch(() => null);
  if (kept?.trim()) return kept.trim();
  const id = randomUUID();
  await writeOnce(path, `${id}\n`);
  return id;
}

/** The owner's token: the configured one, or one generated at the first start and stored in the data directory (0600). */
export async function ownerToken(dataDirectory: string, set: string | null): Promise<string> {
  if (set) return set;
  const path = join(dataDirectory, "owner-token");
  const kept = await readFile(path, "utf8").catch(() => null);
  if (kept?.trim()) return kept.trim();
  const token = `brt_owner_${randomBytes(32).toString("base64url")}`;
  await writeOnce(path, `${token}\n`);
  return token;
}

/** Writes atomically: an interrupted start leaves no partial token. */
async function writeOnce(path: string, content: string): Promise<void> {
  const draft = `${path}.${process.pid}`;
  const file = await open(draft, "w", 0o600);
  await file.writeFile(content);
  await file.sync();
  await file.close();
  await link(draft, path);
  await rm(draft);
}

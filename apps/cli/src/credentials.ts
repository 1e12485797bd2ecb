import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Environment, readEnvironment } from "./environment.ts";
import { EXIT } from "./exit-codes.ts";
import { Failure } from "./failure.ts";

export interface Credentials {
  url: string;
  token: string;
  orgId?: string | undefined;
}

export const credentialsPath = ({ configDirectory }: Environment): string => join(configDirectory, "credentials.json");

/** BERTH_URL and BERTH_TOKEN win over the file that `berth login` wrote. */
export async function requireCredentials(environment = readEnvironment()): Promise<Credentials> {
  const { url, token, orgId } = environment;
  if (url && token) return { url: checkedUrl(url), token, orgId };
  const saved = await savedCredentials(environment);
  if (saved && token) return { url: checkedUrl(url ?? saved.url), token, orgId: orgId ?? saved.orgId };
  // A saved token is sent only to the address that it was saved for.
  if (saved && (!url || checkedUrl(url) === saved.url)) return { ...saved, orgId: orgId ?? saved.orgId };
  throw notSignedIn(url);
}

export async function savedCredentials(environment: Environment): Promise<Credentials | null> {
  const path = credentialsPath(environment);
  const text = await readFile(path, "utf8").catch((error: { code?: string }) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (text === null) return null;
  const { url, token, orgId } = parsed(text);
  if (typeof url === "string" && typeof token === "string") {
    return { url, token, orgId: typeof orgId === "string" ? orgId : undefined };
  }
  throw new Failure(`${path} is damaged.`, { next: "Sign in again: berth login", exitCode: EXIT.notSignedIn });
}

function parsed(text: string): { url?: unknown; token?: unknown; orgId?: unknown } {
  try {
    return (JSON.parse(text) ?? {}) as object;
  } catch {
    return {};
  }
}

/** Written beside and renamed, so that the token is never readable by others, not even for a moment. */
export async function saveCredentials(environment: Environment, credentials: Credentials): Promise<string> {
  const path = credentialsPath(environment);
  await mkdir(environment.configDirectory, { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomUUID()}`;
  try {
    await writeFile(temporary, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600, flag: "wx" });
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
  return path;
}

export async function deleteCredentials(environment: Environment): Promise<void> {
  await rm(credentialsPath(environment), { force: true });
}

/** The address without a trailing slash. */
export function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && (url.protocol === "http:" || url.protocol === "https:")) return url.origin;
  throw new Failure(`"${text}" is not an address of Berth.`, {
    next: "An address looks like https://berth.example.com or http://127.0.0.1:3000.",
    exitCode: EXIT.usage,
    code: "usage",
  });
}

const notSignedIn = (url: string | undefined): Failure =>
  new Failure(url ? `There is no token for ${url}.` : "You are not signed in.", {
    next: `Sign in with berth login --url ${url ?? "<address of Berth>"}, or set BERTH_URL and BERTH_TOKEN.`,
    exitCode: EXIT.notSignedIn,
    code: "not_signed_in",
  });

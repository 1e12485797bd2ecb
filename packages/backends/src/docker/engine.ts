import { DomainError } from "@berth/domain";
import Docker from "dockerode";
import { messageOf, unavailable } from "../problems.ts";

/**
 * An engine that sends nothing for this long on an ordinary call counts as unavailable. Longer than the grace
 * period of a stop.
 */
const SILENCE_MS_MAX = 60_000;

/** @param host like DOCKER_HOST; without it, `dockerode` finds the engine like the docker command does. */
export function connectDocker(host?: string, silenceMsMax: number = SILENCE_MS_MAX): Docker {
  return new Docker({ ...(host === undefined ? {} : address(host)), timeout: silenceMsMax });
}

function address(host: string): Docker.DockerOptions {
  // For ssh and TLS, dockerode reads the variables of the docker command.
  if (host.startsWith("ssh://")) return {};
  if (host.startsWith("unix://")) return { socketPath: host.slice("unix://".length) };
  const url = new URL(host.includes("://") ? host : `tcp://${host}`);
  const protocol = url.protocol === "https:" || url.port === "2376" ? "https" : "http";
  return { host: url.hostname, port: url.port || (protocol === "https" ? 2376 : 2375), protocol };
}

/** True when paths of this host can be mounted, because the engine is reached through a unix socket. */
export const isLocalEngine = (docker: Docker): boolean =>
  Boolean((docker.modem as { socketPath?: unknown }).socketPath);

/** HTTP status of the engine's response; undefined when it did not respond. */
export const engineStatus = (error: unknown): number | undefined =>
  (error as { statusCode?: number } | undefined)?.statusCode;

/** The engine's message without dockerode's prefix. */
export function engineMessage(error: unknown): string {
  const message = (error as { json?: { message?: unknown } } | undefined)?.json?.message;
  return typeof message === "string"
    ? message
    : messageOf(error)
        .replace(/^\(HTTP code \d+\) [^-]*- /, "")
        .trim();
}

/** A container refers to a volume that the engine does not have. Some calls report that with 500. */
export const isVolumeMissing = (error: unknown): boolean =>
  engineStatus(error) !== undefined && /no such volume/i.test(engineMessage(error));

/** Maps an engine error to a problem that a caller can act on. A 4xx is final; other errors are retryable. */
export function engineProblem(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  const status = engineStatus(error);
  if (status === undefined) return unavailable(`The Docker engine does not respond (${messageOf(error)}).`, error);
  if (status >= 500) return unavailable(`The Docker engine failed: ${engineMessage(error)}`, error);
  return new DomainError("invalid_input", `The Docker engine refused: ${engineMessage(error)}`, { cause: error });
}

/** Runs calls to the engine. @throws only `DomainError`s. */
export async function callEngine<T>(calls: () => Promise<T>): Promise<T> {
  try {
    return await calls();
  } catch (error) {
    throw engineProblem(error);
  }
}

/** The response, or null when the engine returns 404. Other failures are thrown. */
export async function nullWhenMissing<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (engineStatus(error) === 404) return null;
    throw error;
  }
}

/** Resolves when the call succeeds or fails with one of these statuses, which mean that it was already done. */
export async function doneWhen(statuses: readonly number[], call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    const status = engineStatus(error);
    if (status === undefined || !statuses.includes(status)) throw error;
  }
}

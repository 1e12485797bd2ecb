import { setTimeout as pause } from "node:timers/promises";
import { requestHeaders } from "@berth/client";
import { DomainError, isProblem } from "@berth/domain";
import { Failure, toFailure } from "../failure.ts";
import type { Session } from "../session.ts";

const ATTEMPTS = 6;

/** `fetch` with the token. @throws DomainError with the problem of a refused request */
export async function request({ url, token, orgId }: Session, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { ...requestHeaders({ url, token, orgId }), ...(init.headers as Record<string, string> | undefined) };
  const response = await fetch(new URL(path, url), { ...init, headers });
  if (response.ok) return response;
  const body = (await response.json().catch(() => null)) as { error?: { data?: { problem?: unknown } } } | null;
  const problem = body?.error?.data?.problem;
  if (isProblem(problem)) throw DomainError.fromProblem(problem);
  throw new Failure(`Berth refused the request with status ${response.status}.`, { next: "Try again." });
}

/** Repeats a transfer after a broken connection. The transfer itself continues where it was. */
export async function persist<T>({ output, url }: Session, transfer: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await transfer();
    } catch (error) {
      const isRefused = error instanceof DomainError;
      const failure = toFailure(error, { url });
      const isPassing = isRefused ? error.problem.retryable : failure.code === "unreachable" || isBroken(error);
      if (!isPassing || attempt === ATTEMPTS) throw error;
      output.note(`berth: ${failure.message} Trying again.`);
      await pause(Math.min(300 * 2 ** attempt, 5_000));
    }
  }
}

/** The body of a response ended early. */
const isBroken = (error: unknown): boolean =>
  error instanceof Error && /terminated|premature|aborted|Unexpected end of data/i.test(error.message);

/** The address of a file: every name is percent-encoded. */
export const filePath = (workspaceId: string, root: string, path: string): string =>
  `/files/${workspaceId}/${root}/${path.split("/").filter(Boolean).map(encodeURIComponent).join("/")}`;

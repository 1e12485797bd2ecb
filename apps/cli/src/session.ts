import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { type BerthClient, createBerthClient, problemFrom } from "@berth/client";
import type { Command } from "commander";
import { type Credentials, requireCredentials } from "./credentials.ts";
import { EXIT } from "./exit-codes.ts";
import { type Failure, toFailure } from "./failure.ts";
import { Output } from "./output.ts";

/** What every command that talks to Berth works with. */
export interface Session extends Credentials {
  berth: BerthClient;
  output: Output;
}

/** The command that runs, for the report of its failure. */
export const current: {
  output: Output;
  url: string | undefined;
  mapFailure(failure: Failure): number;
  /** Ends running work when the reader of our output has gone. @returns the exit code */
  onReaderGone(): Promise<number>;
} = {
  output: new Output(),
  url: undefined,
  mapFailure: ({ exitCode }) => exitCode,
  onReaderGone: () => Promise.resolve(EXIT.ok),
};

export async function openSession({ json }: { json?: boolean }): Promise<Session> {
  const output = openOutput({ json: json ?? false });
  const credentials = await requireCredentials();
  current.url = credentials.url;
  return { ...credentials, berth: createBerthClient(credentials), output };
}

export function openOutput({ json }: { json?: boolean }): Output {
  current.output = new Output({ isJson: json ?? false });
  return current.output;
}

export interface JsonOption {
  json?: boolean;
}

/** Adds what every command has. */
export const withJson = (command: Command, what = "print one JSON value"): Command => command.option("--json", what);

const ATTEMPTS = 4;

/** Repeats a mutation after a broken connection. The key makes the server run it once. */
export async function once<T>(call: (options: { context: { idempotencyKey: string } }) => Promise<T>): Promise<T> {
  const context = { idempotencyKey: randomUUID() };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call({ context });
    } catch (error) {
      const problem = problemFrom(error);
      // Refused connections fail at once: Berth does not run there.
      const isPassing = problem ? problem.code === "idempotency_key_in_use" : wasBroken(error);
      if (!isPassing || attempt === ATTEMPTS) throw error;
      await pause(300 * attempt);
    }
  }
}

const wasBroken = (error: unknown): boolean => {
  const { code, message } = toFailure(error);
  return code === "unreachable" && !/ECONNREFUSED|ENOTFOUND|CERT/.test(message);
};

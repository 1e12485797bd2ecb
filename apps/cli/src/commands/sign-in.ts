import { createInterface } from "node:readline";
import { createBerthClient } from "@berth/client";
import type { Command } from "commander";
import { checkedUrl, credentialsPath, deleteCredentials, saveCredentials, savedCredentials } from "../credentials.ts";
import { readEnvironment } from "../environment.ts";
import { examples } from "../examples.ts";
import { EXIT } from "../exit-codes.ts";
import { usage } from "../failure.ts";
import { readAll } from "../read-input.ts";
import { current, type JsonOption, openOutput, withJson } from "../session.ts";

interface LoginOptions extends JsonOption {
  url?: string;
  org?: string;
  tokenStdin?: boolean;
}

export function addSignIn(program: Command): void {
  const login = program
    .command("login")
    .summary("Checks and saves a token for a Berth.")
    .description("Checks a token with the server, then saves it in a file that only you can read.")
    .option("--url <address>", "the address of Berth, e.g. https://berth.example.com")
    .option("--org <id>", "the org, for a Berth where every request names it")
    .option("--token-stdin", "read the token from standard input")
    .action(signIn);
  examples(withJson(login), [
    "berth login --url http://127.0.0.1:3000",
    "berth login --url https://berth.example.com --token-stdin < token.txt",
  ]);

  const logout = program.command("logout").description("Deletes the saved token from this machine.").action(signOut);
  examples(withJson(logout), ["berth logout"]);
}

async function signIn(options: LoginOptions): Promise<void> {
  const output = openOutput(options);
  const environment = readEnvironment();
  const address = options.url ?? environment.url ?? (await savedCredentials(environment))?.url;
  if (!address) throw usage("Name the address of Berth.", "berth login --url <address of Berth>");
  const url = checkedUrl(address);
  current.url = url;
  const orgId = options.org ?? environment.orgId;
  const token = await readToken(options, url);
  const { actor } = await createBerthClient({ url, token, orgId }).session.get.query();
  const path = await saveCredentials(environment, { url, token, orgId });
  output.result({ url, actor, path }, `Signed in to ${url} as ${actor.name} (${actor.kind}). The token is in ${path}.`);
  if (environment.token) output.note("BERTH_TOKEN is set and wins over the saved token.");
}

async function readToken({ tokenStdin }: LoginOptions, url: string): Promise<string> {
  const isPrompted = !tokenStdin && process.stdin.isTTY;
  const text = isPrompted ? await askHidden(`Token for ${url}: `) : (await readAll(process.stdin)).toString("utf8");
  const token = text.trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw usage(
    token === "" ? "There is no token on standard input." : "A token is one word.",
    "The owner's token is in the file owner-token of Berth's data directory; others come from berth tokens create.",
  );
}

/** Reads a line without showing it. */
function askHidden(question: string): Promise<string> {
  return new Promise((resolve) => {
    // It stops the echo of the terminal, so it comes before the question.
    const lines = createInterface({ input: process.stdin, terminal: true });
    process.stderr.write(question);
    lines.once("line", (line) => {
      process.stderr.write("\n");
      lines.close();
      resolve(line);
    });
    lines.once("SIGINT", () => {
      process.stderr.write("\n");
      process.exit(EXIT.interrupted);
    });
  });
}

async function signOut(options: JsonOption): Promise<void> {
  const output = openOutput(options);
  const environment = readEnvironment();
  const saved = await savedCredentials(environment).catch(() => ({ url: null }));
  await deleteCredentials(environment);
  const text = saved
    ? `Deleted ${credentialsPath(environment)}. The token itself is still valid: berth tokens revoke ends it.`
    : "You were not signed in.";
  output.result({ signedOut: saved !== null, url: saved?.url ?? null }, text);
}

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));

export interface CommandOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** True also streams the output; it is always captured. */
  show?: boolean;
  timeoutSeconds?: number;
}

export interface CommandResult {
  ok: boolean;
  output: string;
  seconds: number;
}

/** Child programs write to pipes, so tell them whether our terminal supports colours. */
const { FORCE_COLOR: _, NO_COLOR: __, ...environment } = process.env;
const COLORS: Record<string, string> = process.stdout.isTTY ? { FORCE_COLOR: "1" } : { NO_COLOR: "1" };

const running = new Set<() => void>();

/** Runs a program to its end. Never throws: a program that cannot start counts as failed. */
export function runCommand(command: string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [program = "", ...args] = command;
  const startedAt = performance.now();
  const child = spawn(program, args, {
    cwd: options.cwd ?? ROOT,
    env: { ...environment, ...COLORS, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    // A separate process group, so that leftover processes of a test can be killed with it.
    detached: true,
  });
  let output = "";
  const take = (chunk: Buffer): void => {
    output += chunk.toString();
    if (options.show) process.stdout.write(chunk);
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);

  const end = (): void => endGroup(child.pid);
  running.add(end);
  const timer = setTimeout(
    () => {
      take(Buffer.from(`\nEnded after ${options.timeoutSeconds} seconds.\n`));
      end();
    },
    (options.timeoutSeconds ?? 3600) * 1000,
  );

  return new Promise((resolve) => {
    const finish = (ok: boolean): void => {
      clearTimeout(timer);
      running.delete(end);
      resolve({ ok, output, seconds: (performance.now() - startedAt) / 1000 });
    };
    child.once("error", (error) => {
      output += error.message;
      finish(false);
    });
    let code: number | null = null;
    // Its children may keep the pipes open, so only read what was already sent.
    child.once("exit", (exitCode) => {
      code = exitCode;
      setTimeout(() => finish(exitCode === 0), 1000).unref();
    });
    child.once("close", () => finish(code === 0));
  });
}

/**
 * Ends all running programs on Ctrl-C, which only reaches this process because each program has its own process group.
 */
export function endRunningOnInterrupt(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      for (const end of running) end();
      process.exit(130);
    });
  }
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGTERM");
  } catch {
    // The group has already ended.
  }
}

import {
  COMMAND_STREAMS,
  type CommandReport,
  type CommandSignal,
  type CommandStream,
  DomainError,
} from "@berth/domain";
import { InputWriter } from "./input-writer.ts";
import { OutputReaders } from "./output-readers.ts";
import { OutputRing } from "./output-ring.ts";
import { ProcessGroup } from "./process-group.ts";
import { type Spawned, type SpawnOptions, spawnCommand } from "./spawn.ts";

/** A smaller ring would hold less than the pipe, and a live reader would miss output. */
const RING_BYTES_MIN = 256 * 1024;
/** A process outside the command may hold a pipe open: this long without output closes it. */
const QUIET_AFTER_EXIT_MS = 500;

export interface CommandOptions extends SpawnOptions {
  id: string;
  stdin: Buffer;
  endStdin: boolean;
  timeoutSeconds: number | null;
  keepBytes: number;
  awaitsReader: boolean;
  /** For the files of the output. */
  directoryOfOutput: string;
}

/** A command from its start until its output is evicted. It runs independently of its readers. */
export class RunningCommand {
  readonly id: string;
  readonly keepBytes: number;
  /** Resolves once no process of it is left and its output is complete. */
  readonly ended: Promise<void>;
  readonly #spawned: Spawned;
  readonly #group: ProcessGroup;
  readonly #input: InputWriter;
  readonly #rings: Readonly<Record<CommandStream, OutputRing>>;
  readonly #readers: OutputReaders;
  readonly #startedMs = performance.now();
  #exit: Pick<CommandReport, "exitCode" | "signal" | "durationMs"> | null = null;
  #timedOut = false;
  #timeLimit: NodeJS.Timeout | undefined;

  static async start(options: CommandOptions): Promise<RunningCommand> {
    return new RunningCommand(options, await spawnCommand(options));
  }

  private constructor(options: CommandOptions, spawned: Spawned) {
    const { id, directoryOfOutput, timeoutSeconds } = options;
    this.id = id;
    this.keepBytes = Math.max(options.keepBytes, RING_BYTES_MIN);
    this.#spawned = spawned;
    this.#group = new ProcessGroup(spawned.pid, spawned.mark);
    this.#input = new InputWriter(spawned.stdin, options);
    const ring = () => new OutputRing(directoryOfOutput, this.keepBytes);
    this.#rings = { stdout: ring(), stderr: ring() };
    this.#readers = new OutputReaders(this.#rings, {
      hold: (stream) => spawned[stream].pause(),
      release: (stream) => spawned[stream].resume(),
    });
    if (options.awaitsReader) this.#readers.expectOne();
    const exited = new Promise<void>((resolve) => {
      spawned.child.once("exit", (exitCode, signal) => {
        this.#exited(exitCode, signal);
        resolve();
      });
    });
    this.ended = this.#run(exited);
    if (timeoutSeconds !== null) this.#timeLimit = setTimeout(() => this.#runOut(), timeoutSeconds * 1000);
  }

  get report(): CommandReport {
    const { exitCode = null, signal = null, durationMs = null } = this.#exit ?? {};
    return {
      ...{ id: this.id, exitCode, signal, timedOut: this.#timedOut },
      durationMs: this.#readers.isOver ? durationMs : null,
      stdoutBytes: this.#rings.stdout.end,
      stderrBytes: this.#rings.stderr.end,
    };
  }

  get diskBytes(): number {
    return this.#rings.stdout.diskBytes + this.#rings.stderr.diskBytes;
  }

  /** Frames of the output from these offsets until the command has ended. */
  output(after: Readonly<Record<CommandStream, number>>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    return this.#readers.read(after, signal);
  }

  write(input: { writeId: string; data: Buffer; end: boolean }): void {
    if (this.#exit !== null) throw new DomainError("invalid_input", "The command has ended.");
    this.#input.write(input);
  }

  async signal(signal: CommandSignal): Promise<void> {
    if (signal === "SIGTERM") void this.#group.end();
    else if (signal === "SIGKILL") void this.#group.kill();
    else await this.#group.deliver(signal);
  }

  /** Ends it with all its processes. Readers no longer hold it up. */
  async end(): Promise<void> {
    this.#readers.waitForNone();
    await this.#group.end();
    await this.ended;
  }

  /** Deletes the output. Readers get no more of it. */
  dropOutput(): void {
    this.#readers.close();
    for (const stream of COMMAND_STREAMS) this.#rings[stream].close();
  }

  async #run(exited: Promise<void>): Promise<void> {
    const read = COMMAND_STREAMS.map((stream) => this.#read(stream));
    await exited;
    clearTimeout(this.#timeLimit);
    this.#input.close();
    // A command has ended when its main process has. What that left running is ended too.
    await this.#group.end();
    await Promise.all(read);
    this.#readers.finish();
  }

  #read(stream: CommandStream): Promise<void> {
    const source = this.#spawned[stream];
    let hasNews = true;
    source.on("data", (chunk: Buffer) => {
      hasNews = true;
      this.#rings[stream].append(chunk);
      this.#readers.added(stream);
    });
    source.on("error", () => {});
    const timer = setInterval(() => {
      if (this.#exit === null || source.isPaused()) return;
      if (!hasNews) source.destroy();
      hasNews = false;
    }, QUIET_AFTER_EXIT_MS);
    timer.unref();
    return new Promise((resolve) => {
      source.once("close", () => {
        clearInterval(timer);
        resolve();
      });
    });
  }

  #exited(exitCode: number | null, signal: NodeJS.Signals | null): void {
    this.#exit = { exitCode, signal, durationMs: Math.round(performance.now() - this.#startedMs) };
  }

  #runOut(): void {
    this.#timedOut = true;
    void this.#group.end();
  }
}

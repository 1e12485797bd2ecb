import type { Command, CommandResult } from "@berth/domain";
import { expect } from "vitest";
import { execLineShape } from "./api-shapes.ts";
import { type ApiResponse, type CallOptions, until } from "./test-api.ts";

interface Caller {
  origin: string;
  token: string;
  call(procedure: string, input?: unknown, options?: CallOptions): Promise<ApiResponse>;
}

/** One message of `commands.output` with the id to continue after. */
export interface OutputMessage {
  id: string;
  data: Record<string, unknown>;
}

/** Shortcuts to the commands of one workspace, over plain HTTP. */
export function commandCalls({ origin, token, call }: Caller, workspaceId: string) {
  const authorization = `Bearer ${token}`;

  async function succeeded(name: string, input: object, options?: CallOptions) {
    const response = await call(`commands.${name}`, { workspaceId, ...input }, options);
    expect(response.problem).toBeUndefined();
    return response.data;
  }

  const get = (id: string): Promise<Command> => succeeded("get", { id });
  return {
    call: (name: string, input: object, options?: CallOptions) =>
      call(`commands.${name}`, { workspaceId, ...input }, options),
    run: (input: object, options?: CallOptions): Promise<CommandResult> => succeeded("run", input, options),
    start: (input: object, options?: CallOptions): Promise<Command> => succeeded("start", input, options),
    get,
    list: async (input: object = {}): Promise<Command[]> => (await succeeded("list", input)).items,
    signal: (id: string, signal: string): Promise<Command> => succeeded("signal", { id, signal }),
    write: (input: object, options?: CallOptions): Promise<Command> => succeeded("write", input, options),
    ended: (id: string): Promise<Command> =>
      until(async () => {
        const command = await get(id);
        return command.state === "running" ? undefined : command;
      }),

    exec: (body: object, init: RequestInit = {}) =>
      fetch(`${origin}/exec/${workspaceId}`, {
        method: "POST",
        body: JSON.stringify(body),
        ...init,
        headers: { authorization, "content-type": "application/json", ...init.headers },
      }),

    /** Subscribes, and yields the messages until the server ends the stream or the caller leaves the loop. */
    async *output(id: string, after: { lastEventId?: string } = {}): AsyncGenerator<OutputMessage> {
      const leave = new AbortController();
      const input = encodeURIComponent(JSON.stringify({ workspaceId, id }));
      const headers = {
        ...{ authorization, accept: "text/event-stream" },
        ...(after.lastEventId === undefined ? {} : { "last-event-id": after.lastEventId }),
      };
      const response = await fetch(`${origin}/trpc/commands.output?input=${input}`, { headers, signal: leave.signal });
      try {
        yield* messagesOf(response);
      } finally {
        leave.abort();
      }
    },
  };
}

/** The output of one command, read over any number of connections. */
export class OutputReader {
  readonly parts: { offset: number; data: string; encoding: string }[] = [];
  /** The last message. Undefined until the command has ended. */
  end: Record<string, unknown> | undefined;
  #lastEventId: string | undefined;

  get text(): string {
    return this.parts.map(({ data }) => data).join("");
  }

  /** True when every part continues the part before it, so that no byte was lost or repeated. */
  get isContinuous(): boolean {
    let next = 0;
    return this.parts.every(({ offset, data }) => {
      const fits = offset === next;
      next = offset + Buffer.byteLength(data);
      return fits;
    });
  }

  /** Reads from where it was interrupted, to the end or until enough is read. */
  async read(
    { output }: Pick<ReturnType<typeof commandCalls>, "output">,
    id: string,
    isEnough: () => boolean | Promise<boolean> = () => false,
  ): Promise<void> {
    const lastEventId = this.#lastEventId;
    for await (const message of output(id, lastEventId === undefined ? {} : { lastEventId })) {
      this.#lastEventId = message.id;
      if ("stream" in message.data) this.parts.push(message.data as never);
      else this.end = message.data;
      if (await isEnough()) return;
    }
  }
}

async function* messagesOf(response: Response): AsyncGenerator<OutputMessage> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    const events = text.split("\n\n");
    text = events.pop() ?? "";
    for (const event of events) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(event)?.[1];
      const type = field("event");
      if (type === "return") return;
      const [id, data] = [field("id"), field("data")];
      if (id !== undefined && data !== undefined) yield { id, data: JSON.parse(data) };
      else if (type === "serialized-error") throw new Error(data);
    }
  }
}

/** The lines of `POST /exec`, each checked against its shape. */
export async function execLines(response: Response) {
  const text = await response.text();
  const lines = text.trimEnd().split("\n");
  return lines.map((line) => execLineShape.parse(JSON.parse(line)));
}

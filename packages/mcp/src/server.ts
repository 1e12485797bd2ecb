import { type Actor, canCall, type Problem } from "@berth/domain";
import { badInput, problemOfCall, type RequestContext } from "@berth/routers";
import {
  type CallToolResult,
  createMcpHandler,
  type McpHttpHandler,
  ProtocolError,
  ProtocolErrorCode,
  Server,
  type Tool,
} from "@modelcontextprotocol/server";
import { z } from "zod";
import { runTool } from "./run-tool.ts";
import { readInput, schemaFor } from "./tool-input.ts";
import { TOOLS, type ToolDefinition, toolName } from "./tools.ts";

/** Everything of a request's context but what the request itself adds. */
export type McpContext = Omit<RequestContext, "idempotencyKey" | "actor">;

const INSTRUCTIONS = `Berth runs workspaces: machines with a data volume that outlives them. A typical job: workspaces_create, operations_get with waitSeconds, files_write, commands_run, then leave the workspace or delete it. Ids are UUIDs. Errors say what to do next; retry only those with retryable true.`;

/** A longer result is cut, because a model reads all of it. */
const RESULT_CHARS_MAX = 100_000;

const byName = new Map(TOOLS.map((definition) => [toolName(definition.procedure), definition]));

/** Serves MCP requests of callers that have been authenticated: `authInfo.extra.actor` is theirs. */
export function openMcp(context: McpContext): McpHttpHandler {
  return createMcpHandler(({ authInfo }) => serverFor(context, authInfo?.extra?.actor as Actor), {
    onerror: (error) => context.deps.log("info", { msg: "mcp request rejected", error: error.message }),
  });
}

function serverFor(context: McpContext, actor: Actor): Server {
  const server = new Server(
    { name: "berth", title: "Berth", version: "1.0.0" },
    { capabilities: { tools: {} }, instructions: INSTRUCTIONS },
  );
  server.setRequestHandler("tools/list", () => ({
    tools: TOOLS.filter(({ procedure }) => canCall(actor, procedure)).map((definition) => present(actor, definition)),
  }));
  server.setRequestHandler("tools/call", async ({ params: { name, arguments: given = {} } }, { mcpReq }) => {
    const definition = byName.get(name);
    if (!definition || !canCall(actor, definition.procedure)) throw unknownTool(name);
    const signal = AbortSignal.any([mcpReq.signal, context.signal]);
    const call = { ...context, actor, idempotencyKey: null, signal };
    try {
      return resultOf(await runTool(call, definition, readInput(actor, definition, given)));
    } catch (error) {
      return failure(error instanceof z.ZodError ? badInput(error) : problemOfCall(error), context, name, error);
    }
  });
  return server;
}

const unknownTool = (name: string): ProtocolError =>
  new ProtocolError(
    ProtocolErrorCode.InvalidParams,
    `There is no tool ${JSON.stringify(name.slice(0, 100))}, or this token may not use it. tools/list has all tools of this token.`,
  );

function present(actor: Actor, definition: ToolDefinition): Tool {
  const { procedure, title, description, effect } = definition;
  const annotations = {
    title,
    readOnlyHint: effect === "reads",
    destructiveHint: effect === "destroys",
    openWorldHint: procedure === "commands.run" || procedure === "commands.start",
  };
  return {
    name: toolName(procedure),
    title,
    description,
    annotations,
    inputSchema: schemaFor(actor, definition) as Tool["inputSchema"],
  };
}

function resultOf(output: unknown): CallToolResult {
  const text = JSON.stringify(output ?? null);
  if (text.length > RESULT_CHARS_MAX) {
    const note = `\n[Cut after ${RESULT_CHARS_MAX} of ${text.length} characters. Ask for less, e.g. with limit, length or outputLimitBytes.]`;
    return { content: [{ type: "text", text: text.slice(0, RESULT_CHARS_MAX) + note }] };
  }
  const structured = typeof output === "object" && output !== null && !Array.isArray(output);
  return {
    content: [{ type: "text", text }],
    ...(structured ? { structuredContent: output as Record<string, unknown> } : {}),
  };
}

/** A failed call is a result: a model reads it and acts on it. */
function failure(problem: Problem, { deps }: McpContext, tool: string, error: unknown): CallToolResult {
  if (problem.code === "internal") {
    deps.log("error", { msg: "tool failed", tool, error: error instanceof Error ? error.stack : String(error) });
  }
  const { message, ...rest } = problem;
  return {
    isError: true,
    content: [{ type: "text", text: `${message}\n${JSON.stringify(rest)}` }],
    structuredContent: { problem },
  };
}

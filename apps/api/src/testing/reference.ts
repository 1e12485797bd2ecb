import { ACCESS, type Action, PROBLEM_CODES, PROBLEM_STATUS } from "@berth/domain";
import { EXCLUDED, TOOLS, toolName } from "@berth/mcp";
import { appRouter } from "@berth/routers";
import { z } from "zod";
import { procedures } from "./test-api.ts";

interface Schema {
  type?: string;
  enum?: unknown[];
  const?: unknown;
  format?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
}

const WHO = {
  anyone: "anyone",
  actor: "any token",
  workspace: "owner, org, or the workspace's own token",
  org: "owner or org",
  owner: "owner",
} as const;

/** Generates docs/procedures.md from the router, the access table and the list of problems. */
export function procedureReference(): string {
  const rows = procedures.map(({ name, type }) => {
    const method = type === "mutation" ? "POST" : type === "query" ? "GET" : "GET, a stream";
    return `| \`${name}\` | ${method} | ${WHO[ACCESS[name as Action]]} | ${inputOf(name)} |`;
  });
  const problems = PROBLEM_CODES.map((code) => `| \`${code}\` | ${PROBLEM_STATUS[code]} |`);
  return `${[
    "# Procedures and problems",
    "",
    "Generated from the code by a test; [api.md](api.md) explains it. `?` marks an optional field, `=` its default.",
    "",
    "| procedure | method | who | input |",
    "|---|---|---|---|",
    ...rows,
    "",
    "## Problems",
    "",
    "| code | HTTP status |",
    "|---|---|",
    ...problems,
  ].join("\n")}\n`;
}

/** Generates docs/mcp-tools.md from the table of tools. */
export function toolReference(): string {
  const rows = TOOLS.map(
    ({ procedure, effect, description }) => `| \`${toolName(procedure)}\` | ${effect} | ${description} |`,
  );
  const without = Object.entries(EXCLUDED).map(([procedure, reason]) => `| \`${procedure}\` | ${reason} |`);
  return `${[
    "# MCP tools",
    "",
    "Generated from the code by a test; [agents.md](agents.md) explains them. Inputs are those of the procedures in [procedures.md](procedures.md).",
    "",
    "| tool | effect | description |",
    "|---|---|---|",
    ...rows,
    "",
    "## Procedures without a tool",
    "",
    "| procedure | reason |",
    "|---|---|",
    ...without,
  ].join("\n")}\n`;
}

function inputOf(name: string): string {
  const procedure = (appRouter._def.procedures as unknown as Record<string, { _def: { inputs: z.ZodType[] } }>)[name];
  const [schema] = procedure?._def.inputs ?? [];
  if (!schema) return "";
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Schema;
  return `\`${write(json).replaceAll("|", "\\|")}\``;
}

function write(schema: Schema): string {
  const { anyOf, oneOf, enum: values, properties, items, type } = schema;
  const choices = anyOf ?? oneOf;
  if (choices) return choices.map(write).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (values) return values.map((value) => JSON.stringify(value)).join(" | ");
  if (properties)
    return `{${Object.entries(properties)
      .map(([key, value]) => field(schema, key, value))
      .join(", ")}}`;
  if (items) return `[${write(items)}]`;
  if (schema.format === "uuid") return "uuid";
  return type ?? "any";
}

function field({ required = [] }: Schema, key: string, value: Schema): string {
  const optional = required.includes(key) ? "" : "?";
  const fallback =
    value.default === undefined || typeof value.default === "object" ? "" : `=${JSON.stringify(value.default)}`;
  return `${key}${optional}: ${write(value)}${fallback}`;
}

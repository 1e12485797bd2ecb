import { type Action, type Actor, DomainError } from "@berth/domain";
import { inputOfProcedure } from "@berth/routers";
import { z } from "zod";
import type { ToolDefinition } from "./tools.ts";

/** The longest time that a tool waits. Clients end a call after a minute. */
const WAIT_SECONDS_MAX = 45;

const seconds = z.number().int().min(0).max(WAIT_SECONDS_MAX);

/** Inputs of tools that are not the procedure's own. */
const EXTRA: Partial<Record<Action, z.ZodRawShape>> = {
  "operations.get": { waitSeconds: seconds.default(0) },
  "commands.output": {
    waitSeconds: seconds.default(5),
    limitBytes: z.number().int().min(4).max(65_536).default(16_384),
  },
};

/** Reconnecting clients send it; a tool has no connection. */
const HIDDEN = new Set(["lastEventId"]);

interface ObjectSchema {
  type: "object";
  properties: Record<string, Record<string, unknown>>;
  required?: string[];
  [keyword: string]: unknown;
}

const schemas = new Map<Action, ObjectSchema>();

/** The tool's input as a JSON Schema (draft 2020-12), made from the procedure's own. */
function schemaOf(definition: ToolDefinition): ObjectSchema {
  const known = schemas.get(definition.procedure);
  if (known) return known;
  const made = makeSchema(definition);
  schemas.set(definition.procedure, made);
  return made;
}

function makeSchema({ procedure, bounds = {} }: ToolDefinition): ObjectSchema {
  const schema = toJsonSchema(inputOfProcedure(procedure));
  for (const name of HIDDEN) delete schema.properties[name];
  for (const [name, { default: value, maximum }] of Object.entries(bounds)) {
    schema.properties[name] = { ...schema.properties[name], default: value, maximum };
  }
  const extra = EXTRA[procedure];
  if (extra) Object.assign(schema.properties, toJsonSchema(z.strictObject(extra)).properties);
  return schema;
}

const toJsonSchema = (schema: z.ZodType): ObjectSchema => {
  const { default: _, ...made } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return { properties: {}, ...made, type: "object" } as ObjectSchema;
};

/** The field that names the workspace; null when the procedure concerns none. */
function workspaceField(definition: ToolDefinition): "workspaceId" | "id" | null {
  if (schemaOf(definition).properties.workspaceId) return "workspaceId";
  return definition.procedure.startsWith("workspaces.") ? "id" : null;
}

/** For the caller: a workspace's token needs not name its own workspace. */
export function schemaFor(actor: Actor, definition: ToolDefinition): ObjectSchema {
  const schema = schemaOf(definition);
  const field = workspaceField(definition);
  if (actor.workspaceId === null || field === null) return schema;
  return { ...schema, required: (schema.required ?? []).filter((name) => name !== field) };
}

export interface ToolInput {
  /** For the procedure. */
  input: Record<string, unknown>;
  extra: Record<string, unknown>;
}

/** Applies the tool's defaults and bounds. The procedure checks everything else. */
export function readInput(actor: Actor, definition: ToolDefinition, given: Record<string, unknown>): ToolInput {
  const { procedure, bounds = {} } = definition;
  const input = { ...given };
  const field = workspaceField(definition);
  if (field !== null && actor.workspaceId !== null) input[field] ??= actor.workspaceId;
  for (const name of HIDDEN) delete input[name];
  for (const [name, bound] of Object.entries(bounds)) {
    input[name] ??= bound.default;
    if (typeof input[name] === "number" && input[name] > bound.maximum) {
      const message = `${name}: At most ${bound.maximum} for this tool. Continue with another call.`;
      throw new DomainError("invalid_input", message, { details: { fields: [{ field: name, message }] } });
    }
  }
  const shape = EXTRA[procedure];
  if (!shape) return { input, extra: {} };
  const extra: Record<string, unknown> = {};
  for (const name of Object.keys(shape)) {
    if (input[name] !== undefined) extra[name] = input[name];
    delete input[name];
  }
  return { input, extra: z.strictObject(shape).parse(extra) };
}

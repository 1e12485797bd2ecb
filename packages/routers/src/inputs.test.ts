import { describe, expect, test } from "vitest";
import type { z } from "zod";
import { appRouter } from "./app-router.ts";

interface Definition {
  type: string;
  shape?: Record<string, z.core.$ZodType>;
  options?: readonly z.core.$ZodType[];
  element?: z.core.$ZodType;
  innerType?: z.core.$ZodType;
  in?: z.core.$ZodType;
}

/** All string schemas in a schema, with the paths of their fields. */
function* stringsOf(schema: z.core.$ZodType, path: string): Generator<[string, z.ZodString]> {
  const definition = schema._zod.def as unknown as Definition;
  if (definition.type === "string") yield [path, schema as z.ZodString];
  for (const [key, field] of Object.entries(definition.shape ?? {})) yield* stringsOf(field, `${path}.${key}`);
  for (const option of definition.options ?? []) yield* stringsOf(option, path);
  for (const inner of [definition.element, definition.innerType, definition.in])
    if (inner) yield* stringsOf(inner, path);
}

const procedures = Object.entries<unknown>(appRouter._def.procedures).map(([name, procedure]) => {
  const { inputs } = (procedure as { _def: { inputs: readonly z.core.$ZodType[] } })._def;
  return [name, inputs] as const;
});
const strings = procedures.flatMap(([name, inputs]) => inputs.flatMap((input) => [...stringsOf(input, name)]));

/** File contents and the input of commands are bytes. */
const MAY_HOLD_NUL = new Set([
  "files.write.content",
  "commands.run.stdin",
  "commands.start.stdin",
  "commands.write.data",
]);

describe("every string in the input of every procedure", () => {
  test("is found by the traversal", () => {
    expect(strings.map(([path]) => path)).toEqual(
      expect.arrayContaining(["workspaces.create.compute.image", "files.watch.paths", "tokens.create.name"]),
    );
    expect(procedures.every(([, inputs]) => inputs.length > 0)).toBe(true);
  });

  test.each(strings)("%s rejects NUL and lone surrogates", (path, schema) => {
    expect(schema.safeParse("a\ud800b").success).toBe(false);
    expect(schema.safeParse("a\udc00").success).toBe(false);
    expect(schema.safeParse("a\0b").success).toBe(MAY_HOLD_NUL.has(path));
  });
});

test.each(["tokens.create.name", "workspaces.create.name", "workspaces.create.model"])(
  "%s rejects control characters and trims line ends",
  (path) => {
    const [, schema] = strings.find(([found]) => found === path) ?? [];
    expect(schema?.safeParse("a\u0007b").success).toBe(false);
    expect(schema?.safeParse("a\nb").success).toBe(false);
    expect(schema?.parse("a b\n")).toBe("a b");
  },
);

test("workspaces.create.role keeps line breaks and tabs and rejects other control characters", () => {
  const [, schema] = strings.find(([found]) => found === "workspaces.create.role") ?? [];
  expect(schema?.parse("first\n\tsecond")).toBe("first\n\tsecond");
  expect(schema?.safeParse("a\u001b[31m").success).toBe(false);
});

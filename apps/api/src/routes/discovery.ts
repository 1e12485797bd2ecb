import type { Deps } from "@berth/services";
import type { FastifyInstance } from "fastify";

/** For an agent that knows only the address: what Berth is and how to begin. Responses 401 and 404 point to it. */
export function discoveryRoute(app: FastifyInstance, { settings }: Deps): void {
  app.get("/llms.txt", async (_request, reply) =>
    reply.type("text/plain; charset=utf-8").header("cache-control", "no-cache").send(guide(settings.publicUrl)),
  );
}

const guide = (publicUrl: string): string => {
  const url = publicUrl.replace(/\/$/, "");
  return `# Berth

> Workspaces that outlive their machines: a workspace is a machine (a local process, a Docker container or an EC2
> instance) with a data volume that survives every replacement of that machine. Work in one with commands and files.

Every request needs \`Authorization: Bearer <token>\`. Ask the person who runs this Berth for a token. A workspace's own
token reaches that workspace alone.

## Ways to work

- MCP: ${url}/mcp (streamable HTTP, bearer token). The tools are the procedures below.
- HTTP: \`POST ${url}/trpc/<procedure>\` with a JSON body for what changes something,
  \`GET ${url}/trpc/<procedure>?input=<JSON, percent-encoded>\` for what only reads. Results are in \`result.data\`.
- One command with its output as JSON lines: \`POST ${url}/exec/<workspaceId>\` with \`{"command": "uname -a"}\`.
- Files as bytes: \`GET\`, \`PUT\`, \`DELETE ${url}/files/<workspaceId>/workspace/<path>\`.

## A whole job

1. \`workspaces.create\` with \`{"name": "first", "compute": {"dataPersistence": "persist"}}\` returns the workspace and an operation.
2. \`operations.get\` with its id, until \`status\` is \`succeeded\`. \`workspaces.get\` then shows \`online\`.
3. \`files.write\` with \`{"workspaceId": "…", "root": "/workspace", "path": "/a.py", "content": "print(6 * 7)"}\`.
4. \`commands.run\` with \`{"workspaceId": "…", "command": ["python3", "a.py"]}\` returns \`exitCode\`, \`stdout\` and \`stderr\`.
5. \`workspaces.restart\`: files on the data volume are kept.
6. \`workspaces.deletePreview\`, then \`workspaces.delete\` with \`confirmName\`. With \`eraseData\`, \`volumes.receipt\` proves the erase.

## Errors

An error has \`error.data.problem\` with \`code\`, \`message\` (what to do next), \`retryable\` and \`details\`. Repeat a request safely
with the header \`Idempotency-Key: <uuid>\`: it is executed once.
`;
};

import { DomainError, formatWorkspacePath, parseWorkspacePath, type WorkspacePath } from "@berth/domain";
import { copyEntry } from "../files/copy.ts";
import { deleteEntry } from "../files/delete.ts";
import { makeDirectory } from "../files/directories.ts";
import { moveEntry } from "../files/move.ts";
import type { Call } from "./call.ts";
import { type Handler, rootOf } from "./handler.ts";

export const postMakeDirectory: Handler = async (context, call) => {
  const body = await call.json();
  const path = pathIn(body, "path");
  await makeDirectory(rootOf(context, path), path, {
    parents: flagIn(body, "parents"),
    signal: call.signal,
    refuseRootName: flagIn(body, "refuseRootName"),
  });
  respondWithPath(call, path);
};

export const postMove: Handler = async (context, call) => {
  const body = await call.json();
  const to = pathIn(body, "to");
  await moveEntry(rootOf(context, to), pathIn(body, "from"), to, { overwrite: flagIn(body, "overwrite") });
  respondWithPath(call, to);
};

export const postCopy: Handler = async (context, call) => {
  const body = await call.json();
  const to = pathIn(body, "to");
  const differences = await copyEntry(rootOf(context, to), pathIn(body, "from"), to, {
    overwrite: flagIn(body, "overwrite"),
    signal: call.signal,
  });
  call.respondJson({ path: formatWorkspacePath(to), differences });
};

export const postDelete: Handler = async (context, call) => {
  const body = await call.json();
  const path = pathIn(body, "path");
  await deleteEntry(rootOf(context, path), path, { recursive: flagIn(body, "recursive") });
  respondWithPath(call, path);
};

const respondWithPath = (call: Call, path: WorkspacePath): void =>
  call.respondJson({ path: formatWorkspacePath(path) });

function pathIn(body: Readonly<Record<string, unknown>>, field: string): WorkspacePath {
  const { root, [field]: path } = body;
  if (typeof root === "string" && typeof path === "string") return parseWorkspacePath(root, path);
  throw new DomainError("invalid_input", `"root" and "${field}" must be strings.`);
}

function flagIn(body: Readonly<Record<string, unknown>>, field: string): boolean {
  const value = body[field] ?? false;
  if (typeof value === "boolean") return value;
  throw new DomainError("invalid_input", `"${field}" must be true or false.`);
}

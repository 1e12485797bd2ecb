import { constants } from "node:http2";
import { parseFileRoot, parseWorkspacePath, type WorkspacePath } from "@berth/domain";
import type { Root } from "../files/root.ts";
import { dropUpload, parseContentRange, receivePart, uploadOffset } from "../files/uploads.ts";
import type { WriteOptions } from "../files/write-file.ts";
import { type Call, CallerDisconnectedError } from "./call.ts";
import { type Handler, rootOf } from "./handler.ts";

interface Receiving {
  call: Call;
  done: Promise<void>;
}

/** The current connection of each upload: a client that reconnects ends its lost connection. */
const receiving = new Map<string, Receiving>();

export async function putPart(
  call: Call,
  root: Root,
  path: WorkspacePath,
  id: string,
  options: WriteOptions,
): Promise<void> {
  const part = parseContentRange(id, call.headers["content-range"]);
  await takeOver(`${root.path}:${id}`, call, async () => {
    if (call.stream.destroyed) throw new CallerDisconnectedError();
    const result = await receivePart(root, path, part, call.body(), options);
    if ("sha256" in result) return call.respondJson(result);
    call.respondJson(result, constants.HTTP_STATUS_ACCEPTED);
  });
}

async function takeOver(key: string, call: Call, work: () => Promise<void>): Promise<void> {
  const before = receiving.get(key);
  const done = (async () => {
    before?.call.stream.destroy(new Error("Another connection continues this upload."));
    await before?.done.catch(() => {});
    await work();
  })();
  const entry = { call, done };
  receiving.set(key, entry);
  try {
    await done;
  } finally {
    if (receiving.get(key) === entry) receiving.delete(key);
  }
}

export const headUpload: Handler = async (context, call) => {
  const offset = await uploadOffset(rootNamed(context, call), call.text("upload"));
  if (offset === null) return call.respondEmpty(constants.HTTP_STATUS_NOT_FOUND);
  call.respondEmpty(constants.HTTP_STATUS_OK, { "upload-offset": offset });
};

export const deleteUpload: Handler = async (context, call) => {
  await dropUpload(rootNamed(context, call), call.text("upload"));
  call.respondEmpty(constants.HTTP_STATUS_NO_CONTENT);
};

const rootNamed = (context: Parameters<Handler>[0], call: Call): Root =>
  rootOf(context, parseWorkspacePath(parseFileRoot(call.text("root")), "/"));

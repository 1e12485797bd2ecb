import { constants, type OutgoingHttpHeaders } from "node:http2";
import { isUnchanged, parseRange } from "../files/conditions.ts";
import { openForReading, sendRange } from "../files/read-file.ts";
import { writeFile } from "../files/write-file.ts";
import { type Handler, rootOf } from "./handler.ts";
import { putPart } from "./upload-handlers.ts";

export const getContent: Handler = async (context, call) => {
  const { path, headers, stream } = call;
  using file = await openForReading(rootOf(context, path), path);
  const facts: OutgoingHttpHeaders = {
    etag: file.etag,
    "last-modified": new Date(file.modifiedAtMs).toUTCString(),
    "accept-ranges": "bytes",
  };
  if (isUnchanged(headers["if-none-match"], file.etag))
    return call.respondEmpty(constants.HTTP_STATUS_NOT_MODIFIED, facts);

  const ifRange = headers["if-range"];
  const range = parseRange(ifRange === undefined || ifRange === file.etag ? headers.range : undefined, file.size);
  if (range === "unsatisfiable") {
    const contentRange = `bytes */${file.size}`;
    return call.respondEmpty(constants.HTTP_STATUS_RANGE_NOT_SATISFIABLE, { ...facts, "content-range": contentRange });
  }
  const { start, end } = range === "whole" ? { start: 0, end: file.size } : range;
  stream.respond({
    ":status": range === "whole" ? constants.HTTP_STATUS_OK : constants.HTTP_STATUS_PARTIAL_CONTENT,
    ...facts,
    "content-type": "application/octet-stream",
    "content-length": end - start,
    ...(range === "whole" ? {} : { "content-range": `bytes ${start}-${end - 1}/${file.size}` }),
  });
  await sendRange(file, { start, end }, stream);
  stream.end();
};

export const putContent: Handler = async (context, call) => {
  const { path, headers } = call;
  const root = rootOf(context, path);
  const options = {
    ifMatch: headers["if-match"] ?? null,
    ifNoneMatch: headers["if-none-match"] ?? null,
    createParents: call.query.get("parents") !== "false",
    signal: call.signal,
    refuseRootName: call.query.get("refuseRootName") === "true",
  };
  const upload = call.query.get("upload");
  if (upload !== null) return putPart(call, root, path, upload, options);
  call.respondJson(await writeFile(root, path, call.body(), options));
};

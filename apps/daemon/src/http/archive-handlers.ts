import { finished } from "node:stream/promises";
import { DomainError } from "@berth/domain";
import { describeTree } from "../files/archive/manifest.ts";
import { sendTar } from "../files/archive/send-tar.ts";
import { sendZip } from "../files/archive/send-zip.ts";
import { unpackTar } from "../files/archive/unpack-tar.ts";
import { openFolder } from "../files/resolve.ts";
import type { Call } from "./call.ts";
import { type Handler, rootOf } from "./handler.ts";

export const ARCHIVE_OUT_FORMATS = ["tar", "tar.gz", "zip"] as const;
const ARCHIVE_IN_FORMATS = ["tar", "tar.gz"] as const;
const CONTENT_TYPES = { tar: "application/x-tar", "tar.gz": "application/gzip", zip: "application/zip" } as const;

export const getArchive: Handler = async (context, call) => {
  const { path, stream } = call;
  const format = call.choice("format", ARCHIVE_OUT_FORMATS, "tar.gz");
  // Open the folder before sending headers, so that a missing folder is still reported as a problem.
  using folder = await openFolder(rootOf(context, path), path);
  stream.respond({ ":status": 200, "content-type": CONTENT_TYPES[format] });
  if (format === "zip") {
    await sendZip(folder, stream, call.signal);
  } else {
    await sendTar(folder, stream, { compress: format === "tar.gz", exact: isExact(call), signal: call.signal });
  }
  await finished(stream, { readable: false });
};

export const putArchive: Handler = async (context, call) => {
  const { path } = call;
  const root = rootOf(context, path);
  if (call.query.get("format") === "zip") {
    throw new DomainError("invalid_input", "Zip archives cannot be unpacked here. Send tar or tar.gz.");
  }
  const format = call.choice("format", ARCHIVE_IN_FORMATS, "tar");
  const options = { compressed: format === "tar.gz", exact: isExact(call), signal: call.signal };
  call.respondJson(await unpackTar(root, path, call.body(), options));
};

export const getManifest: Handler = async (context, call) => {
  const { path } = call;
  using folder = await openFolder(rootOf(context, path), path);
  const checksum = call.choice("checksum", ["true", "false"], "true") === "true";
  call.respondJson(await describeTree(folder, { checksum, signal: call.signal }));
};

/** True for a move between instances, which carries everything or fails. */
const isExact = (call: Call): boolean => call.choice("exact", ["true", "false"], "false") === "true";

import { problemOf } from "#shared/api/problem.ts";
import { fileUrl, type Place } from "../file-url.ts";
import { contentRange, isSentInParts, nextPart, type Part } from "./plan.ts";

export interface Sending {
  place: Place;
  path: string;
  file: File;
  /** The upload's id, which allows it to resume. */
  uploadId: string;
  /** True when the server may already have a part of it. */
  isResumed: boolean;
  /** False makes the server refuse to overwrite an existing file. */
  mayReplace: boolean;
  signal: AbortSignal;
  onProgress: (sentBytes: number) => void;
}

/**
 * Sends one file, resuming from what the server already has.
 *
 * @throws the server's error (`{ error }`), or a TypeError when the connection broke.
 */
export async function sendFile(sending: Sending): Promise<void> {
  if (!isSentInParts(sending.file.size)) {
    await put(sending, fileUrl(sending.place, sending.path), sending.file, {}, 0);
    return;
  }
  const url = fileUrl(sending.place, sending.path, { upload: sending.uploadId });
  let offset = sending.isResumed ? await arrivedBytes(url, sending.signal) : 0;
  for (let part = nextPart(sending.file.size, offset); part; part = nextPart(sending.file.size, offset)) {
    offset = await sendPart(sending, url, part);
  }
}

/** @returns the offset of the next part; the server's offset wins. */
async function sendPart(sending: Sending, url: string, part: Part): Promise<number> {
  const { file } = sending;
  const headers = { "content-range": contentRange(part, file.size) };
  try {
    await put(sending, url, file.slice(part.start, part.end), headers, part.start);
    return part.end;
  } catch (error) {
    const problem = problemOf(error);
    const offset = problem?.code === "upload_offset_mismatch" ? problem.details?.offset : undefined;
    if (typeof offset === "number" && offset !== part.start) return offset;
    throw error;
  }
}

async function arrivedBytes(url: string, signal: AbortSignal): Promise<number> {
  const response = await fetch(url, { method: "HEAD", signal });
  return response.ok ? Number(response.headers.get("upload-offset") ?? 0) : 0;
}

/** Discards the server's part of an abandoned upload, which would otherwise expire after a day. */
export const dropUpload = ({ place, path, uploadId }: Pick<Sending, "place" | "path" | "uploadId">): Promise<unknown> =>
  fetch(fileUrl(place, path, { upload: uploadId }), { method: "DELETE" }).catch(() => undefined);

/** XMLHttpRequest, because `fetch` does not report upload progress. */
function put(
  { mayReplace, signal, onProgress }: Sending,
  url: string,
  body: Blob,
  headers: Record<string, string>,
  base: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    const settle = (finish: () => void) => {
      signal.removeEventListener("abort", abort);
      finish();
    };
    request.open("PUT", url);
    request.setRequestHeader("content-type", "application/octet-stream");
    if (!mayReplace) request.setRequestHeader("if-none-match", "*");
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => onProgress(base + event.loaded);
    request.onload = () => settle(() => (request.status < 300 ? resolve() : reject(errorFrom(request))));
    request.onerror = () => settle(() => reject(new TypeError("Connection lost.")));
    request.onabort = () => settle(() => reject(signal.reason));
    signal.addEventListener("abort", abort);
    request.send(body);
  });
}

function errorFrom(request: XMLHttpRequest): unknown {
  try {
    return JSON.parse(request.responseText);
  } catch {
    return new Error(`The server returned ${request.status}.`);
  }
}

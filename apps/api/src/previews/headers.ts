/** Headers as Node delivers and accepts them: name, value, name, value. It keeps their case, order and repetitions. */
export type RawHeaders = readonly string[];

/** Apply to one connection only (RFC 9110 7.6.1). */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Berth itself sets these or has responded to them. */
const SET_BY_BERTH: ReadonlySet<string> = new Set(["host", "expect", "http2-settings"]);
const FORWARDED = /^(forwarded|x-forwarded-.*|x-real-ip|x-berth-.*|x-molecule-org-id)$/;

export const pairsOf = (raw: RawHeaders): [name: string, value: string][] =>
  Array.from({ length: raw.length / 2 }, (_, at) => [raw[at * 2] ?? "", raw[at * 2 + 1] ?? ""]);

/** The values of a header, in order. */
export const valuesOf = (raw: RawHeaders, name: string): string[] =>
  pairsOf(raw).flatMap(([each, value]) => (each.toLowerCase() === name ? [value] : []));

/** Without the headers of one connection, including those that `Connection` names. */
function endToEnd(raw: RawHeaders): [string, string][] {
  const named = valuesOf(raw, "connection").flatMap((value) => value.split(","));
  const dropped = new Set([...HOP_BY_HOP, ...named.map((name) => name.trim().toLowerCase())]);
  // Without its length, a body would end elsewhere for the server than for Berth.
  dropped.delete("content-length");
  return pairsOf(raw).filter(([name]) => !dropped.has(name.toLowerCase()));
}

/** What an HTTP request asks to switch to, or null. Berth passes on WebSockets only. */
export const isWebSocketUpgrade = (headers: { upgrade?: string | undefined }): boolean =>
  headers.upgrade?.toLowerCase() === "websocket";

export interface ForwardedRequest {
  method: string;
  rawHeaders: RawHeaders;
  port: number;
  isUpgrade: boolean;
  /** Whether a body follows, whose length no header gives. */
  isChunked: boolean;
  scheme: "http" | "https";
  /** The path below which the server is found; empty for a preview with its own name. */
  prefix: string;
  /** Changes or drops (null) a header. */
  change(name: string, value: string): string | null;
}

/**
 * The headers for the server in the workspace. It is addressed as `localhost`, because development servers refuse names
 * that they do not know.
 */
export function requestHeaders(request: ForwardedRequest): string[] {
  const kept = endToEnd(request.rawHeaders).flatMap(([name, value]) => {
    const key = name.toLowerCase();
    if (SET_BY_BERTH.has(key) || FORWARDED.test(key)) return [];
    const changed = request.change(key, value);
    return changed === null ? [] : [name, changed];
  });
  const own = ["Host", `localhost:${request.port}`, "X-Forwarded-Proto", request.scheme];
  if (request.prefix !== "") own.push("X-Forwarded-Prefix", request.prefix);
  if (request.isUpgrade) return [...own, ...kept, "Connection", "Upgrade", "Upgrade", "websocket"];
  // Otherwise Node would send the body of a GET without any framing.
  if (request.isChunked) own.push("Transfer-Encoding", "chunked");
  else if (valuesOf(kept, "content-length").length === 0 && MAY_HAVE_BODY.has(request.method))
    own.push("Content-Length", "0");
  return [...own, ...kept, "Connection", "close"];
}

const MAY_HAVE_BODY: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

/** The headers for the caller. `change` returns the value to send, or null to drop the header. */
export const responseHeaders = (raw: RawHeaders, change: (name: string, value: string) => string | null): string[] =>
  endToEnd(raw).flatMap(([name, value]) => {
    const changed = change(name.toLowerCase(), value);
    return changed === null ? [] : [name, changed];
  });

import { type Deps, type PortPlace, previewOfHost, previewOrigin } from "@berth/services";

/** The cookie is limited to one host, so every preview has its own. */
export const previewCookieName = (isSecure: boolean): string => (isSecure ? "__Host-berth_preview" : "berth_preview");
const COOKIE_NAMES: ReadonlySet<string> = new Set([previewCookieName(true), previewCookieName(false)]);

/** The value of a cookie of the request, or null. */
export function cookieOf(header: string | undefined, name: string): string | null {
  const found = partsOf(header ?? "").find((part) => part.startsWith(`${name}=`));
  return found === undefined ? null : found.slice(name.length + 1);
}

/** The other cookies of the request, which belong to the server in the workspace; null when there are none. */
export function cookiesOfServer(header: string): string | null {
  const kept = partsOf(header).filter((part) => !isBerths(part));
  return kept.length === 0 ? null : kept.join("; ");
}

const partsOf = (header: string): string[] =>
  header
    .split(";")
    .map((part) => part.trim())
    .filter((part) => part !== "");

const nameOf = (cookie: string): string => (cookie.split("=")[0] ?? "").trim();
const isBerths = (cookie: string): boolean =>
  COOKIE_NAMES.has(nameOf(cookie)) || nameOf(cookie).startsWith("berth_session_");

/** Without `Domain`, so that one preview cannot set cookies of another, or of Berth. Null for Berth's own cookie. */
export function limitCookie(value: string): string | null {
  const [pair = "", ...attributes] = value.split(";");
  if (isBerths(pair)) return null;
  return [pair, ...attributes.filter((attribute) => !/^\s*domain\s*(=|$)/i.test(attribute))].join(";");
}

/** The address by which the server in the workspace knows itself. */
const localOrigin = (port: number): string => `http://localhost:${port}`;

/** The preview of the same workspace whose page sent this origin or address, or null. */
export function siblingOf(deps: Deps, { workspaceId }: PortPlace, address: string | undefined): PortPlace | null {
  if (address === undefined || !URL.canParse(address)) return null;
  const sender = previewOfHost(deps, new URL(address).host);
  return sender?.workspaceId === workspaceId ? sender : null;
}

/** `Origin` and `Referer` of a page of the same workspace, as its server knows them: it compares them with `Host`. */
export function localAddress(deps: Deps, place: PortPlace, address: string): string {
  const sender = siblingOf(deps, place, address);
  return sender === null ? address : address.replace(/^[^:]+:\/\/[^/]+/, localOrigin(sender.port));
}

const LOCAL = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0):(\d+)(?=[/?#]|$)/i;

/** A redirect, or an allowed origin, that names a local port leads to that port's preview. */
export function publicAddress(deps: Deps, { workspaceId }: PortPlace, address: string): string {
  const [, port] = LOCAL.exec(address) ?? [];
  const origin = port === undefined ? null : previewOrigin(deps, { workspaceId, port: Number(port) });
  return origin === null ? address : address.replace(LOCAL, origin);
}

import { parentOf, segmentsOf } from "../paths.ts";

/** Where a link or an image of a text leads. */
export type LinkTarget =
  | { kind: "file"; path: string }
  | { kind: "within"; id: string }
  | { kind: "outside"; href: string; host: string }
  | { kind: "nowhere" };

const OUTSIDE = new Set(["http:", "https:", "mailto:"]);

/**
 * @param href as written in the text; relative ones start at the file's folder, `/` is the top of its root.
 * @param from the path of the file that contains the link.
 */
export function linkTargetOf(href: string | undefined, from: string): LinkTarget {
  if (!href) return { kind: "nowhere" };
  if (href.startsWith("#")) return { kind: "within", id: decoded(href.slice(1)) };
  // `//host/path` has no scheme but is another server; browsers treat backslashes the same way.
  if (/^([a-z][a-z0-9+.-]*:|[/\\]{2})/i.test(href)) return outside(href);
  const [written = ""] = href.split(/[?#]/);
  const start = written.startsWith("/") ? [] : segmentsOf(parentOf(from));
  const segments = [...start];
  for (const segment of segmentsOf(written).map(decoded)) {
    if (segment === "..") segments.pop();
    else if (segment !== ".") segments.push(segment);
  }
  return segments.length === 0 ? { kind: "nowhere" } : { kind: "file", path: `/${segments.join("/")}` };
}

function outside(href: string): LinkTarget {
  const url = URL.parse(href, "https://nowhere.invalid");
  if (!url || !OUTSIDE.has(url.protocol)) return { kind: "nowhere" };
  return { kind: "outside", href: url.href, host: url.host === "" ? url.pathname : url.host };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

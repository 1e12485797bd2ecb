import type { Deps } from "../deps.ts";
import type { PortPlace } from "./ports.ts";

type Configured = Pick<Deps, "settings">;

export const previewScheme = ({ settings }: Configured): "http" | "https" =>
  settings.publicUrl.startsWith("https:") ? "https" : "http";

/** Without a slash at the end. Null when previews by name are off. */
export const previewOrigin = (deps: Configured, { workspaceId, port }: PortPlace): string | null =>
  deps.settings.previewDomain === null
    ? null
    : `${previewScheme(deps)}://${port}--${workspaceId}.${deps.settings.previewDomain}`;

const NAME = /^(\d{1,5})--([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/**
 * The preview that a `Host` names. Undefined for every other host; null for one under the preview domain that names no
 * preview. The port of the host is ignored, because a proxy may change it.
 */
export function previewOfHost({ settings }: Configured, host: string | undefined): PortPlace | null | undefined {
  if (settings.previewDomain === null) return undefined;
  const name = withoutPort(host ?? "").replace(/\.$/, "");
  const domain = `.${withoutPort(settings.previewDomain)}`;
  if (!name.endsWith(domain)) return undefined;
  const label = name.slice(0, -domain.length);
  if (!label.includes("--")) return undefined;
  const [, port, workspaceId] = NAME.exec(label) ?? [];
  const number = Number(port);
  return workspaceId !== undefined && number >= 1 && number <= 65_535 ? { workspaceId, port: number } : null;
}

const withoutPort = (host: string): string => host.toLowerCase().replace(/:\d*$/, "");

/** The parameter of a share link. */
export const SHARE_PARAMETER = "berth_share";

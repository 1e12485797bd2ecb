import { assertId } from "../ids.ts";

/** Derives all tags and client tokens from ids alone, so a repeated call finds what the first one created. */

export const TAG = {
  installation: "berth:installation",
  workspace: "berth:workspace",
  incarnation: "berth:incarnation",
  generation: "berth:generation",
  purpose: "berth:purpose",
  /** On the EBS volume of a data volume, and on the instances that use it. */
  volume: "berth:volume",
  /** Next to `volume`: the manifest of the data volume. */
  manifest: "berth:manifest",
  /** The id of the store, on the EBS volume that marks it. */
  store: "berth:store",
} as const;

/** Device name of the data volume. Nitro instances show it as an NVMe disk regardless of this name. */
export const DATA_DEVICE = "/dev/sdf";

/**
 * AWS returns the resource of the first call for a repeated token, and it may have ended since. The caller then uses
 * the token of the next attempt, which is the same for every caller.
 */
export const instanceToken = (incarnationId: string, attempt: number): string =>
  token("i", assertId(incarnationId, "incarnation id"), attempt);

export const volumeToken = (volumeId: string, attempt: number): string =>
  token("v", assertId(volumeId, "volume id"), attempt);

export const storeToken = (installationId: string): string =>
  token("s", assertId(installationId, "installation id"), 1);

const token = (what: string, id: string, attempt: number): string =>
  `berth-${what}-${id}${attempt === 1 ? "" : `-${attempt}`}`;

export const tags = (values: Readonly<Record<string, string>>): { Key: string; Value: string }[] =>
  Object.entries(values).map(([Key, Value]) => ({ Key, Value }));

export const tagOf = (
  list: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined,
  key: string,
): string | null => list?.find(({ Key }) => Key === key)?.Value ?? null;

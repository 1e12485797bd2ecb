import { assertId } from "../ids.ts";

/** Every tag and client token is made here, from ids alone: a repeated call finds what the first one made. */

export const TAG = {
  installation: "berth:installation",
  workspace: "berth:workspace",
  incarnation: "berth:incarnation",
  generation: "berth:generation",
  purpose: "berth:purpose",
  /** On the EBS volume of a data volume, and on the instances that use it. */
  volume: "berth:volume",
  /** Beside `volume`: what the data was last used for. */
  manifest: "berth:manifest",
  /** The id of the store, on the EBS volume that marks it. */
  store: "berth:store",
} as const;

/** Where a data volume is attached. Nitro machines show it as an NVMe disk whatever it is called here. */
export const DATA_DEVICE = "/dev/sdf";

/**
 * AWS answers a repeated token with what the first call made, for as long as it remembers, and that may have been ended
 * since. Then the next attempt's token is used: whoever comes to the same conclusion uses the same one.
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

import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { BACKEND_KINDS, BACKEND_PREFERENCE, type BackendKind } from "@berth/domain";
import { z } from "zod";

const positiveInteger = (fallback: number, max: number) => z.coerce.number().int().min(1).max(max).default(fallback);

const backendList = z
  .string()
  .transform((text) => text.split(",").map((kind) => kind.trim()))
  .pipe(z.array(z.enum(BACKEND_KINDS)).min(1));

const securityGroups = z
  .string()
  .transform((text) => text.split(",").map((id) => id.trim()))
  .pipe(z.array(z.string().regex(/^sg-[0-9a-f]+$/, "must be a list of ids like sg-0123")));

const schema = z.object({
  PORT: z.coerce.number().int().min(0).max(65535).default(3000),
  HOST: z.string().min(1).default("127.0.0.1"),
  BERTH_DATA_DIR: z.string().min(1).default(".berth"),
  BERTH_REPLACES_DATA_DIR: z.uuid().optional(),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  BERTH_PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  BERTH_PREVIEW_DOMAIN: z
    .string()
    .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?$/i, "must be a domain, e.g. previews.example.com")
    .transform((domain) => domain.toLowerCase())
    .optional(),
  BERTH_REPLICA_URL: z.url({ protocol: /^https?$/ }).optional(),
  BERTH_OWNER_TOKEN: z.string().min(32, "must have at least 32 characters").optional(),
  BERTH_ORG_ID: z.string().min(1).max(200).optional(),
  BERTH_BACKENDS: z.literal("auto").or(backendList).default("auto"),
  DOCKER_HOST: z.string().min(1).optional(),
  BERTH_DOCKER_IMAGE: z.string().min(1).optional(),
  AWS_REGION: z.string().min(1).optional(),
  BERTH_EC2_AMI: z
    .string()
    .regex(/^ami-[0-9a-f]+$/, "must be an id like ami-0123")
    .optional(),
  BERTH_EC2_SUBNET_ID: z
    .string()
    .regex(/^subnet-[0-9a-f]+$/, "must be an id like subnet-0123")
    .optional(),
  BERTH_EC2_SECURITY_GROUP_IDS: securityGroups.optional(),
  BERTH_EC2_INSTANCE_TYPE: z
    .string()
    .regex(/^[a-z0-9-]+\.[a-z0-9-]+$/, "must look like t3.medium")
    .optional(),
  BERTH_RETENTION_GRACE_HOURS: z.coerce.number().min(0).max(87_600).default(72),
  BERTH_PROVISION_TIMEOUT_SECONDS: positiveInteger(600, 86_400),
  BERTH_SWEEP_INTERVAL_SECONDS: positiveInteger(60, 86_400),
  BERTH_SWEEP_MIN_AGE_SECONDS: positiveInteger(900, 604_800),
  BERTH_STARTS_MAX: positiveInteger(availableParallelism() + 2, 1000),
});

/** Settings for EC2 instances. */
export interface Ec2Env {
  region: string;
  amiId: string;
  subnetId: string;
  /** The address at which instances reach this process. */
  publicUrl: string;
  securityGroupIds: readonly string[];
  instanceType: string | null;
}

export interface Env {
  port: number;
  host: string;
  dataDirectory: string;
  /** The id of a data directory that never runs again and that this one replaces. */
  replacesDataDirectory: string | null;
  databaseUrl: string | null;
  publicUrl: string | null;
  /** Previews are at `<port>--<workspaceId>.<domain>`. */
  previewDomain: string | null;
  /** The address at which other replicas reach this process; null: HOST and PORT. */
  replicaUrl: string | null;
  ownerToken: string | null;
  orgId: string | null;
  backends: "auto" | readonly BackendKind[];
  dockerHost: string | null;
  dockerImage: string | null;
  /** Null unless all required EC2 settings are present. */
  ec2: Ec2Env | null;
  graceHours: number;
  provisionTimeoutSeconds: number;
  sweepIntervalSeconds: number;
  sweepMinAgeSeconds: number;
  startsMax: number;
}

/** A configuration error of the operator. The message lists every problem but no values, which may be secrets. */
export class EnvError extends Error {
  override readonly name = "EnvError";
}

/**
 * Parses the environment once at start. Takes the source as an argument, so tests need no globals.
 *
 * @param root base for relative paths.
 */
export function readEnv(source: Record<string, string | undefined>, root: string): Env {
  // Shells and compose files use an empty variable for "not set".
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ""));
  const parsed = schema.safeParse(given);
  const problems = [...(parsed.error ? describe(parsed.error) : []), ...notUtf8(given), ...missingForEc2(given)];
  if (!parsed.success || problems.length > 0) throw new EnvError(`These settings are invalid:\n${problems.join("\n")}`);
  const env = parsed.data;
  return {
    port: env.PORT,
    host: env.HOST,
    dataDirectory: resolve(root, env.BERTH_DATA_DIR),
    replacesDataDirectory: env.BERTH_REPLACES_DATA_DIR ?? null,
    databaseUrl: env.DATABASE_URL ?? null,
    publicUrl: publicUrlOf(env),
    previewDomain: env.BERTH_PREVIEW_DOMAIN ?? null,
    replicaUrl: env.BERTH_REPLICA_URL ?? null,
    ownerToken: env.BERTH_OWNER_TOKEN ?? null,
    orgId: env.BERTH_ORG_ID ?? null,
    backends: env.BERTH_BACKENDS,
    dockerHost: env.DOCKER_HOST ?? null,
    dockerImage: env.BERTH_DOCKER_IMAGE ?? null,
    ec2: ec2Of(env),
    graceHours: env.BERTH_RETENTION_GRACE_HOURS,
    provisionTimeoutSeconds: env.BERTH_PROVISION_TIMEOUT_SECONDS,
    sweepIntervalSeconds: env.BERTH_SWEEP_INTERVAL_SECONDS,
    sweepMinAgeSeconds: env.BERTH_SWEEP_MIN_AGE_SECONDS,
    startsMax: env.BERTH_STARTS_MAX,
  };
}

/** Node replaces bytes that are not UTF-8 with U+FFFD, which would change a path. */
const notUtf8 = (given: Record<string, string | undefined>): string[] =>
  Object.keys(schema.shape)
    .filter((name) => given[name]?.includes("\ufffd"))
    .map((name) => `  ${name}: contains bytes that are not UTF-8`);

const EC2_NEEDS = ["AWS_REGION", "BERTH_EC2_AMI", "BERTH_EC2_SUBNET_ID", "BERTH_PUBLIC_URL"] as const;

/** Rejects partial EC2 settings: otherwise a forgotten setting would disable EC2 silently. */
function missingForEc2(given: Record<string, string | undefined>): string[] {
  if (given.BERTH_EC2_AMI === undefined && given.BERTH_EC2_SUBNET_ID === undefined) return [];
  const missing = EC2_NEEDS.filter((name) => given[name] === undefined);
  return missing.map(
    (name) =>
      `  ${name}: EC2 also requires it, in addition to ${EC2_NEEDS.filter((other) => other !== name).join(", ")}`,
  );
}

function ec2Of(env: z.output<typeof schema>): Ec2Env | null {
  const { AWS_REGION: region, BERTH_EC2_AMI: amiId, BERTH_EC2_SUBNET_ID: subnetId } = env;
  const publicUrl = publicUrlOf(env);
  if (region === undefined || amiId === undefined || subnetId === undefined || publicUrl === null) return null;
  return {
    ...{ region, amiId, subnetId, publicUrl },
    securityGroupIds: env.BERTH_EC2_SECURITY_GROUP_IDS ?? [],
    instanceType: env.BERTH_EC2_INSTANCE_TYPE ?? null,
  };
}

const publicUrlOf = ({ BERTH_PUBLIC_URL: url }: z.output<typeof schema>): string | null =>
  url?.replace(/\/+$/, "") ?? null;

const describe = (error: z.ZodError): string[] =>
  error.issues.map(({ path, message }) => `  ${String(path[0])}: ${message}`);

/** The backends to open, in order of preference. `memory` is opened only when named explicitly. */
export const wantedBackends = (env: Pick<Env, "backends">): readonly BackendKind[] =>
  env.backends === "auto" ? BACKEND_PREFERENCE : env.backends;

/** The only place that reads the process environment. */
export const processEnvironment = (): Record<string, string | undefined> => process.env;

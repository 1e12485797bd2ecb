import type { EC2ClientConfig } from "@aws-sdk/client-ec2";
import type { BackendOptions } from "../options.ts";

export interface Ec2BackendOptions extends BackendOptions {
  readonly region: string;
  readonly amiId: string;
  readonly subnetId: string;
  /** Groups of the subnet's VPC. Without them AWS uses the VPC's default group. */
  readonly securityGroupIds?: readonly string[];
  /**
   * Default for workspaces that name none (BERTH_EC2_INSTANCE_TYPE). Without it, the smallest type that fits the tier.
   */
  readonly instanceType?: string;
  /** `http(s)://host`, reachable from the instances. They fetch the daemon there and connect to it. */
  readonly publicUrl: string;
  readonly defaultDiskGb?: number;
  /** Overrides the endpoint and credentials that the SDK finds, for tests. */
  readonly client?: Pick<EC2ClientConfig, "endpoint" | "credentials" | "maxAttempts">;
  readonly timings?: Partial<Ec2Timings>;
}

/** Intervals and deadlines for polling AWS. */
export interface Ec2Timings {
  /** Interval between two polls. */
  readonly pollMs: number;
  /** A new resource may stay invisible for this long, so its absence proves nothing until then. */
  readonly visibleWithinMs: number;
  /** Longer transitions are left to the caller's next attempt. */
  readonly waitMsMax: number;
}

export const EC2_TIMINGS: Ec2Timings = { pollMs: 2_000, visibleWithinMs: 60_000, waitMsMax: 300_000 };

import type { EC2ClientConfig } from "@aws-sdk/client-ec2";
import type { BackendOptions } from "../options.ts";

export interface Ec2BackendOptions extends BackendOptions {
  readonly region: string;
  readonly amiId: string;
  readonly subnetId: string;
  /** Of the subnet's VPC; without them AWS takes the VPC's default group. */
  readonly securityGroupIds?: readonly string[];
  /** For workspaces that name none (BERTH_EC2_INSTANCE_TYPE); without it the smallest that has what the tier promises. */
  readonly instanceType?: string;
  /** `http(s)://host`: where machines fetch the daemon and dial home. They are not on this machine. */
  readonly publicUrl: string;
  readonly defaultDiskGb?: number;
  /** Over what the SDK finds by itself: endpoint and credentials, for tests. */
  readonly client?: Pick<EC2ClientConfig, "endpoint" | "credentials" | "maxAttempts">;
  readonly pace?: Partial<Ec2Pace>;
}

/** How patient the backend is with AWS. */
export interface Ec2Pace {
  /** Between two looks at what AWS is doing. */
  readonly pollMs: number;
  /** What AWS has made may stay invisible for so long: absence is not believed before. */
  readonly visibleWithinMs: number;
  /** A machine that takes longer to start, stop or go is left to the caller's next attempt. */
  readonly waitMsMax: number;
}

export const EC2_PACE: Ec2Pace = { pollMs: 2_000, visibleWithinMs: 60_000, waitMsMax: 300_000 };

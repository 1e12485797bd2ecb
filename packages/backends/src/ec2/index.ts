import { EC2Client } from "@aws-sdk/client-ec2";
import type { Capabilities } from "@berth/domain";
import type { Backend, BackendHealth } from "../backend.ts";
import { messageOf } from "../problems.ts";
import { checkStore, type UncheckedBackend } from "../store.ts";
import { Attachments } from "./attachments.ts";
import { awsProblem } from "./aws-problem.ts";
import { Ec2Ground } from "./ground.ts";
import { Ec2Instances } from "./instances.ts";
import { EC2_PACE, type Ec2BackendOptions } from "./options.ts";
import { Ec2Sight } from "./sight.ts";
import { ec2StoreMark } from "./store-mark.ts";
import { Ec2Eraser, type Ec2Parts, Ec2Volumes } from "./volumes.ts";

export const EC2_CAPABILITIES: Capabilities = {
  isolation: true,
  resourceLimits: true,
  ownMachine: true,
  pause: true,
  /** Possible, but an instance would take a minute to start and cost money just to show files. */
  browseStopped: false,
  homeSnapshot: false,
  images: false,
  bootLog: true,
};

const CONNECT_MS_MAX = 3_000;
const ANSWER_MS_MAX = 30_000;

/** Runs each incarnation as its own EC2 instance, with the data on its own EBS volume. */
export function createEc2Backend(options: Ec2BackendOptions): Backend {
  const client = new EC2Client({
    region: options.region,
    maxAttempts: 3,
    requestHandler: { connectionTimeout: CONNECT_MS_MAX, requestTimeout: ANSWER_MS_MAX },
    ...options.client,
  });
  const pace = { ...EC2_PACE, ...options.pace };
  const sight = new Ec2Sight(client, options.installationId);
  const ground = new Ec2Ground(client, options);
  const parts: Ec2Parts = { client, sight, ground, attachments: new Attachments(client, sight, pace), options, pace };
  const volumes = new Ec2Volumes(parts);
  const unchecked: UncheckedBackend = {
    kind: "ec2",
    capabilities: EC2_CAPABILITIES,
    instances: new Ec2Instances(parts),
    volumes,
    eraser: new Ec2Eraser(parts),
    hasProgram: async () => null,
    health: () => health(parts),
    close: async () => client.destroy(),
  };
  return checkStore(unchecked, ec2StoreMark(parts, volumes));
}

async function health({ ground, sight }: Ec2Parts): Promise<BackendHealth> {
  try {
    await ground.get();
    await sight.instances();
    return { healthy: true, reason: null };
  } catch (error) {
    return { healthy: false, reason: messageOf(awsProblem(error)) };
  }
}

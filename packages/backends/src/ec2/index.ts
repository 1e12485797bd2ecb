import { EC2Client } from "@aws-sdk/client-ec2";
import type { Capabilities } from "@berth/domain";
import type { Backend, BackendHealth } from "../backend.ts";
import { messageOf } from "../problems.ts";
import { checkStore, type UncheckedBackend } from "../store.ts";
import { Attachments } from "./attachments.ts";
import { awsProblem } from "./aws-problem.ts";
import { Ec2Instances } from "./instances.ts";
import { Ec2Inventory } from "./inventory.ts";
import { EC2_TIMINGS, type Ec2BackendOptions } from "./options.ts";
import { Ec2Placement } from "./placement.ts";
import { ec2StoreMarker } from "./store-marker.ts";
import { Ec2Eraser, type Ec2Parts, Ec2Volumes } from "./volumes.ts";

export const EC2_CAPABILITIES: Capabilities = {
  isolation: true,
  resourceLimits: true,
  ownMachine: true,
  pause: true,
  /** Possible, but starting an instance just to show files takes a minute and costs money. */
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
  const timings = { ...EC2_TIMINGS, ...options.timings };
  const inventory = new Ec2Inventory(client, options.installationId);
  const placement = new Ec2Placement(client, options);
  const parts: Ec2Parts = {
    client,
    inventory,
    placement,
    attachments: new Attachments(client, inventory, timings),
    options,
    timings,
  };
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
  return checkStore(unchecked, ec2StoreMarker(parts, volumes));
}

async function health({ placement, inventory }: Ec2Parts): Promise<BackendHealth> {
  try {
    await placement.get();
    await inventory.instances();
    return { healthy: true, reason: null };
  } catch (error) {
    return { healthy: false, reason: messageOf(awsProblem(error)) };
  }
}

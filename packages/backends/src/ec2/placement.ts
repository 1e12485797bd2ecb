import { DescribeImagesCommand, DescribeSubnetsCommand, type EC2Client, type Image } from "@aws-sdk/client-ec2";
import { DomainError } from "@berth/domain";
import { Once } from "../once.ts";
import type { Ec2BackendOptions } from "./options.ts";

export interface Placement {
  /** An EBS volume attaches only within its availability zone. */
  zone: string;
  /** The AMI's own disks. Each launch sets their attributes explicitly instead of inheriting them from the AMI. */
  disks: readonly { device: string; sizeGb: number; isRoot: boolean }[];
}

const ROOT_GB_DEFAULT = 8;

/** Resolves the configured subnet and AMI. The result is cached; a failed lookup is repeated at the next call. */
export class Ec2Placement {
  readonly #once: Once<Placement>;

  constructor(client: EC2Client, { subnetId, amiId, region }: Ec2BackendOptions) {
    this.#once = new Once(async () => {
      const [zone, image] = await Promise.all([findZone(client, subnetId), findImage(client, amiId, region)]);
      return { zone, disks: disksOf(image) };
    });
  }

  get(): Promise<Placement> {
    return this.#once.get();
  }
}

async function findZone(client: EC2Client, subnetId: string): Promise<string> {
  const { Subnets } = await client.send(new DescribeSubnetsCommand({ SubnetIds: [subnetId] }));
  const zone = Subnets?.[0]?.AvailabilityZone;
  if (zone) return zone;
  throw misconfigured(`The subnet ${subnetId} was not found. Set BERTH_EC2_SUBNET_ID to a subnet in this region.`);
}

async function findImage(client: EC2Client, amiId: string, region: string): Promise<Image> {
  const { Images } = await client.send(new DescribeImagesCommand({ ImageIds: [amiId] }));
  const image = Images?.[0];
  if (!image) throw misconfigured(`The AMI ${amiId} was not found. Set BERTH_EC2_AMI to an AMI in ${region}.`);
  if (image.State !== undefined && image.State !== "available") {
    throw misconfigured(`The AMI ${amiId} is ${image.State}. Set BERTH_EC2_AMI to an available AMI.`);
  }
  return image;
}

const misconfigured = (message: string): DomainError =>
  new DomainError("backend_unavailable", message, { retryable: false });

function disksOf({ RootDeviceName, BlockDeviceMappings }: Image): Placement["disks"] {
  const disks = (BlockDeviceMappings ?? [])
    .filter(({ Ebs, DeviceName }) => Ebs && DeviceName)
    .map(({ DeviceName = "", Ebs }) => ({
      device: DeviceName,
      sizeGb: Ebs?.VolumeSize ?? ROOT_GB_DEFAULT,
      isRoot: DeviceName === RootDeviceName,
    }));
  if (disks.some(({ isRoot }) => isRoot)) return disks;
  const device = RootDeviceName ?? "/dev/xvda";
  return [...disks, { device, sizeGb: ROOT_GB_DEFAULT, isRoot: true }];
}

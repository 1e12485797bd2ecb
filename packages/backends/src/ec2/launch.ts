import type { RunInstancesCommandInput } from "@aws-sdk/client-ec2";
import { DomainError, instanceTypeFor } from "@berth/domain";
import type { InstanceSpec } from "../backend.ts";
import { instanceToken, TAG, tags } from "./names.ts";
import type { Ec2BackendOptions } from "./options.ts";
import type { Placement } from "./placement.ts";
import { userData } from "./user-data.ts";

/**
 * The launch request of one incarnation. It is deterministic: AWS rejects a repeated client token with other
 * parameters.
 */
export function launchInput(
  spec: InstanceSpec,
  options: Ec2BackendOptions,
  { disks, ebsId, attempt }: Placement & { ebsId: string | null; attempt: number },
): RunInstancesCommandInput {
  const identity = {
    [TAG.installation]: options.installationId,
    [TAG.workspace]: spec.workspaceId,
    [TAG.incarnation]: spec.incarnationId,
    [TAG.generation]: String(spec.generation),
    [TAG.purpose]: spec.purpose,
  };
  const onDisks = { Name: `berth disk of ${spec.workspaceId}`, ...identity };
  const onInstance = {
    Name: `berth ${spec.workspaceId}`,
    ...identity,
    ...(spec.volumeId === null ? {} : { [TAG.volume]: spec.volumeId }),
  };
  return {
    ClientToken: instanceToken(spec.incarnationId, attempt),
    MinCount: 1,
    MaxCount: 1,
    ImageId: options.amiId,
    InstanceType: instanceTypeOf(spec, options) as NonNullable<RunInstancesCommandInput["InstanceType"]>,
    SubnetId: options.subnetId,
    ...(options.securityGroupIds?.length ? { SecurityGroupIds: [...options.securityGroupIds] } : {}),
    UserData: Buffer.from(userData(spec, { publicUrl: options.publicUrl, ebsId, attempt })).toString("base64"),
    // Keep an instance that shuts itself down, because its console output states the reason.
    InstanceInitiatedShutdownBehavior: "stop",
    MetadataOptions: { HttpEndpoint: "enabled", HttpTokens: "required", HttpPutResponseHopLimit: 1 },
    BlockDeviceMappings: disks.map(({ device, sizeGb, isRoot }) => ({
      DeviceName: device,
      Ebs: {
        VolumeType: "gp3",
        VolumeSize: isRoot && spec.volumeId === null ? Math.max(sizeGb, spec.diskGb ?? 0) : sizeGb,
        Encrypted: true,
        // Overrides the AMI: the instance's own disks are deleted with it.
        DeleteOnTermination: true,
      },
    })),
    TagSpecifications: [
      { ResourceType: "instance", Tags: tags(onInstance) },
      { ResourceType: "volume", Tags: tags(onDisks) },
      { ResourceType: "network-interface", Tags: tags(onDisks) },
    ],
  };
}

export function instanceTypeOf(
  { instanceType, limits }: Pick<InstanceSpec, "instanceType" | "limits">,
  options: Pick<Ec2BackendOptions, "instanceType">,
): string {
  const type = instanceType ?? options.instanceType ?? instanceTypeFor(limits)?.instanceType;
  if (type) return type;
  throw new DomainError(
    "invalid_input",
    `No machine type has ${limits.cpus} CPUs and ${limits.memoryMb} MB. Set compute.instanceType.`,
  );
}

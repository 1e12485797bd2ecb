import { CreateVolumeCommand } from "@aws-sdk/client-ec2";
import type { StoreMark } from "../store.ts";
import { askAws } from "./aws-problem.ts";
import { storeToken, TAG, tags } from "./names.ts";
import type { Ec2Parts, Ec2Volumes } from "./volumes.ts";
import { waitFor } from "./wait.ts";

/**
 * The smallest possible EBS volume, whose tag identifies the store. It is in the same place as the data volumes, so
 * another account or region lacks it, and it needs no further permission. It costs about 0.08 USD a month.
 */
export function ec2StoreMark({ client, sight, ground, options, pace }: Ec2Parts, volumes: Ec2Volumes): StoreMark {
  const { installationId } = options;
  return {
    name: "The AWS account and region",
    remedy: "Use the credentials and the AWS_REGION with which the data volumes were made.",
    read: (seenSince) => askAws(() => sight.storeId(seenSince)),
    write: (storeId) =>
      askAws(async () => {
        const { zone } = await ground.get();
        const values = {
          Name: `berth store ${storeId}`,
          [TAG.installation]: installationId,
          [TAG.store]: storeId,
        };
        await client.send(
          new CreateVolumeCommand({
            ClientToken: storeToken(installationId),
            AvailabilityZone: zone,
            Size: 1,
            VolumeType: "gp3",
            Encrypted: true,
            TagSpecifications: [{ ResourceType: "volume", Tags: tags(values) }],
          }),
        );
        await waitFor(() => sight.storeId(), { pace, until: "shown the volume that marks the store" });
      }),
    volumeIds: () => volumes.list(),
  };
}

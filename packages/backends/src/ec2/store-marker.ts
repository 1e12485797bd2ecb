import { CreateVolumeCommand } from "@aws-sdk/client-ec2";
import type { StoreMarker } from "../store.ts";
import { callAws } from "./aws-problem.ts";
import { storeToken, TAG, tags } from "./names.ts";
import type { Ec2Parts, Ec2Volumes } from "./volumes.ts";
import { waitFor } from "./wait.ts";

/**
 * The smallest possible EBS volume, whose tag identifies the store. It is in the same place as the data volumes, so
 * other accounts and regions do not have it. It needs no further permission. It costs about 0.08 USD a month.
 */
export function ec2StoreMarker(
  { client, inventory, placement, options, timings }: Ec2Parts,
  volumes: Ec2Volumes,
): StoreMarker {
  const { installationId } = options;
  return {
    name: "The AWS account and region",
    remedy: "Use the credentials and the AWS_REGION that the data volumes were created with.",
    read: (seenSince) => callAws(() => inventory.storeId(seenSince)),
    isListedWithVolumes: true,
    write: (storeId) =>
      callAws(async () => {
        const { zone } = await placement.get();
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
        await waitFor(() => inventory.storeId(), { timings, until: "listed the marker volume" });
      }),
    volumeIds: () => volumes.list(),
  };
}

import { EC2Client } from "@aws-sdk/client-ec2";
import { expect, test } from "vitest";
import { Ec2Inventory } from "./inventory.ts";
import { TAG } from "./names.ts";

const listing = (storeId: string) =>
  `<DescribeVolumesResponse><volumeSet><item><volumeId>vol-1</volumeId><status>available</status><tagSet><item><key>${TAG.store}</key><value>${storeId}</value></item></tagSet></item></volumeSet></DescribeVolumesResponse>`;

test("a marker from a listing that began earlier does not prove which store is reachable now", async () => {
  const calls: ((xml: string) => void)[] = [];
  const client = new EC2Client({
    region: "us-east-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    requestHandler: {
      handle: () =>
        new Promise((resolve) => {
          calls.push((xml) =>
            resolve({ response: { statusCode: 200, headers: {}, body: new TextEncoder().encode(xml) } as never }),
          );
        }),
    },
  });
  const inventory = new Ec2Inventory(client, "installation");
  const early = inventory.volumes();
  await expect.poll(() => calls.length).toBe(1);
  // From here on another store responds; the response of the first call is still on its way.
  const seenSince = performance.now();
  calls[0]?.(listing("before"));
  await early;
  const found = inventory.storeId(seenSince);
  await expect.poll(() => calls.length).toBe(2);
  calls[1]?.(listing("after"));
  expect(await found).toBe("after");
});

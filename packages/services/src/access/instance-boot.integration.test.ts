import { randomBytes } from "node:crypto";
import { enrolmentToken } from "@berth/backends";
import { expect, test } from "vitest";
import { openHarness } from "../testing/index.ts";
import { enrol, instanceBootOf } from "./instance-boot.ts";

test("an instance can enrol and get its daemon's token before the provision call has returned", async () => {
  await using harness = await openHarness({ started: false });
  const { deps } = harness;
  const tokens: string[] = [];
  await harness.startReplica({
    changeGateway: (gateway) => ({
      ...gateway,
      async provision(kind, spec, options) {
        // The fastest possible instance enrols before the backend has responded.
        const { incarnationId } = spec;
        const machineKey = randomBytes(32).toString("hex");
        await enrol(deps, { incarnationId, token: enrolmentToken(spec.enrolmentKey, 1), machineKey });
        tokens.push((await instanceBootOf(deps, { incarnationId, token: machineKey })).tunnelToken);
        expect(tokens.at(-1)).toBe(spec.boot.tunnelToken);
        return gateway.provision(kind, spec, options);
      },
    }),
  });
  const workspace = await harness.online();
  await harness.after("restart", workspace);
  expect(new Set(tokens).size).toBe(2);
});

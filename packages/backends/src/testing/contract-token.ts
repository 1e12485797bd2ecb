import type { BackendKind } from "@berth/domain";
import { expect } from "vitest";
import { bringOnline, type CurrentHarness, newSpec, type Promised, startStopped } from "./contract-harness.ts";
import { secretToken } from "./tunnel-harness.ts";

/**
 * Where an instance keeps what the daemon needs, apart from the roots. On Docker that is everything a container sees.
 */
const PLACES: Readonly<Record<BackendKind, string>> = {
  docker: "/",
  ec2: "/opt/berth /var/lib/berth /var/lib/cloud /run /tmp /etc /root /workspace /configs",
  local: `"$INSTANCE" /workspace /configs /agent-home`,
  memory: "",
};

/** Written in a way that does not match itself. */
const search = (token: string, kind: BackendKind): string => `
  pattern='${token.replace("secret", "secr[e]t")}'
  {
    grep -a -o -h -e "$pattern" /proc/[0-9]*/environ /proc/[0-9]*/cmdline
    grep -r -a -l -D skip --exclude-dir=proc --exclude-dir=sys --exclude-dir=dev --exclude=searched -e "$pattern" ${PLACES[kind]}
    echo "searched to the end"
  } >searched 2>/dev/null
  exec sleep 1000`;

export function renewsTokens(current: CurrentHarness, shows: Promised): void {
  shows("programs cannot read the daemon's token from environments, arguments or files", async ({ skip }) => {
    const harness = current();
    const { kind } = harness.backend;
    if (kind === "memory") skip("its daemons live in the process of the API");
    const tunnelToken = secretToken();
    const { boot, ...spec } = newSpec();
    const command = ["sh", "-c", search(tunnelToken, kind)];
    const environment = { INSTANCE: harness.instanceFolder(spec.incarnationId) };
    const files = await bringOnline(harness, { ...spec, boot: { ...boot, tunnelToken, command, environment } });
    const searched = async () => (await files.read("/workspace", "/searched").catch(() => "")).toString();
    await expect.poll(searched, { timeout: 60_000 }).toContain("searched to the end");
    expect(await searched()).toBe("searched to the end\n");
  });

  shows("each start gives the daemon a new token, even on the same machine", async () => {
    const harness = current();
    const spec = newSpec();
    await bringOnline(harness, spec);
    for (let start = 0; start < 2; start += 1) {
      await harness.backend.instances.stop(spec);
      const before = harness.tunnel.expected(spec.incarnationId)?.boot.tunnelToken;
      // The tunnel accepts only the new token.
      expect((await (await startStopped(harness, spec)).status()).incarnationId).toBe(spec.incarnationId);
      expect(harness.tunnel.expected(spec.incarnationId)?.boot.tunnelToken).not.toBe(before);
    }
  });
}

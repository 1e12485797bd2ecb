import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { newSpec } from "../testing/contract-bench.ts";
import { userData } from "./user-data.ts";

const SHELLCHECKED = ["./user-data.sh", "../testing/ec2/machine-init.sh", "../testing/ec2/machine-enter.sh"];
const here = { publicUrl: "https://berth.example/", ebsId: null };

/** What a shell understands the settings to be. */
function settingsOf(script: string): Record<string, string> {
  const lines = script.split("\n").filter((line) => /^BERTH_[A-Z_]+=/.test(line));
  const names = lines.map((line) => line.split("=")[0] ?? "");
  const print = names.map((name) => `printf '%s\\0' "$${name}"`).join("\n");
  const { stdout, stderr } = spawnSync("sh", ["-c", `${lines.join("\n")}\n${print}`], { encoding: "utf8" });
  expect(stderr).toBe("");
  const values = stdout.split("\0");
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? ""]));
}

describe("user data", () => {
  test("names the machine, where to fetch the daemon, and its volume", () => {
    const spec = newSpec({ volumeId: randomUUID() });
    expect(settingsOf(userData(spec, { ...here, ebsId: "vol-0123" }))).toEqual({
      BERTH_URL: "https://berth.example",
      BERTH_INCARNATION: spec.incarnationId,
      BERTH_TOKEN: spec.boot.tunnelToken,
      BERTH_EBS_VOLUME: "vol-0123",
    });
  });

  test.each(["'; touch /tmp/x; '", "$(id)", "`id`", "a\\", "'", "''", '"', "$HOME", "é – 语", " a  b "])(
    "a token like %j is a text and nothing else",
    (tunnelToken) => {
      const spec = newSpec();
      const script = userData({ ...spec, boot: { ...spec.boot, tunnelToken } }, here);
      expect(settingsOf(script).BERTH_TOKEN).toBe(tunnelToken);
    },
  );

  test.each(["a\nb", "a\u0000b", "a\u007f"])("a token like %j is refused", (tunnelToken) => {
    const spec = newSpec();
    expect(() => userData({ ...spec, boot: { ...spec.boot, tunnelToken } }, here)).toThrow(/control characters/);
  });

  test("holds nothing of the boot document but the token", () => {
    const spec = newSpec();
    const boot = {
      ...spec.boot,
      configTemplate: { "a.txt": "in-the-template" },
      environment: { KEY: "in-the-environment" },
      command: ["in-the-command"],
    };
    expect(userData({ ...spec, boot }, here)).not.toMatch(/in-the-/);
  });

  test("is the same every time: AWS refuses a repeated token with other parameters", () => {
    const spec = newSpec();
    expect(userData(spec, here)).toBe(userData(structuredClone(spec), { ...here }));
  });

  test("fits what AWS takes with room to spare", () => {
    const bytes = Buffer.from(
      userData(newSpec({ volumeId: randomUUID() }), { ...here, ebsId: "vol-0123456789abcdef0" }),
    );
    expect(bytes.length).toBeLessThan(12_000);
  });

  test.each(SHELLCHECKED)("%s passes shellcheck", (name) => {
    const file = fileURLToPath(new URL(name, import.meta.url));
    const { status, stdout, error } = spawnSync("shellcheck", ["--severity=style", file], { encoding: "utf8" });
    if (error) {
      process.stderr.write(`Skipped: shellcheck of ${name}. It is not installed.\n`);
      return;
    }
    expect(stdout).toBe("");
    expect(status).toBe(0);
  });

  test("never formats but behind the proof that a device is blank", () => {
    const script = userData(newSpec(), here);
    const formats = script.split("\n").flatMap((line, index) => (/mkfs|wipefs -a|dd of=/.test(line) ? index : []));
    expect(formats).toHaveLength(1);
    const before = script.split("\n").slice(0, formats[0]).join("\n");
    expect(before.trimEnd().split("\n").slice(-3).join("\n")).toContain('is_blank "$device" || give_up');
  });
});

import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { newSpec } from "../testing/contract-harness.ts";
import { enrolmentToken } from "./enrolment.ts";
import { userData } from "./user-data.ts";

const SHELLCHECKED = ["./user-data.sh", "../testing/ec2/machine-init.sh", "../testing/ec2/machine-enter.sh"];
const here = { publicUrl: "https://berth.example/", ebsId: null, attempt: 1 };

/** The settings as interpreted by a shell. */
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
  test("names the incarnation, the URL of the API and the EBS volume", () => {
    const spec = newSpec({ volumeId: randomUUID() });
    expect(settingsOf(userData(spec, { ...here, ebsId: "vol-0123" }))).toEqual({
      BERTH_URL: "https://berth.example",
      BERTH_INCARNATION: spec.incarnationId,
      BERTH_ENROLMENT: enrolmentToken(spec.enrolmentKey, 1),
      BERTH_EBS_VOLUME: "vol-0123",
    });
  });

  test.each(["'; touch /tmp/x; '", "$(id)", "`id`", "a\\", "'", "''", '"', "$HOME", "é – 语", " a  b "])(
    "an address with %j is quoted",
    (odd) => {
      const script = userData(newSpec(), { ...here, publicUrl: `https://berth.example/${odd}.` });
      expect(settingsOf(script).BERTH_URL).toBe(`https://berth.example/${odd}.`);
    },
  );

  test.each(["a\nb", "a\u0000b", "a\u007f"])("an address with control characters is refused: %j", (publicUrl) => {
    expect(() => userData(newSpec(), { ...here, publicUrl })).toThrow(/control characters/);
  });

  test("contains no secret except the token of one launch", () => {
    const { boot, ...rest } = newSpec({ enrolmentKey: "in-the-control-plane" });
    const instanceBoot = {
      ...boot,
      tunnelToken: "in-the-tunnel",
      configTemplate: { "a.txt": "in-the-template" },
      environment: { KEY: "in-the-environment" },
      command: ["in-the-command"],
    };
    const spec = { ...rest, boot: instanceBoot };
    const [first, second] = [1, 2].map((attempt) => userData(spec, { ...here, attempt }));
    expect(first).not.toMatch(/in-the-/);
    expect(settingsOf(first ?? "").BERTH_ENROLMENT).not.toBe(settingsOf(second ?? "").BERTH_ENROLMENT);
  });

  test("is deterministic, because AWS rejects a repeated client token with other parameters", () => {
    const spec = newSpec();
    expect(userData(spec, here)).toBe(userData(structuredClone(spec), { ...here }));
  });

  test("fits the limit of AWS with room to spare", () => {
    const bytes = Buffer.from(
      userData(newSpec({ volumeId: randomUUID() }), { ...here, ebsId: "vol-0123456789abcdef0" }),
    );
    expect(bytes.length).toBeLessThan(12_000);
  });

  describe("a device", () => {
    const folder = mkdtempSync(join(tmpdir(), "berth-blank-"));
    afterAll(() => rmSync(folder, { recursive: true }));
    const functions = userData(newSpec(), here).split(/^case /m)[0] ?? "";
    const succeeds = (question: "is_blank" | "is_readable", file: string): boolean =>
      spawnSync("sh", ["-c", `${functions}\n${question} "$1"`, "sh", file]).status === 0;
    const image = (name: string, change: (bytes: Buffer) => void): string => {
      const bytes = Buffer.alloc(4 * 1024 * 1024);
      change(bytes);
      writeFileSync(join(folder, name), bytes);
      return join(folder, name);
    };

    test("is blank when it contains only zeros and can be read", () => {
      const zeros = image("zeros", () => {});
      expect([succeeds("is_readable", zeros), succeeds("is_blank", zeros)]).toEqual([true, true]);
    });

    test.each([0, 1024, 96 * 1024, 1024 * 1024 - 1])("is not blank with a byte at offset %i", (at) => {
      const used = image(`used-${at}`, (bytes) => bytes.writeUInt8(1, at));
      expect([succeeds("is_readable", used), succeeds("is_blank", used)]).toEqual([true, false]);
    });

    test("is not blank with a file system on it", ({ skip }) => {
      const formatted = image("formatted", () => {});
      const path = `${process.env.PATH}:/usr/sbin:/sbin`;
      const { status, error } = spawnSync("mkfs.ext4", ["-q", formatted], { env: { PATH: path } });
      if (error) {
        process.stderr.write("Skipped: a device with a file system. mkfs.ext4 is not installed.\n");
        skip("mkfs.ext4 is not installed.");
      }
      expect(status).toBe(0);
      expect(succeeds("is_blank", formatted)).toBe(false);
    });

    // Reading this file fails with EIO, like a broken disk. blkid and wipefs treat that as blank.
    test("is not blank when it cannot be read", ({ skip }) => {
      if (process.platform !== "linux") {
        process.stderr.write("Skipped: a device that cannot be read. Only Linux has a file that fails so.\n");
        skip("Only Linux has a file that fails so.");
      }
      expect([succeeds("is_readable", "/proc/self/mem"), succeeds("is_blank", "/proc/self/mem")]).toEqual([
        false,
        false,
      ]);
      expect(succeeds("is_blank", join(folder, "missing"))).toBe(false);
    });

    test("is not blank when it is shorter than the checked range", () => {
      writeFileSync(join(folder, "short"), Buffer.alloc(4096));
      expect(succeeds("is_blank", join(folder, "short"))).toBe(false);
    });
  });

  test.for(SHELLCHECKED)("%s passes shellcheck", (name, { skip }) => {
    const file = fileURLToPath(new URL(name, import.meta.url));
    const { status, stdout, error } = spawnSync("shellcheck", ["--severity=style", file], { encoding: "utf8" });
    if (error) {
      process.stderr.write(`Skipped: shellcheck of ${name}. It is not installed.\n`);
      skip("shellcheck is not installed.");
    }
    expect(stdout).toBe("");
    expect(status).toBe(0);
  });

  test("formats only after the check that a device is blank", () => {
    const script = userData(newSpec(), here);
    const formats = script.split("\n").flatMap((line, index) => (/mkfs|wipefs -a|dd of=/.test(line) ? index : []));
    expect(formats).toHaveLength(1);
    const before = script.split("\n").slice(0, formats[0]).join("\n");
    expect(before.trimEnd().split("\n").slice(-3).join("\n")).toContain('is_blank "$device" || give_up');
  });
});

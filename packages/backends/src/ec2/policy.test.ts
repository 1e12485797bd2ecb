import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { TAG } from "./names.ts";

interface Statement {
  Sid: string;
  Effect: string;
  Action: string | string[];
  Resource: string | string[];
  Condition?: unknown;
}

const policy = JSON.parse(readFileSync(new URL("../../../../docs/ec2-policy.json", import.meta.url), "utf8")) as {
  Statement: Statement[];
};
const actions = ({ Action }: Statement): string[] => [Action].flat();

const folder = new URL("./", import.meta.url);
const code = readdirSync(folder)
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
  .map((name) => readFileSync(new URL(name, folder), "utf8"))
  .join("\n");

/** Every AWS call in this folder, by the name of its command or paginator. */
const callsInTheCode = (): string[] =>
  [
    ...new Set(
      [...code.matchAll(/new (\w+)Command\(|\bpaginate(\w+)\(/g)].map(([, call, paged]) => `ec2:${call ?? paged}`),
    ),
  ].sort();

describe("the policy in docs/ec2-policy.json", () => {
  test("allows exactly the calls that the code makes, plus tagging of what they create", () => {
    const allowed = [...new Set(policy.Statement.flatMap(actions))].sort();
    expect(callsInTheCode().length).toBeGreaterThan(10);
    expect(allowed).toEqual(callsInTheCode());
  });

  test("allows later tagging only on volumes of Berth and only with tags that the code writes", () => {
    const written = [...code.matchAll(/new CreateTagsCommand\(\{.*Tags: \[\{ Key: TAG\.(\w+), Value \}\] \}\)/g)];
    expect(written).toHaveLength([...code.matchAll(/new CreateTagsCommand\(/g)].length);
    const later = policy.Statement.filter(
      (each) => actions(each).includes("ec2:CreateTags") && !JSON.stringify(each).includes("ec2:CreateAction"),
    );
    expect(later.map(({ Resource, Condition }) => ({ Resource, Condition }))).toEqual([
      {
        Resource: "arn:aws:ec2:*:*:volume/*",
        Condition: {
          Null: { "aws:ResourceTag/berth:installation": "false" },
          "ForAllValues:StringEquals": { "aws:TagKeys": written.map(([, key]) => TAG[key as keyof typeof TAG]) },
        },
      },
    ]);
  });

  test("is satisfied by every created volume and the store marker, because they are tagged at creation", () => {
    const made = [...code.matchAll(/new CreateVolumeCommand\(\{([\s\S]*?)\n +\}\),/g)];
    expect(made).toHaveLength([...code.matchAll(/new CreateVolumeCommand\(/g)].length);
    expect(made).toHaveLength(2);
    for (const [, input] of made)
      expect(input).toContain('TagSpecifications: [{ ResourceType: "volume", Tags: tags(values) }]');
    expect([...code.matchAll(/\[TAG\.installation\]: (options\.)?installationId/g)].length).toBeGreaterThan(2);
  });

  test("has no wildcard actions and allows changes only to resources with a Berth tag", () => {
    for (const statement of policy.Statement) {
      expect(statement.Effect).toBe("Allow");
      for (const action of actions(statement)) expect(action).not.toContain("*");
      if (actions(statement).every((action) => action.startsWith("ec2:Describe"))) continue;
      // Images, subnets and groups are used but not changed: they belong to the operator and have no tag.
      if (statement.Sid === "RunInstancesFromExistingResources") continue;
      expect(statement.Resource).not.toBe("*");
      expect(JSON.stringify(statement.Condition)).toMatch(/berth:installation|ec2:CreateAction/);
    }
  });
});

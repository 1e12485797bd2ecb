import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

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

/** Every call to AWS in this folder, by the name of its command. */
function callsInTheCode(): string[] {
  const folder = new URL("./", import.meta.url);
  const sources = readdirSync(folder).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  const calls = sources.flatMap((name) =>
    [...readFileSync(new URL(name, folder), "utf8").matchAll(/new (\w+)Command\(/g)].map(([, call]) => `ec2:${call}`),
  );
  return [...new Set(calls)].sort();
}

describe("the policy in docs/ec2-policy.json", () => {
  test("allows exactly the calls the code makes, and tagging what they make", () => {
    const allowed = [...new Set(policy.Statement.flatMap(actions))].sort();
    expect(callsInTheCode().length).toBeGreaterThan(10);
    expect(allowed).toEqual(callsInTheCode());
  });

  test("has no wildcard in an action, and lets change nothing that carries no tag of Berth", () => {
    for (const statement of policy.Statement) {
      expect(statement.Effect).toBe("Allow");
      for (const action of actions(statement)) expect(action).not.toContain("*");
      if (actions(statement).every((action) => action.startsWith("ec2:Describe"))) continue;
      // Images, subnets and groups are used and not changed: they are the operator's and carry no tag.
      if (statement.Sid === "StartMachinesFromWhatExists") continue;
      expect(statement.Resource).not.toBe("*");
      expect(JSON.stringify(statement.Condition)).toMatch(/berth:installation|ec2:CreateAction/);
    }
  });
});

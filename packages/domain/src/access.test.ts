import { describe, expect, test } from "vitest";
import { ACCESS, type Access, type Action, type Actor, authorize } from "./access.ts";
import { DomainError } from "./errors.ts";

const orgId = "org";
const owner: Actor = { kind: "owner", id: "owner", name: "Owner", orgId, role: "owner", workspaceId: null };
const org: Actor = { kind: "org", id: "token:1", name: "ci", orgId, role: "member", workspaceId: null };
const workspace: Actor = { kind: "workspace", id: "token:2", name: "w", orgId, role: "workspace", workspaceId: "w1" };

const asked = (actor: Actor | null, action: Action, workspaceId?: string) => {
  try {
    authorize(actor, action, workspaceId);
    return "allowed";
  } catch (error) {
    if (error instanceof DomainError) return error.problem.code;
    throw error;
  }
};

/**
 * Callers, in order: none, the owner, an org token, a workspace token for its own workspace, for another one, and
 * without one.
 */
const ANSWERS: Record<Access, string[]> = {
  anyone: ["allowed", "allowed", "allowed", "allowed", "allowed", "allowed"],
  actor: ["unauthenticated", "allowed", "allowed", "allowed", "allowed", "allowed"],
  workspace: ["unauthenticated", "allowed", "allowed", "allowed", "not_found", "not_found"],
  org: ["unauthenticated", "allowed", "allowed", "forbidden", "forbidden", "forbidden"],
  owner: ["unauthenticated", "allowed", "forbidden", "forbidden", "forbidden", "forbidden"],
};

describe("access", () => {
  test.each(Object.keys(ACCESS) as Action[])("%s", (action) => {
    expect([
      asked(null, action, "w1"),
      asked(owner, action, "w2"),
      asked(org, action, "w2"),
      asked(workspace, action, "w1"),
      asked(workspace, action, "w2"),
      asked(workspace, action),
    ]).toEqual(ANSWERS[ACCESS[action]]);
  });

  test("only these actions need no token", () => {
    const open = Object.entries(ACCESS).filter(([, access]) => access === "anyone");
    expect(open.map(([action]) => action)).toEqual([
      "GET /healthz",
      "GET /readyz",
      "GET /metrics",
      "GET /llms.txt",
      "GET /sign-in",
      "POST /session",
      "DELETE /session",
      "GET /tunnel",
      "GET /daemon/:incarnationId/:part",
      "POST /daemon/:incarnationId/enrolment",
      "POST /daemon/:incarnationId/steps",
      "GET /*",
    ]);
  });

  test("a workspace token reaches the contents of its workspace, but not its lifecycle", () => {
    const own = Object.entries(ACCESS).filter(([, access]) => access === "workspace");
    for (const [action] of own)
      expect(action).toMatch(
        /^(files|terminals|commands|ports)\.|\/(files|terminal|exec|port|preview)\/|Log$|^workspaces\.(get|metrics)$/,
      );
  });

  test("an action without an entry in the table is a bug and not open", () => {
    expect(() => authorize(owner, "workspaces.explode" as Action)).toThrow(/no entry in the access table/);
    expect(() => authorize(owner, "toString" as Action)).toThrow(/no entry in the access table/);
  });
});

import type { Deps } from "@berth/services";
import { describe, expect, test } from "vitest";
import { isSameOrigin, sessionCookieName } from "./request-actor.ts";

const behind = (publicUrl: string) => ({ settings: { publicUrl } }) as Pick<Deps, "settings">;

describe("a request is from our own pages", () => {
  test.each([
    ["when a proxy keeps the host", "https://berth.example", "https://berth.example", "berth.example"],
    ["when a proxy names its upstream", "https://berth.example", "https://berth.example", "upstream:8080"],
    ["when the host has the scheme's own port", "https://other.example", "https://berth.example", "berth.example:443"],
    ["when the host is in upper case", "https://other.example", "https://berth.example", "BERTH.Example"],
    ["when the public URL has a path", "https://berth.example/ui", "https://berth.example", "upstream"],
    ["on any address without a proxy", "http://127.0.0.1:3000", "http://localhost:3000", "localhost:3000"],
  ])("%s", (_, publicUrl, origin, host) => {
    expect(isSameOrigin(behind(publicUrl), { headers: { origin, host } })).toBe(true);
  });

  test.each([
    ["from another host", "https://evil.example", "berth.example"],
    ["from another port", "https://berth.example:8443", "berth.example"],
    ["from the public host without TLS", "http://berth.example", "upstream"],
    ["from a sandboxed page", "null", "berth.example"],
    ["with an empty host", "https://evil.example", ""],
  ])("not %s", (_, origin, host) => {
    const headers = { origin, host, "x-forwarded-host": "evil.example" };
    expect(isSameOrigin(behind("https://berth.example"), { headers })).toBe(false);
  });
});

test("two installations on one host have two session cookies", () => {
  const nameOf = (id: string) => sessionCookieName({ installation: { id } } as Pick<Deps, "installation">);
  expect(nameOf("0b4c5e1e-6f6f-4b8e-9b1e-0c6a4f0f3a11")).toBe("berth_session_0b4c5e1e");
  expect(nameOf("8e3d4b56-2f5a-4c1e-9d0f-6a7b8c9d0e1f")).not.toBe(nameOf("0b4c5e1e-6f6f-4b8e-9b1e-0c6a4f0f3a11"));
});

import { expect, test } from "vitest";
import { workspaceEnvironment } from "./environment.ts";

test("passes on what a terminal needs, and no variable that could be a secret", () => {
  const api = {
    PATH: "/checkout/node_modules/.bin:/usr/local/bin:/usr/bin",
    LANG: "en_GB.UTF-8",
    LC_TIME: "C",
    no_proxy: "localhost",
    DATABASE_URL: "postgres://user:secret@host/db",
    BERTH_OWNER_TOKEN: "secret",
    AWS_SECRET_ACCESS_KEY: "secret",
    HOME: "/home/of-the-api",
    TZ: undefined,
  };
  expect(workspaceEnvironment(api)).toEqual({
    PATH: "/usr/local/bin:/usr/bin",
    LANG: "en_GB.UTF-8",
    LC_TIME: "C",
    no_proxy: "localhost",
  });
  expect(workspaceEnvironment({}).PATH).toContain("/usr/bin");
});

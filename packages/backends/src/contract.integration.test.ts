import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { DOCKER_CAPABILITIES } from "./docker/index.ts";
import { EC2_CAPABILITIES } from "./ec2/index.ts";
import { LOCAL_CAPABILITIES } from "./local/index.ts";
import { MEMORY_CAPABILITIES } from "./memory/index.ts";
import { describeContract } from "./testing/contract.ts";
import { readRun, writePage } from "./testing/contract-page.ts";
import { findSubjectsForTests } from "./testing/find-subjects.ts";

const PAGE = fileURLToPath(new URL("../../../docs/backends.md", import.meta.url));
const { subjects, unavailable } = await findSubjectsForTests(process.env);

describe.each(subjects)("$name", (subject) => describeContract(subject));

test("docs/backends.md matches the results of this run", async ({ task }) => {
  const run = readRun(task.file.tasks, unavailable);
  // `-u` must not write a page from failed results.
  expect(run.failed).toEqual([]);
  for (const [kind, reason] of run.notTried) {
    process.stderr.write(`Not compared with docs/backends.md: ${kind}. ${reason}\n`);
  }
  const capabilities = {
    local: LOCAL_CAPABILITIES,
    docker: DOCKER_CAPABILITIES,
    ec2: EC2_CAPABILITIES,
    memory: MEMORY_CAPABILITIES,
  };
  const before = await readFile(PAGE, "utf8").catch(() => "");
  await expect(writePage(run, capabilities, before)).toMatchFileSnapshot(PAGE);
});

import { describe, expect, test } from "vitest";
import { createPendingCommand } from "./pending-command.ts";

describe("a pending command", () => {
  test("waits until it is taken, and is taken once", () => {
    const command = createPendingCommand<string>();
    command.send("show a");
    expect(command.take()).toEqual(["show a"]);
    expect(command.take()).toEqual([]);
  });

  test("is replaced by a newer one that arrives while it waits", () => {
    const command = createPendingCommand<string>();
    command.send("show a");
    command.send("show b");
    expect(command.take()).toEqual(["show b"]);
  });

  test("is kept when the newer one does not replace it", () => {
    const command = createPendingCommand<string>({ replaces: () => false });
    command.send("first");
    command.send("second");
    expect(command.take()).toEqual(["first", "second"]);
  });

  test("is replaced only by a command about the same subject", () => {
    const command = createPendingCommand<{ file: string; line: number }>({
      replaces: (newer, older) => newer.file === older.file,
    });
    command.send({ file: "a", line: 1 });
    command.send({ file: "b", line: 2 });
    command.send({ file: "a", line: 3 });
    expect(command.take()).toEqual([
      { file: "b", line: 2 },
      { file: "a", line: 3 },
    ]);
  });

  test("waits on for another component when this one does not accept it", () => {
    const command = createPendingCommand<string>();
    command.send("show a");
    expect(command.take((name) => name === "show b")).toEqual([]);
    expect(command.take((name) => name === "show a")).toEqual(["show a"]);
  });

  test("is reported to subscribers when it is sent and when it is taken", () => {
    const command = createPendingCommand<string>();
    const counts: number[] = [];
    command.store.subscribe(({ waiting }) => counts.push(waiting.length));
    command.send("show a");
    command.take();
    command.take();
    expect(counts).toEqual([1, 0]);
  });
});

import { INSTANCE_TYPES } from "@berth/domain";
import { expect, test } from "vitest";
import { machineTypeText, OTHER_TYPE, typeOfSize, typeOptions } from "./ec2-choices.ts";

test("each type shows its capacity and price", () => {
  const texts = INSTANCE_TYPES.map(machineTypeText);
  expect(texts[0]).toBe("t3.micro: 2 CPUs, 1 GiB, about $0.010 an hour");
  for (const text of texts) expect(text).toMatch(/^t3\.\w+: \d+ CPUs, \d+ GiB, about \$0\.\d+ an hour$/);
});

test("without a type, the size determines it and shows which one", () => {
  expect(typeOfSize(4)).toContain("t3.xlarge");
  expect(typeOfSize(1)).toContain("t3.micro");
  expect(typeOfSize(9)).toBe("By size");
});

test("a type typed by hand is among the choices", () => {
  const values = (current: string) => typeOptions(4, current).map(({ value }) => value);
  expect(values("m7i.large")).toContain("m7i.large");
  expect(values("")).toEqual(["", ...INSTANCE_TYPES.map(({ instanceType }) => instanceType), OTHER_TYPE]);
});

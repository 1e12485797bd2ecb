import { describe, expect, test } from "vitest";
import { changesBetween, configureInput, type Settings } from "./settings.ts";

const id = "00000000-0000-4000-8000-000000000001";
const saved: Settings = {
  tier: "3",
  image: "node:24",
  cpus: "",
  memoryMb: "512",
  instanceType: "",
  diskGb: "",
  dataPersistence: "auto",
};

describe("the settings of a machine", () => {
  test("have no changes when untouched or reset", () => {
    expect(changesBetween(saved, { ...saved, image: " node:24 " })).toEqual([]);
    expect(configureInput(id, saved, saved).input).toEqual({ id, compute: {} });
  });

  test("list old and new values as text", () => {
    const changes = changesBetween(saved, { ...saved, dataPersistence: "ephemeral", cpus: "2", memoryMb: "" });
    expect(changes.map(({ label, before, after }) => [label, before, after])).toEqual([
      ["CPUs", "from size", "2"],
      ["Memory", "512 MB", "from size"],
      ["Saved data", "Auto", "Don’t keep"],
    ]);
  });

  test("send only changes, and null for a reset field", () => {
    const { input } = configureInput(id, saved, { ...saved, image: "", cpus: "0,5", tier: "2" });
    expect(input).toEqual({ id, tier: 2, compute: { image: null, cpus: 0.5 } });
  });

  test("show an error beside an invalid field", () => {
    const { input, errors } = configureInput(id, saved, { ...saved, cpus: "many", image: "-bad-" });
    expect(input).toBeNull();
    expect(Object.keys(errors).toSorted()).toEqual(["cpus", "image"]);
  });

  test("name the machine on EC2, and reject an impossible disk size", () => {
    const { input } = configureInput(id, saved, { ...saved, instanceType: " m7i.large ", diskGb: "40" });
    expect(input?.compute).toEqual({ instanceType: "m7i.large", diskGb: 40 });
    expect(changesBetween(saved, { ...saved, diskGb: "40" })).toMatchObject([{ before: "default", after: "40 GiB" }]);
    expect(configureInput(id, saved, { ...saved, diskGb: "0" }).errors.diskGb).toContain("16384");
  });
});

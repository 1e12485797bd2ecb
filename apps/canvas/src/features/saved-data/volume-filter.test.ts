import type { VolumeState } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { filterVolumes, stateCounts } from "./volume-filter.ts";

const volume = (id: string, workspaceName: string, state: VolumeState) => ({ id, workspaceName, state });
const VOLUMES = [
  volume("0a1", "Nightly ETL", "attached"),
  volume("0b2", "etl old", "retained"),
  volume("0c3", "", "quarantined"),
];
const ids = (search: string, states: VolumeState[] = []) =>
  filterVolumes(VOLUMES, { search, states }).map(({ id }) => id);

describe("the filters of saved data", () => {
  test("match words of the name, in any order and case, or the id", () => {
    expect(ids(" ETL ")).toEqual(["0a1", "0b2"]);
    expect(ids("etl nightly")).toEqual(["0a1"]);
    expect(ids("0c")).toEqual(["0c3"]);
    expect(ids("unknown")).toEqual(["0c3"]);
  });

  test("combine with the states", () => {
    expect(ids("etl", ["retained", "erased"])).toEqual(["0b2"]);
  });

  test("stay visible when nothing matches", () => {
    expect(stateCounts(VOLUMES, ["erased"])).toEqual([
      { state: "attached", label: "In use", amount: 1 },
      { state: "retained", label: "Kept", amount: 1 },
      { state: "quarantined", label: "Quarantined", amount: 1 },
      { state: "erased", label: "Erased", amount: 0 },
    ]);
  });
});

import { DomainError } from "@berth/domain";
import { expect, test } from "vitest";
import type { Backend } from "./backend.ts";
import { checkStore, type StoreMarker, type UncheckedBackend } from "./store.ts";

/** The client reaches the store `here`, and caches its marker like the EC2 backend. */
class Stores {
  here = "ours";
  #cached = { id: "ours", at: performance.now() };

  async listMarker(): Promise<string> {
    this.#cached = { id: this.here, at: performance.now() };
    return this.here;
  }

  backend(calls: {
    list?: () => Promise<[]>;
    start?: () => Promise<void>;
    volumes?: () => Promise<string[]>;
  }): Backend {
    const marker: StoreMarker = {
      name: "The store",
      remedy: "Restore it.",
      isListedWithVolumes: true,
      read: async (seenSince = 0) => (this.#cached.at >= seenSince ? this.#cached.id : this.listMarker()),
      write: async () => {},
      volumeIds: async () => [],
    };
    const unchecked = {
      kind: "ec2",
      instances: { list: calls.list, start: calls.start },
      volumes: { list: calls.volumes },
      eraser: {},
    };
    const backend = checkStore(unchecked as unknown as UncheckedBackend, marker);
    backend.store.expect("ours");
    return backend;
  }
}

test("a listing of another store is not accepted although the marker was read during the listing", async () => {
  const stores = new Stores();
  const { instances } = stores.backend({
    list: async () => {
      // Another caller reads the marker, and only then the client reaches the other store.
      await stores.listMarker();
      stores.here = "another";
      return [];
    },
  });
  await expect(instances.list()).rejects.toMatchObject({ problem: { details: { reason: "store_swapped" } } });
});

test('"not found" in another store is reported as a problem of the store', async () => {
  const stores = new Stores();
  const { instances } = stores.backend({
    start: async () => {
      stores.here = "another";
      throw new DomainError("not_found", "The instance was not found.");
    },
  });
  const ref = { incarnationId: "a", workspaceId: "b" };
  await expect(instances.start(ref, "token")).rejects.toMatchObject({
    problem: { details: { reason: "store_swapped" } },
  });
  stores.here = "ours";
  await expect(
    stores.backend({ start: () => Promise.reject(new DomainError("not_found", "No.")) }).instances.start(ref, ""),
  ).rejects.toMatchObject({ problem: { code: "not_found" } });
});

test("a listing of volumes that reads the marker itself needs no second one", async () => {
  const stores = new Stores();
  let listings = 0;
  const { volumes } = stores.backend({
    volumes: async () => {
      listings += 1;
      await stores.listMarker();
      return ["one"];
    },
  });
  const read = stores.listMarker;
  let reads = 0;
  stores.listMarker = () => {
    reads += 1;
    return read.call(stores);
  };
  expect(await volumes.list()).toEqual(["one"]);
  expect({ listings, reads }).toEqual({ listings: 1, reads: 1 });
});

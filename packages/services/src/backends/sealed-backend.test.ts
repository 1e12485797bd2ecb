import * as exported from "@berth/backends";
import { createMemoryBackend, SealedBackend, startDaemon } from "@berth/backends/testing";
import { expect, test } from "vitest";
import type { Deps } from "../deps.ts";
import type { BackendCatalog } from "./catalog.ts";

/**
 * Compiled but never run. Each line tries to bypass the gateway; `tsc` reports an unused `@ts-expect-error`.
 */
function refusedByTheCompiler(sealed: exported.SealedBackend, reader: exported.BackendReader, deps: Deps): unknown[] {
  // @ts-expect-error No alias: a sealed backend has no member.
  const instances = sealed.instances;
  // @ts-expect-error No destructuring.
  const { eraser } = sealed;
  const member = "eraser" as const;
  // @ts-expect-error No index access.
  const byIndex = sealed[member];
  // @ts-expect-error The field is private to its module.
  const field = sealed["#backend"];
  // @ts-expect-error No direct cast, because the types have nothing in common.
  const cast = sealed as { instances: { destroy(): void } };
  // @ts-expect-error Nothing outside the package can unseal a backend.
  const unseal = exported.unsealBackend;
  // @ts-expect-error Nothing outside the package can create an unsealed backend.
  const create = exported.createLocalBackend;
  // @ts-expect-error The package does not export the type of an unsealed backend.
  type Named = exported.Backend;
  // @ts-expect-error A backend reader cannot destroy an instance.
  const destroy = reader.destroy;
  // @ts-expect-error It cannot stop one, even by destructuring.
  const { stop } = reader;
  const verb = "start" as const;
  // @ts-expect-error It cannot start one.
  const start = reader[verb];
  // @ts-expect-error It cannot create one.
  const provision = reader.provision;
  // @ts-expect-error It cannot create a volume.
  const createVolume = reader.createVolume;
  // @ts-expect-error It cannot erase one.
  const erase = reader.erase;
  // @ts-expect-error The services' catalog is read-only.
  const catalogDestroy = (catalog: BackendCatalog) => catalog.destroy;
  // @ts-expect-error Only `LifecycleDeps` has the gateway.
  const gateway = deps.gateway;
  // @ts-expect-error A reader is not a gateway.
  const asGateway: exported.BackendGateway = reader;
  const named = (value: Named) => value;
  return [
    ...[instances, eraser, byIndex, field, cast, unseal, create, named],
    ...[destroy, stop, start, provision, createVolume, erase, catalogDestroy, gateway, asGateway],
  ];
}

test("code that bypasses the gateway does not compile", () => {
  expect(refusedByTheCompiler).toBeTypeOf("function");
});

test("a sealed backend exposes no members to untyped code", async () => {
  const backend = createMemoryBackend({ tunnel: { socketPath: "/nowhere" }, startDaemon });
  const sealed = new SealedBackend(backend);
  await backend.close();
  const members = [sealed, Object.getPrototypeOf(sealed), sealed.constructor].flatMap((each) => Reflect.ownKeys(each));
  expect(new Set(members)).toEqual(new Set(["constructor", "length", "name", "prototype"]));
});

test("every backend that the package opens is sealed", async () => {
  const makers = Object.keys(exported).filter((name) => /^(open|create|make|unseal)\w*Backend/.test(name));
  expect(makers.sort()).toEqual([
    "openBackendGateway",
    "openDockerBackend",
    "openEc2Backend",
    "openLocalBackend",
    "openMemoryBackend",
  ]);
  const opened = exported.openMemoryBackend({ tunnel: { socketPath: "/nowhere" }, startDaemon });
  await exported
    .openBackendGateway(
      [opened],
      () => {},
      async () => {},
    )
    .close();
  expect(opened).toBeInstanceOf(SealedBackend);
});

import type { EraseOrder } from "@berth/domain";
import { expect, test } from "vitest";
import type { Backend, IncarnationRef, VolumeBackend } from "./backend.ts";

/**
 * Erasing without an order must not compile. `tsc -b` checks this file, and an unused `@ts-expect-error` is an error.
 */
function refusedByTheCompiler(backend: Backend, ref: IncarnationRef, volumeId: string): unknown[] {
  // @ts-expect-error An order is a class with a private field, so an object literal does not match.
  const literal: EraseOrder = { id: "1", volumeId, reason: "erase_now" };
  // @ts-expect-error A literal with the public members of an order is not accepted either.
  const byLiteral = () => backend.eraser.erase({ id: "1", volumeId, reason: "erase_now" });
  // @ts-expect-error An id is not an order.
  const byId = () => backend.eraser.erase(volumeId);
  // @ts-expect-error A reference to an instance cannot erase a volume.
  const byIncarnation = () => backend.eraser.erase(ref);
  // @ts-expect-error `destroy` takes a reference to an instance and no volume id.
  const destroyById = () => backend.instances.destroy(volumeId);
  // @ts-expect-error An object with a volume id is not a reference to an instance.
  const destroyVolume = () => backend.instances.destroy({ volumeId });
  // @ts-expect-error `VolumeBackend` cannot erase: the eraser is another interface.
  const throughVolumes = (volumes: VolumeBackend) => volumes.erase;
  // @ts-expect-error An order cannot destroy an instance.
  const destroyByOrder = (order: EraseOrder) => backend.instances.destroy(order);
  return [literal, byLiteral, byId, byIncarnation, destroyById, destroyVolume, throughVolumes, destroyByOrder];
}

test("the type checker rejects every way to erase without an order", () => {
  expect(refusedByTheCompiler).toBeTypeOf("function");
});

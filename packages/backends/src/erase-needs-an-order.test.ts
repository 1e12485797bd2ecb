import type { EraseOrder } from "@berth/domain";
import { expect, test } from "vitest";
import type { Backend, IncarnationRef, VolumeBackend } from "./backend.ts";

/**
 * Erasing without an order does not compile. The type checker reads this file like any other (`tsc -b`), and an
 * `@ts-expect-error` above a line that does compile is itself an error.
 */
function refusedByTheCompiler(backend: Backend, ref: IncarnationRef, volumeId: string): unknown[] {
  // @ts-expect-error An order is a class with a private field: no object literal passes for one.
  const literal: EraseOrder = { id: "1", volumeId, reason: "erase_now" };
  // @ts-expect-error Not even a literal with every public member of an order can be handed in.
  const byLiteral = () => backend.eraser.erase({ id: "1", volumeId, reason: "erase_now" });
  // @ts-expect-error An id is not an order.
  const byId = () => backend.eraser.erase(volumeId);
  // @ts-expect-error What names an instance cannot erase a volume.
  const byIncarnation = () => backend.eraser.erase(ref);
  // @ts-expect-error Destroying an instance takes what names an instance, never a volume's id.
  const destroyById = () => backend.instances.destroy(volumeId);
  // @ts-expect-error Nor does a volume's id in an object name an instance.
  const destroyVolume = () => backend.instances.destroy({ volumeId });
  // @ts-expect-error Whoever holds the volumes cannot erase: it is another interface.
  const throughVolumes = (volumes: VolumeBackend) => volumes.erase;
  // @ts-expect-error An order cannot destroy an instance either.
  const destroyByOrder = (order: EraseOrder) => backend.instances.destroy(order);
  return [literal, byLiteral, byId, byIncarnation, destroyById, destroyVolume, throughVolumes, destroyByOrder];
}

test("nothing but an order erases: proved by the type checker, which reads this file", () => {
  expect(refusedByTheCompiler).toBeTypeOf("function");
});

import type { Backend } from "./backend.ts";

/** Only this module reads the private field, so only its importers in this package can unseal a backend. */
let unseal: (sealed: SealedBackend) => Backend;

/**
 * A backend as the composition root gets it. It has no members to call: only the gateway accepts it, and the package
 * does not export `unsealBackend`.
 */
export class SealedBackend {
  readonly #backend: Backend;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  static {
    unseal = (sealed) => sealed.#backend;
  }
}

export const unsealBackend = (sealed: SealedBackend): Backend => unseal(sealed);

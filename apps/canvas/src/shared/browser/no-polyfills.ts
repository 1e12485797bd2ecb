/**
 * Replaces Next's polyfills in the built canvas (next.config.ts). They are for browsers without features like
 * `Array.prototype.at`, which lack others that the canvas needs. This saves 0.4 kB of the first load.
 */
export {};

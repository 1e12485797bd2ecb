import type { BerthClientOptions } from "./index.ts";

/** What identifies the caller in every request. */
export const requestHeaders = ({ token, orgId }: BerthClientOptions): Record<string, string> => ({
  authorization: `Bearer ${token}`,
  ...(orgId === undefined ? {} : { "x-berth-org-id": orgId }),
});

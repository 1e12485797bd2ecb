"use client";

import { isOpenOperation, lateAfterSeconds, type Workspace } from "@berth/domain";
import { useEffect, useState } from "react";
import { useExpectedDuration, useOperations } from "#features/workspaces/index.ts";
import { serverNow } from "#shared/clock/clock-store.ts";

/** True once a start has taken much longer than usual here, by the server's clock. */
export function useIsLate({ id, status, provisioningStartedAt }: Workspace): boolean {
  const kind = useOperations(id).data?.items.find(isOpenOperation)?.kind;
  const expected = useExpectedDuration(id, kind ?? "create");
  const since = status === "provisioning" ? provisioningStartedAt : null;
  const lateAt = since === null || !expected ? null : Date.parse(since) + lateAfterSeconds(expected) * 1000;
  const [isLate, setIsLate] = useState(false);

  useEffect(() => {
    const left = lateAt === null ? null : lateAt - serverNow();
    setIsLate(left !== null && left <= 0);
    if (left === null || left <= 0) return;
    const timer = setTimeout(() => setIsLate(true), left);
    return () => clearTimeout(timer);
  }, [lateAt]);

  return isLate;
}

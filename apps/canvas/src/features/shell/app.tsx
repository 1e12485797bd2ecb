"use client";

import { useSyncExternalStore } from "react";
import { SignIn, useSession } from "#features/session/index.ts";
import { useSnapshot } from "#features/workspaces/index.ts";
import { isSignedOut } from "#shared/api/problem.ts";
import { ApiProvider } from "#shared/api/trpc.tsx";
import { HydrationError } from "./hydration-error.tsx";
import { Shell } from "./shell.tsx";
import { ShellSkeleton } from "./shell-skeleton.tsx";
import { Toasts } from "./toasts.tsx";

export function App() {
  return (
    <ApiProvider>
      <FirstLoad />
      <Toasts />
    </ApiProvider>
  );
}

const never = () => () => undefined;

/** False during hydration: the static HTML knows neither address nor storage, so it shows the skeleton. */
const useIsInBrowser = () =>
  useSyncExternalStore(
    never,
    () => true,
    () => false,
  );

/** Session and map are requested together, so a signed-in visit waits for one round trip. */
function FirstLoad() {
  const isInBrowser = useIsInBrowser();
  const session = useSession();
  const snapshot = useSnapshot();

  if (!isInBrowser) return <ShellSkeleton />;
  if (isSignedOut(session.error) || isSignedOut(snapshot.error)) return <SignIn />;
  const error = session.data ? (snapshot.data ? null : snapshot.error) : session.error;
  if (error) {
    const retry = () => void Promise.all([session.refetch(), snapshot.refetch()]);
    return <HydrationError error={error} onRetry={retry} isRetrying={session.isFetching || snapshot.isFetching} />;
  }
  if (!session.data || !snapshot.data) return <ShellSkeleton />;
  return <Shell actor={session.data.actor} asOf={snapshot.data.asOf} />;
}

"use client";

import { type ComponentType, type ReactNode, useCallback, useEffect, useState } from "react";
import { ErrorNotice } from "./error-notice.tsx";

const RETRY_MILLISECONDS = 3_000;

interface LazyPartOptions {
  /** Shown until the code has loaded. */
  waiting?: ReactNode;
  /** For parts without a place on the page (dialogs, menus, messages): they appear once loaded, without a placeholder. */
  isQuiet?: boolean;
}

/**
 * A part of the app whose code loads on first render. The code comes from the same server as the data, so while that is
 * down the part says so and retries; `React.lazy` would cache the first failure forever.
 */
export function lazyPart<P extends object>(
  load: () => Promise<ComponentType<P>>,
  { waiting = null, isQuiet = false }: LazyPartOptions = {},
): ComponentType<P> {
  let loaded: ComponentType<P> | null = null;

  // biome-ignore lint/correctness/noComponentHookFactories: called once per part at module level, never in a render.
  return function LazyPart(props: P) {
    const [isLoaded, setIsLoaded] = useState(loaded !== null);
    const [error, setError] = useState<unknown>(null);

    const attempt = useCallback(async () => {
      try {
        loaded ??= await load();
        setIsLoaded(true);
      } catch (failure) {
        setError(failure);
      }
    }, []);

    useEffect(() => {
      if (isLoaded) return;
      void attempt();
      const timer = setInterval(() => void attempt(), RETRY_MILLISECONDS);
      return () => clearInterval(timer);
    }, [isLoaded, attempt]);

    if (isLoaded && loaded) {
      const Part = loaded;
      return <Part {...props} />;
    }
    if (error === null || isQuiet) return waiting;
    return (
      <ErrorNotice
        className="m-4"
        error={new TypeError("A part of the page could not be loaded.", { cause: error })}
        onRetry={() => void attempt()}
      />
    );
  };
}

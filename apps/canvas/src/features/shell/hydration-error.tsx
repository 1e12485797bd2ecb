"use client";

import { ErrorNotice } from "#shared/ui/error-notice.tsx";

interface HydrationErrorProps {
  error: unknown;
  onRetry: () => void;
  isRetrying: boolean;
}

/** The first load failed: shows the reason and a retry. */
export const HydrationError = (props: HydrationErrorProps) => (
  <main data-testid="hydration-error" className="flex min-h-dvh items-center justify-center p-4">
    <div className="w-full max-w-lg">
      <h1 className="mb-3 text-lg font-semibold">Berth could not load your workspaces</h1>
      <ErrorNotice {...props} />
    </div>
  </main>
);

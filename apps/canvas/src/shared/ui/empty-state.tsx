import type { ReactNode } from "react";

interface EmptyStateProps {
  icon: ReactNode;
  title: string;
  children: ReactNode;
  action?: ReactNode;
}

/** What belongs here, and the first step towards it. */
export const EmptyState = ({ icon, title, children, action }: EmptyStateProps) => (
  <div className="mx-auto flex max-w-md flex-col items-center px-6 py-10 text-center">
    <div className="mb-3 flex size-12 items-center justify-center rounded-full bg-accent-soft text-accent [&>svg]:size-6">
      {icon}
    </div>
    <h2 className="text-base font-semibold">{title}</h2>
    <div className="mt-1 text-ink-soft">{children}</div>
    {action && <div className="mt-4">{action}</div>}
  </div>
);

import { Skeleton } from "#shared/ui/skeleton.tsx";

/** Placeholders for the rail, the map and a few cards. */
export const ShellSkeleton = () => (
  <main aria-busy className="flex h-dvh flex-col-reverse md:flex-row">
    <h1 className="sr-only">Loading Berth</h1>
    <div className="h-14 border-t border-line bg-surface md:h-auto md:w-23 md:border-t-0 md:border-r" />
    <div className="flex flex-1 flex-wrap content-center items-center justify-center gap-6 p-8">
      {["first", "second", "third"].map((card) => (
        <Skeleton key={card} className="h-28 w-64 rounded-lg" />
      ))}
    </div>
  </main>
);

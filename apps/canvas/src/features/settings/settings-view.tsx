"use client";

import { effectivePersistence } from "@berth/domain";
import { LogOut } from "lucide-react";
import { useSignOut } from "#features/session/index.ts";
import { useActor } from "#shared/session/actor.tsx";
import { count } from "#shared/text/format.ts";
import { setTheme, type Theme, useTheme } from "#shared/theme/theme-store.ts";
import { Button } from "#shared/ui/button.tsx";
import { ErrorNotice } from "#shared/ui/error-notice.tsx";
import { notifyError } from "#shared/ui/notify.tsx";
import { RadioCards } from "#shared/ui/radio-cards.tsx";
import { SkeletonLines } from "#shared/ui/skeleton.tsx";
import { ViewHeader } from "#shared/ui/view-header.tsx";
import { Backends } from "./backends.tsx";
import { useSystemHealth } from "./queries.ts";
import { Section } from "./section.tsx";
import { Tokens } from "./tokens.tsx";

const THEMES: { value: Theme; title: string; text: string }[] = [
  { value: "system", title: "System", text: "Follows the setting of this device." },
  { value: "light", title: "Light", text: "Dark text on a light background." },
  { value: "dark", title: "Dark", text: "Light text on a dark background." },
];

/** Theme, backends, retention and tokens. */
export function SettingsView() {
  const system = useSystemHealth();
  const theme = useTheme();
  return (
    <div className="flex h-full flex-col">
      <ViewHeader title="Settings" note="Server settings are set when it starts." />
      <div className="min-h-0 flex-1 overflow-auto p-4">
        <div className="mx-auto grid max-w-3xl grid-cols-1 gap-4">
          <Section title="Appearance">
            <RadioCards legend="Theme on this device" value={theme} options={THEMES} onChange={setTheme} />
          </Section>
          {system.data ? (
            <>
              <Backends
                backends={system.data.backends}
                isFetching={system.isFetching}
                onCheck={() => void system.refetch()}
              />
              <Retention graceHours={system.data.graceHours} />
            </>
          ) : system.error ? (
            <ErrorNotice error={system.error} onRetry={() => void system.refetch()} isRetrying={system.isFetching} />
          ) : (
            <SkeletonLines lines={6} label="Loading settings" />
          )}
          <Tokens />
          <About version={system.data?.version} />
        </div>
      </div>
    </div>
  );
}

const Retention = ({ graceHours }: { graceHours: number }) => (
  <Section
    title="Saved data"
    text="What is kept of a deleted workspace depends on its “Saved data” setting in the Container tab."
  >
    <dl className="grid gap-2">
      <Meaning name="Auto">{effectivePersistence("auto", graceHours).why}</Meaning>
      <Meaning name="Always keep">{effectivePersistence("persist", graceHours).why}</Meaning>
      <Meaning name="Don’t keep">{effectivePersistence("ephemeral", graceHours).why}</Meaning>
    </dl>
    <p className="mt-3 text-[13px] text-ink-soft">
      The grace time is <strong className="font-medium text-ink">{count(graceHours, "hour")}</strong>, set by{" "}
      <code className="font-mono">BERTH_RETENTION_GRACE_HOURS</code> on the server. Until it ends, you can undo a
      delete.
    </p>
  </Section>
);

const Meaning = ({ name, children }: { name: string; children: string }) => (
  <div className="grid gap-x-3 sm:grid-cols-[7rem_1fr]">
    <dt className="font-medium">{name}</dt>
    <dd className="text-ink-soft">{children}</dd>
  </div>
);

function About({ version }: { version: string | undefined }) {
  const actor = useActor();
  const signOut = useSignOut();
  return (
    <Section
      title="About"
      text={`Berth ${version ?? ""} · signed in as ${actor.name} (${actor.role})`}
      action={
        <Button
          icon={<LogOut aria-hidden className="size-4" />}
          isBusy={signOut.isPending}
          onClick={() => signOut.mutate(undefined, { onError: (error) => notifyError(error) })}
        >
          Sign out
        </Button>
      }
    />
  );
}

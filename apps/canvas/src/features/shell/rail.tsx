"use client";

import { Anchor, Archive, LogOut, Map as MapIcon, Monitor, Moon, Settings2, Sun, Table2 } from "lucide-react";
import type { ComponentType } from "react";
import { useSignOut } from "#features/session/index.ts";
import { useActor } from "#shared/session/actor.tsx";
import { setTheme, useTheme } from "#shared/theme/theme.ts";
import { cx } from "#shared/ui/cx.ts";
import { Menu, MenuChoice, MenuHeading, MenuItem, MenuSeparator } from "#shared/ui/menu.tsx";
import { notifyError } from "#shared/ui/notify.tsx";
import type { View } from "#shared/url/url-state.ts";
import { navigate, useUrlPart } from "#shared/url/use-url-state.ts";

const VIEWS: { view: View; label: string; testId: string; icon: ComponentType<{ className?: string }> }[] = [
  { view: "home", label: "List", testId: "nav-home", icon: Table2 },
  { view: "map", label: "Map", testId: "nav-map", icon: MapIcon },
  { view: "saved", label: "Saved data", testId: "nav-saved", icon: Archive },
];

const ITEM =
  "flex w-16 flex-col items-center justify-center gap-1 rounded-lg px-1 py-2 text-xs font-medium transition-colors [&>svg]:size-5";

export function Rail() {
  const current = useUrlPart((state) => state.view);
  return (
    <nav
      aria-label="Views"
      className="row-start-3 flex items-center justify-around gap-1 border-t border-line bg-surface px-2 py-1 md:row-start-2 md:flex-col md:justify-start md:border-t-0 md:border-r md:px-1.5 md:py-3"
    >
      <Anchor aria-hidden className="mb-2 hidden size-6 text-accent md:block" />
      {VIEWS.map(({ view, label, testId, icon: Icon }) => (
        <button
          key={view}
          type="button"
          data-testid={testId}
          aria-current={current === view ? "page" : undefined}
          onClick={() => navigate((state) => ({ ...state, view }))}
          className={cx(
            ITEM,
            current === view ? "bg-accent-soft text-accent" : "text-ink-soft hover:bg-ink/8 hover:text-ink",
          )}
        >
          <Icon aria-hidden />
          {label}
        </button>
      ))}
      <div className="md:mt-auto">
        <AccountMenu />
      </div>
    </nav>
  );
}

function AccountMenu() {
  const actor = useActor();
  const theme = useTheme();
  const signOut = useSignOut();
  return (
    <Menu
      label="Look and account"
      side="right"
      trigger={
        <button type="button" className={cx(ITEM, "text-ink-soft hover:bg-ink/8 hover:text-ink")}>
          <Settings2 aria-hidden />
          More
        </button>
      }
    >
      <MenuHeading>Theme</MenuHeading>
      <MenuChoice
        value={theme}
        onChange={setTheme}
        options={[
          { value: "system", label: "As the system", icon: <Monitor aria-hidden /> },
          { value: "light", label: "Light", icon: <Sun aria-hidden /> },
          { value: "dark", label: "Dark", icon: <Moon aria-hidden /> },
        ]}
      />
      <MenuSeparator />
      <MenuHeading>Signed in as {actor.name}</MenuHeading>
      <MenuItem
        icon={<LogOut aria-hidden />}
        onSelect={() => signOut.mutate(undefined, { onError: (error) => notifyError(error) })}
      >
        Sign out
      </MenuItem>
    </Menu>
  );
}

"use client";

import { LogOut, Monitor, Moon, Sun } from "lucide-react";
import { useSignOut } from "#features/session/index.ts";
import { useActor } from "#shared/session/actor.tsx";
import { setTheme, useTheme } from "#shared/theme/theme.ts";
import { Menu, MenuChoice, MenuHeading, MenuItem, MenuSeparator } from "#shared/ui/menu.tsx";
import { notifyError } from "#shared/ui/notify.tsx";
import { MoreButton } from "./more-button.tsx";

/** Theme and session. It is loaded by being asked for, so it starts open. */
export function AccountMenu() {
  const actor = useActor();
  const theme = useTheme();
  const signOut = useSignOut();
  return (
    <Menu label="Look and account" startsOpen side="right" trigger={<MoreButton />}>
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

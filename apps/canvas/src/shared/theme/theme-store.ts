"use client";

import { useEffect } from "react";
import { create } from "zustand";
import { useMedia } from "../media/media.ts";
import { forgetLocal, readLocal, writeLocal } from "../storage/local.ts";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export const THEME_KEY = "berth:theme";

/**
 * Runs before the first paint, so a dark page never flashes white. Kept small, because every page includes it in its
 * head.
 */
export const THEME_SCRIPT = `(()=>{let t;try{t=JSON.parse(localStorage.getItem("${THEME_KEY}"))}catch{}
if(t!=="light"&&t!=="dark")t=matchMedia("(prefers-color-scheme: dark)").matches?"dark":"light";
document.documentElement.dataset.theme=t})()`;

const isTheme = (value: unknown): value is Theme => THEMES.some((theme) => theme === value);
const storedTheme = (): Theme => readLocal(THEME_KEY, (value) => (isTheme(value) ? value : undefined)) ?? "system";

const useThemeStore = create<{ theme: Theme }>(() => ({ theme: storedTheme() }));

export function setTheme(theme: Theme): void {
  if (theme === "system") forgetLocal(THEME_KEY);
  else writeLocal(THEME_KEY, theme);
  useThemeStore.setState({ theme });
}

/** The chosen theme. */
export const useTheme = (): Theme => useThemeStore(({ theme }) => theme);

/** The displayed theme. */
export function useShownTheme(): "light" | "dark" {
  const theme = useTheme();
  const prefersDark = useMedia("(prefers-color-scheme: dark)");
  return theme === "system" ? (prefersDark ? "dark" : "light") : theme;
}

/** Applies the displayed theme to the page, after the script in its head did so before the first paint. Mount once. */
export function useAppliedTheme(): void {
  const theme = useShownTheme();
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
}

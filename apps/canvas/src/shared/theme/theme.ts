"use client";

import { useSyncExternalStore } from "react";
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
const listeners = new Set<() => void>();

const currentTheme = (): Theme => readLocal(THEME_KEY, (value) => (isTheme(value) ? value : undefined)) ?? "system";

const systemPrefersDark = () => window.matchMedia("(prefers-color-scheme: dark)");

const resolve = (theme: Theme): "light" | "dark" =>
  theme === "system" ? (systemPrefersDark().matches ? "dark" : "light") : theme;

function apply(): void {
  document.documentElement.dataset.theme = resolve(currentTheme());
  for (const listener of listeners) listener();
}

export function setTheme(theme: Theme): void {
  if (theme === "system") forgetLocal(THEME_KEY);
  else writeLocal(THEME_KEY, theme);
  apply();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  const media = systemPrefersDark();
  media.addEventListener("change", apply);
  return () => {
    listeners.delete(listener);
    media.removeEventListener("change", apply);
  };
}

/** The chosen theme. */
export const useTheme = (): Theme => useSyncExternalStore(subscribe, currentTheme, () => "system");

/** The displayed theme. */
export const useShownTheme = (): "light" | "dark" =>
  useSyncExternalStore(
    subscribe,
    () => (document.documentElement.dataset.theme === "dark" ? "dark" : "light"),
    () => "light",
  );

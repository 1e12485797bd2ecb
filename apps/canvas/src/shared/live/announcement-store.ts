"use client";

import { create } from "zustand";

interface Announcement {
  text: string;
  /** Distinguishes two equal texts. */
  number: number;
}

/** The last announcement to screen readers. */
export const useAnnouncementStore = create<Announcement>(() => ({ text: "", number: 0 }));

export const announce = (text: string): void =>
  useAnnouncementStore.setState(({ number }) => ({ text, number: number + 1 }));

"use client";

import { createStore } from "../store/store.ts";

/** The last announcement to screen readers. `turn` distinguishes two equal texts. */
export const announced = createStore<{ words: string; turn: number }>({ words: "", turn: 0 });

export const announce = (words: string): void => announced.set({ words, turn: announced.get().turn + 1 });

"use client";

import { createStore } from "../store/store.ts";

/** What was said last to those who listen instead of look. `turn` tells two equal sentences apart. */
export const announced = createStore<{ words: string; turn: number }>({ words: "", turn: 0 });

export const announce = (words: string): void => announced.set({ words, turn: announced.get().turn + 1 });

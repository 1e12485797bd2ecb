import { DATA_PERSISTENCE, type DataPersistence, effectivePersistence } from "@berth/domain";

const TITLES: Record<DataPersistence, string> = { auto: "Auto", persist: "Always keep", ephemeral: "Don’t keep" };

/** What happens to a workspace's current data when the setting changes. */
export function changeOfPersistence(from: DataPersistence, to: DataPersistence, hasVolume: boolean): string | null {
  if (from === to) return null;
  if (to === "ephemeral") {
    return hasVolume
      ? "After the next restart, files start empty. The current volume is not erased: it moves to Saved data."
      : "No data is kept yet, so nothing moves.";
  }
  if (from === "ephemeral") return "At the next restart, /workspace is copied to a new volume and kept from then on.";
  return to === "persist"
    ? "The volume stays the same. After a delete, it no longer expires."
    : "The volume stays the same. After a delete, the grace time starts.";
}

/** The three choices of "Saved data", each with its effect here. */
export const persistenceOptions = (
  graceHours: number,
  current?: { setting: DataPersistence; hasVolume: boolean },
): { value: DataPersistence; title: string; text: string }[] =>
  DATA_PERSISTENCE.map((value) => {
    const change = current && changeOfPersistence(current.setting, value, current.hasVolume);
    const meaning = effectivePersistence(value, graceHours).why;
    return { value, title: TITLES[value], text: change ? `${meaning} ${change}` : meaning };
  });

export const persistenceTitle = (setting: DataPersistence): string => TITLES[setting];

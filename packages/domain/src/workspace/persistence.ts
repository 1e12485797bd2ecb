export const DATA_PERSISTENCE = ["auto", "persist", "ephemeral"] as const;
export type DataPersistence = (typeof DATA_PERSISTENCE)[number];

/** The current effect of `dataPersistence` for one workspace. */
export interface EffectivePersistence {
  mode: "persist" | "ephemeral";
  afterDelete: "retained" | "grace" | "gone";
  /** Hours that the data outlives a deleted workspace; null without a deadline. */
  graceHours: number | null;
  /** A sentence for a person. */
  why: string;
}

/** The only definition of the setting. `auto` keeps data like `persist` while the workspace lives. */
export function effectivePersistence(setting: DataPersistence, graceHours: number): EffectivePersistence {
  switch (setting) {
    case "persist":
      return {
        mode: "persist",
        afterDelete: "retained",
        graceHours: null,
        why: "Kept on a data volume. After a delete it stays until a person decides.",
      };
    case "auto":
      return {
        mode: "persist",
        afterDelete: "grace",
        graceHours,
        why: `Kept on a data volume. After a delete it stays for ${describeHours(graceHours)}, then it is erased.`,
      };
    case "ephemeral":
      return {
        mode: "ephemeral",
        afterDelete: "gone",
        graceHours: null,
        why: "No data volume. /workspace starts new and empty with every new machine and is gone after a delete.",
      };
  }
}

/** The format of a grace time everywhere: `3 days`, `36 hours`. */
export const describeHours = (hours: number): string =>
  hours % 24 === 0 && hours >= 48 ? `${hours / 24} days` : hours === 1 ? "1 hour" : `${hours} hours`;

/** The columns of the table in docs/what-survives-what.md. */
export const SURVIVAL_VERBS = ["restart", "pause", "hibernate", "machine_lost", "delete", "delete_with_erase"] as const;
export type SurvivalVerb = (typeof SURVIVAL_VERBS)[number];

export type Fate =
  | "kept"
  | "new_and_empty"
  | "refused_unless_forced"
  | "retained"
  | "grace"
  | "gone"
  | "erased"
  | "wiped"
  | "restored";

export interface Survival {
  /** /workspace and /configs */
  data: Fate;
  /** $HOME, which is /agent-home */
  home: Fate;
}

const DATA_FATES: Record<DataPersistence, Record<SurvivalVerb, Fate>> = {
  persist: {
    restart: "kept",
    pause: "kept",
    hibernate: "kept",
    machine_lost: "kept",
    delete: "retained",
    delete_with_erase: "erased",
  },
  auto: {
    restart: "kept",
    pause: "kept",
    hibernate: "kept",
    machine_lost: "kept",
    delete: "grace",
    delete_with_erase: "erased",
  },
  ephemeral: {
    restart: "new_and_empty",
    pause: "kept",
    hibernate: "refused_unless_forced",
    machine_lost: "new_and_empty",
    delete: "gone",
    delete_with_erase: "gone",
  },
};

const HOME_FATES: Record<"off" | "on", Record<SurvivalVerb, Fate>> = {
  off: {
    restart: "wiped",
    pause: "kept",
    hibernate: "wiped",
    machine_lost: "wiped",
    delete: "gone",
    delete_with_erase: "gone",
  },
  on: {
    restart: "restored",
    pause: "kept",
    hibernate: "restored",
    machine_lost: "restored",
    delete: "retained",
    delete_with_erase: "erased",
  },
};

/** The table in `docs/what-survives-what.md` as one function. The canvas shows its cells next to each verb. */
export const whatSurvives = (setting: DataPersistence, homeSnapshot: boolean, verb: SurvivalVerb): Survival => ({
  data: DATA_FATES[setting][verb],
  home: HOME_FATES[homeSnapshot ? "on" : "off"][verb],
});

const FATE_WORDS: Record<Fate, string> = {
  kept: "is kept",
  new_and_empty: "starts new and empty",
  refused_unless_forced: "would be lost, so this is refused unless forced",
  retained: "is kept until a person decides",
  grace: "is kept for the grace time, then erased",
  gone: "is gone",
  erased: "is erased, with a receipt",
  wiped: "is wiped",
  restored: "is restored from its snapshot",
};

/** One sentence for a button, e.g. "Saved data is kept; $HOME is wiped." */
export function describeSurvival(survival: Survival): string {
  return `Saved data ${FATE_WORDS[survival.data]}; $HOME ${FATE_WORDS[survival.home]}.`;
}

/** What a delete does to the data of one workspace. The delete preview and the delete both use it. */
export function fateOfDelete(
  setting: DataPersistence,
  hasVolume: boolean,
  eraseData: boolean,
): "erased" | "retained" | "grace" | "gone" {
  if (!hasVolume) return "gone";
  if (eraseData) return "erased";
  // The setting of an `ephemeral` workspace with a volume was changed since its last start: that never erases.
  return setting === "auto" ? "grace" : "retained";
}

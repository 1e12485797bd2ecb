export const DATA_PERSISTENCE = ["auto", "persist", "ephemeral"] as const;
export type DataPersistence = (typeof DATA_PERSISTENCE)[number];

/** What `dataPersistence` comes to for one workspace, here and now. */
export interface EffectivePersistence {
  mode: "persist" | "ephemeral";
  afterDelete: "retained" | "grace" | "gone";
  /** Hours the data outlives a deleted workspace; null when there is no clock. */
  graceHours: number | null;
  /** A sentence for a person. */
  why: string;
}

/** The one place that says what the setting means. `auto` keeps data as `persist` does while the workspace lives. */
export function effectivePersistence(setting: DataPersistence, graceHours: number): EffectivePersistence {
  switch (setting) {
    case "persist":
      return {
        mode: "persist",
        afterDelete: "retained",
        graceHours: null,
        why: "Kept on a data volume. After a delete it stays until somebody decides.",
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

/** One way to say a grace time, everywhere: `3 days`, `36 hours`. */
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

/** DESIGN's table "what survives what" as one function: printed beside each verb, in the docs, and tested cell by cell. */
export const whatSurvives = (setting: DataPersistence, homeSnapshot: boolean, verb: SurvivalVerb): Survival => ({
  data: DATA_FATES[setting][verb],
  home: HOME_FATES[homeSnapshot ? "on" : "off"][verb],
});

const FATE_WORDS: Record<Fate, string> = {
  kept: "is kept",
  new_and_empty: "starts new and empty",
  refused_unless_forced: "would be lost, so this is refused unless forced",
  retained: "is kept until somebody decides",
  grace: "is kept for the grace time, then erased",
  gone: "is gone",
  erased: "is erased, with a receipt",
  wiped: "is wiped",
  restored: "is restored from its snapshot",
};

/** One sentence for a button: `/workspace and /configs is kept; $HOME is wiped.` in people's words. */
export function describeSurvival(survival: Survival): string {
  return `Saved data ${FATE_WORDS[survival.data]}; $HOME ${FATE_WORDS[survival.home]}.`;
}

/** What a delete does to one workspace's data: what the delete preview shows and the delete itself carries out. */
export function fateOfDelete(
  setting: DataPersistence,
  hasVolume: boolean,
  eraseData: boolean,
): "erased" | "retained" | "grace" | "gone" {
  if (!hasVolume) return "gone";
  if (eraseData) return "erased";
  // An `ephemeral` workspace that still has a volume has changed its setting since its last start: that never erases.
  return setting === "auto" ? "grace" : "retained";
}

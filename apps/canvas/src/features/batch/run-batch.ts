/** Requests in flight at once: a hundred restarts must not delay the page's other queries. */
const AT_ONCE = 4;

export interface Failed {
  id: string;
  name: string;
  error: unknown;
}

export interface BatchState {
  /** The verb as shown, e.g. "Restart". */
  label: string;
  total: number;
  done: number;
  failed: readonly Failed[];
  isRunning: boolean;
}

export interface BatchItem {
  id: string;
  name: string;
}

/** Runs one action on each item, a few in parallel. A failure does not stop the others. */
export async function runBatch(
  label: string,
  items: readonly BatchItem[],
  act: (id: string) => Promise<unknown>,
  onProgress: (state: BatchState) => void,
  atOnce = AT_ONCE,
): Promise<BatchState> {
  const queue = [...items];
  const failed: Failed[] = [];
  let done = 0;
  const report = (isRunning: boolean): BatchState => {
    const state = { label, total: items.length, done, failed: [...failed], isRunning };
    onProgress(state);
    return state;
  };
  const work = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      try {
        await act(item.id);
      } catch (error) {
        failed.push({ ...item, error });
      }
      done++;
      report(true);
    }
  };
  report(true);
  await Promise.all(Array.from({ length: atOnce }, work));
  return report(false);
}

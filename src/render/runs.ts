/** What runs did, as text for a person. @module */

import type { RunRecord } from "../domain/run.ts";

/** Characters of an id that are enough to tell runs apart. */
export const SHORT_ID = 8;

/** A few lines a run. */
export function renderRuns(runs: readonly RunRecord[]): string {
  return runs.map((run) => {
    const { id, started, ended, command, exitCode, undoes, table, place } = run;
    const what = undoes === undefined
      ? command
      : `${command} ${undoes.slice(0, SHORT_ID)}`;
    const end = ended === undefined ? "not ended" : `exit status ${exitCode}`;
    const undone = runs.find((other) =>
      other.undoes === id && other.exitCode === 0
    );
    const state = undone === undefined
      ? ""
      : `, undone by ${undone.id.slice(0, SHORT_ID)}`;
    const time = new Date(started).toISOString().slice(0, 19) + "Z";
    return `${id.slice(0, SHORT_ID)}  ${time}  ${what}: ${end}${state}\n` +
      `          ${table}  ${place}${counts(run.ledger)}`;
  }).join("\n");
}

/** What is in a ledger that counts rows, whatever else it counts. */
function counts(ledger: unknown): string {
  const { conversations = {}, rows = {} } = (ledger ?? {}) as {
    readonly conversations?: Readonly<Record<string, number>>;
    readonly rows?: Readonly<Record<string, number>>;
  };
  if (conversations["read"] === undefined) return "";
  const { read, ...buckets } = conversations;
  const sum = Object.entries(buckets).filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`).join(" + ");
  return `\n          ${read} conversations = ${sum || "0"}; ${
    rows["put"] ?? 0
  } rows written, ${rows["deleted"] ?? 0} deleted`;
}

/** What undoing did. */
export function renderUndo(
  { conversations, rows }: {
    readonly conversations: Readonly<Record<string, number>>;
    readonly rows: { readonly put: number; readonly deleted: number };
  },
): string {
  const { read = 0, ...buckets } = conversations;
  const sum = Object.entries(buckets).map(([name, count]) => `${count} ${name}`)
    .join(" + ");
  return `Conversations  ${read} changed by the run = ${sum}\n` +
    `Message rows   ${rows.put} put back, ${rows.deleted} taken away`;
}

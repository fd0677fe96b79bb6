/** Rows with what their export does not tell filled in from the rows that are stored. @module */

import { messageDigest } from "../domain/digest.ts";
import { fillMessage } from "../domain/fill.ts";
import { isRicher, type Layout } from "../domain/layout.ts";
import type { MessageRow, RowSummary, StoredRow } from "../store/store.ts";

/** Whether a row differs from a stored one that it is to replace. */
export function replaces(
  { digest }: MessageRow,
  there: RowSummary | undefined,
  layout: Layout,
): boolean {
  // What the earlier Python tool wrote has no digest, and nothing that an export would lack.
  return there?.digest !== undefined && there.digest !== digest &&
    !isRicher(there.layout, layout);
}

/** The rows, filled in where they differ from stored ones that they are to replace. */
export function fillRows(
  rows: readonly MessageRow[],
  { summaries, stored, layout }: {
    readonly summaries: ReadonlyMap<string, RowSummary>;
    /** The stored rows, by message id. */
    readonly stored: ReadonlyMap<string, StoredRow>;
    readonly layout: Layout;
  },
): MessageRow[] {
  return rows.map((row) => {
    const { id } = row.message;
    const whole = stored.get(id);
    if (!whole || !replaces(row, summaries.get(id), layout)) return row;
    const message = fillMessage(row.message, whole.message);
    return { message, digest: messageDigest(message) };
  });
}

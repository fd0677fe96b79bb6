/** A run that writes, as it is remembered. @module */

/** What is known of a run. */
export interface RunRecord {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly started: number;
  /** Absent for a run that was killed or is still under way. */
  readonly ended?: number;
  /** Such as `sync`. */
  readonly command: string;
  /** Where the table is, in words, and its name. */
  readonly place: string;
  readonly table: string;
  readonly exitCode?: number;
  /** The ledger as the run told it. */
  readonly ledger?: unknown;
  /** The run that it undid, or was to undo. */
  readonly undoes?: string;
}

/** What a person can fix, told apart from what is a bug, and the exit codes of the program. @module */

/** Exit codes, documented in the README and on every help page. */
export const EXIT = {
  /** All that was asked for was done. */
  ok: 0,
  /** It failed, or nothing was found. */
  error: 1,
  /** A plan has something to do; only where this was asked for. */
  changes: 2,
  /** It finished, but some of the input could not be read or stored. */
  incomplete: 3,
  /** A limit on deletes withheld some of them. */
  deleteLimit: 4,
  /** The table differs from the export, or from itself. */
  different: 5,
  /** The table is missing. */
  tableMissing: 10,
  /** Another run is writing to the table. */
  locked: 11,
  /** The command line is wrong. */
  usage: 64,
  /** Interrupted by a signal. */
  interrupted: 130,
} as const;

/** One of the {@linkcode EXIT} codes. */
export type ExitCode = typeof EXIT[keyof typeof EXIT];

/** Options of {@linkcode UserError}. */
export interface UserErrorOptions extends ErrorOptions {
  /** What the person can do next, one sentence. */
  readonly hint?: string;
  /** The exit code; {@linkcode EXIT.error} unless given. */
  readonly code?: ExitCode;
}

/**
 * A failure that a person can mend: printed as one line with its hint, without a stack.
 *
 * The message names what failed and where, never text from a conversation.
 */
export class UserError extends Error {
  override readonly name = "UserError";
  /** What to do next, if there is something. */
  readonly hint: string | undefined;
  /** The exit code that the program ends with. */
  readonly code: ExitCode;

  constructor(message: string, options: UserErrorOptions = {}) {
    super(message, options);
    this.hint = options.hint;
    this.code = options.code ?? EXIT.error;
  }
}

/** The message of anything thrown, for the end of another message. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

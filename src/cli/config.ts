/** Settings: a flag, else the environment, else a default. The only place that reads the environment. @module */

import { join } from "@std/path";
import { EXIT, UserError } from "../domain/errors.ts";
import type { Common, TargetFlags } from "./command.ts";

/** Where the table is. */
export type Target =
  /** The embedded engine, its data in one file. */
  | {
    readonly kind: "embedded";
    readonly file: string;
    readonly engine?: string;
  }
  /** Any endpoint that speaks DynamoDB's protocol, DynamoDB Local among them. */
  | {
    readonly kind: "endpoint";
    readonly endpoint: string;
    readonly region?: string;
    readonly profile?: string;
  }
  /** Amazon's own, with the SDK's chain of profile and credentials. */
  | {
    readonly kind: "aws";
    readonly endpoint?: string;
    readonly region?: string;
    readonly profile?: string;
  };

/** A target with the name of its table. */
export interface Settings {
  readonly target: Target;
  readonly table: string;
}

const TARGETS = ["embedded", "local", "aws"] as const;
const LOCAL_ENDPOINT = "http://localhost:8000";
const DATA_FILE = join("data", "chatkeep.db");
const JOURNAL_FILE = join("data", "journal.db");
const TABLE = "ChatConversations";

/**
 * The file of the journal; undefined where none is wanted.
 *
 * @param given What the command line says.
 */
export function journalFile(
  given: string | undefined,
  { target }: Settings,
  env: Environment,
): string | undefined {
  const file = given ?? env("CHATKEEP_JOURNAL") ??
    (target.kind === "embedded"
      ? `${target.file.replace(/\.db$/, "")}.journal.db`
      : JOURNAL_FILE);
  return file === "none" ? undefined : file;
}

/** Looks a variable of the environment up; an empty one counts as unset. */
export type Environment = (name: string) => string | undefined;

/** The environment of this process. */
export function processEnvironment(name: string): string | undefined {
  return Deno.env.get(name) || undefined;
}

/**
 * Which table to work on.
 *
 * @throws {UserError} With exit code 64 when the settings contradict each other or name nothing known.
 */
export function settings(flags: TargetFlags, env: Environment): Settings {
  const table = flags.table ?? env("CHATKEEP_TABLE") ?? TABLE;
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
  if (!/^[A-Za-z0-9_.-]{3,255}$/.test(table)) {
    throw wrong(
      `"${table}" is no name of a table`,
      "3 to 255 letters, digits, dots, dashes and underscores",
    );
  }
  return { table, target: target(flags, env) };
}

function target(flags: TargetFlags, env: Environment): Target {
  const region = flags.region ?? env("AWS_REGION") ?? env("AWS_DEFAULT_REGION");
  const profile = flags.profile ?? env("AWS_PROFILE");
  const account = { ...(region && { region }), ...(profile && { profile }) };
  // A flag of one kind wins over a variable of the other.
  const name = flags.target ??
    (flags.endpointUrl === undefined ? env("CHATKEEP_TARGET") : undefined);
  const endpoint = flags.endpointUrl ??
    (flags.target === undefined ? env("CHATKEEP_ENDPOINT_URL") : undefined);
  if (endpoint !== undefined) {
    if (flags.target !== undefined && flags.target !== "aws") {
      throw wrong(
        `--endpoint-url does not go with --target ${flags.target}`,
        "Give one of them",
      );
    }
    if (
      !URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)
    ) {
      throw wrong(
        `"${endpoint}" is no address of an endpoint`,
        "Give one such as http://localhost:8000",
      );
    }
    return { kind: "endpoint", endpoint, ...account };
  }
  const kind = TARGETS.find((known) => known === (name ?? "embedded"));
  switch (kind) {
    case "embedded": {
      const engine = flags.engine ?? env("CHATKEEP_ENGINE");
      return {
        kind,
        file: flags.data ?? env("CHATKEEP_DATA") ?? DATA_FILE,
        ...(engine && { engine }),
      };
    }
    case "local":
      return { kind: "endpoint", endpoint: LOCAL_ENDPOINT };
    case "aws": {
      const ignored = env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") === "true";
      const configured = ignored
        ? undefined
        : env("AWS_ENDPOINT_URL_DYNAMODB") ?? env("AWS_ENDPOINT_URL");
      return { kind, ...(configured && { endpoint: configured }), ...account };
    }
    case undefined:
      throw wrong(
        `Unknown target "${name}"`,
        `Give one of ${TARGETS.join(", ")}, or --endpoint-url`,
      );
    default:
      return kind satisfies never;
  }
}

/** How the console may draw, by the flags, the environment and whether stderr is a terminal. */
export function drawing(
  { color, json, quiet }: Common,
  env: Environment,
  isTerminal: boolean,
): { json: boolean; quiet: boolean; terminal: boolean; color: boolean } {
  const terminal = isTerminal && env("TERM") !== "dumb";
  const wanted = env("FORCE_COLOR") !== undefined ||
    (terminal && env("NO_COLOR") === undefined);
  return { json, quiet, terminal, color: color && wanted };
}

function wrong(message: string, hint: string): UserError {
  return new UserError(message, { hint, code: EXIT.usage });
}

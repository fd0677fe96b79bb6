/**
 * The export's JSON as it has been seen. No field is certain: exports of some eras lack most of them, and
 * tools that imitate the format put other types there. @module
 */

/** One element of `conversations.json`. */
export interface RawConversation {
  readonly id?: unknown;
  readonly conversation_id?: unknown;
  readonly title?: unknown;
  readonly create_time?: unknown;
  readonly update_time?: unknown;
  readonly current_node?: unknown;
  readonly default_model_slug?: unknown;
  readonly gizmo_id?: unknown;
  readonly conversation_template_id?: unknown;
  readonly is_archived?: unknown;
  readonly is_starred?: unknown;
  readonly pinned_time?: unknown;
  readonly conversation_origin?: unknown;
  readonly voice?: unknown;
  readonly memory_scope?: unknown;
  readonly gizmo?: unknown;
  readonly mapping?: unknown;
}

/** A node of the tree. */
export interface RawNode {
  readonly id?: unknown;
  readonly parent?: unknown;
  readonly message?: unknown;
}

/** The message of a node. */
export interface RawMessage {
  readonly id?: unknown;
  readonly author?: unknown;
  readonly content?: unknown;
  readonly create_time?: unknown;
  readonly recipient?: unknown;
  readonly channel?: unknown;
  readonly status?: unknown;
  readonly metadata?: unknown;
}

/** A JSON object of unknown fields. */
export type RawObject = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object: neither null nor a list. */
export function isObject(value: unknown): value is RawObject {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** The value if it is a JSON object, else an empty one. */
export function objectOf(value: unknown): RawObject {
  return isObject(value) ? value : {};
}

/** The value if it is a list, else an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The value in well-formed Unicode if it is a string with anything in it. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== ""
    ? value.toWellFormed()
    : undefined;
}

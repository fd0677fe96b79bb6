/** What an exporter ships at all: what it never ships is not gone when it is not there. @module */

/** The layouts of conversations, from the poorest to the richest. */
export const LAYOUTS = [
  /** Text of user and assistant only, as the lists of the earlier Python pipeline have it. */
  "text",
  /** ChatGPT's since July 2026: no system and tool messages, no code, fewer fields. */
  "slim",
  /** ChatGPT's before that. */
  "full",
] as const;

/** Which messages and fields a conversation can hold, by who wrote it down. */
export type Layout = typeof LAYOUTS[number];

/** What is known of a stored message's kind. */
export interface MessageKind {
  readonly role: string;
  readonly contentType: string;
}

const SHIPPED: Readonly<Record<Layout, readonly string[] | undefined>> = {
  text: ["text", "multimodal_text"],
  slim: ["text", "multimodal_text", "thoughts", "reasoning_recap"],
  full: undefined,
};

/** Whether messages of that kind are in conversations of that layout. */
export function ships(
  layout: Layout,
  { role, contentType }: MessageKind,
): boolean {
  const types = SHIPPED[layout];
  return types === undefined ||
    ((role === "user" || role === "assistant") && types.includes(contentType));
}

/** Whether the first layout holds more than the second. */
export function isRicher(one: Layout, other: Layout): boolean {
  return LAYOUTS.indexOf(one) > LAYOUTS.indexOf(other);
}

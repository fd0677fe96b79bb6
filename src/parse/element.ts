/** One element of a conversation list, from its bytes to its record. @module */

import type { ConversationRecord } from "../domain/conversation.ts";
import { failed, readConversation } from "./conversation.ts";
import { foreignElement } from "./foreign.ts";
import type { Reading } from "./reading.ts";
import { repairJson, repairSurrogates } from "./repair.ts";

/** An element, and what is told of it in issues. */
export interface Element {
  /** Its place in the list, from 0. */
  readonly index: number;
  /** The offset of its first byte in the text. */
  readonly offset: number;
  readonly size: number;
  /** Undefined where it is too large. */
  readonly bytes: Uint8Array | undefined;
  /** Whether it is the text itself, or a line of it, rather than an element of a list. */
  readonly whole: boolean;
}

/** Where elements come from. */
export interface ElementFile {
  readonly name: string;
  /** The id of a conversation without one; behind it the element's index for all but the first. */
  readonly base: string;
}

/** What an element turned out to be. */
export interface ReadElement {
  /** Absent for an object without fields, which is how an empty export may look. */
  readonly record?: ConversationRecord;
  /** Whose export it belongs to, where it is not ChatGPT's. */
  readonly foreign?: string;
}

/** Ids and text are decoded leniently: a broken byte in one message must not lose a conversation. */
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Reads one element.
 *
 * @param recognised Whether the export is known to be ChatGPT's.
 */
export function readElement(
  element: Element,
  { name, base }: ElementFile,
  reading: Reading,
  recognised: boolean,
): ReadElement {
  const { index, offset, size, bytes, whole } = element;
  const where = `${name}[${index}]`;
  if (bytes === undefined) {
    return {
      record: failed(where, `has ${size} bytes, more than can be read`),
    };
  }
  const parsed = readValue(bytes);
  if (parsed === undefined) {
    return { record: failed(where, `is no valid JSON, at byte ${offset}`) };
  }
  const { value } = parsed;
  const foreign = recognised ? undefined : foreignElement(value);
  if (foreign !== undefined) return { foreign };
  if (whole && Object.keys(value as object).length === 0) return {};
  const fallbackId = () => index === 0 ? base : `${base}-${index}`;
  return { record: readConversation(value, { where, fallbackId }, reading) };
}

/** The value of a JSON text in UTF-8, or undefined where the text is beyond repair. */
export function readValue(bytes: Uint8Array): { value: unknown } | undefined {
  try {
    const text = decode(bytes);
    try {
      return { value: JSON.parse(text) };
    } catch {
      return { value: JSON.parse(repairJson(text)) };
    }
  } catch {
    return undefined;
  }
}

function decode(bytes: Uint8Array): string {
  const text = DECODER.decode(bytes);
  // The sign that some bytes were no UTF-8; a person may have written it too.
  return text.includes("\ufffd")
    ? DECODER.decode(repairSurrogates(bytes))
    : text;
}

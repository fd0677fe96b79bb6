/** The values in items: how they are written, read and weighed. @module */

import { Buffer } from "node:buffer";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Feedback } from "../domain/conversation.ts";
import type { Attachment, Source } from "../domain/message.ts";

export type { AttributeValue };

/** An item as the SDK takes and gives it. */
export type Item = Record<string, AttributeValue>;

/** The item as DynamoDB's JSON has it. */
export function toWire(item: Item): Record<string, unknown> {
  const wire: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(item)) wire[name] = encode(value);
  return wire;
}

function encode(value: AttributeValue): unknown {
  if (value.B !== undefined) return { B: base64(value.B) };
  if (value.BS !== undefined) return { BS: value.BS.map(base64) };
  if (value.L !== undefined) return { L: value.L.map(encode) };
  return value.M === undefined ? value : { M: toWire(value.M) };
}

/** The reverse of {@linkcode toWire}. */
export function fromWire(wire: Record<string, WireValue>): Item {
  const item: Item = {};
  for (const [name, value] of Object.entries(wire)) item[name] = decode(value);
  return item;
}

/** A value as DynamoDB's JSON has it. */
interface WireValue {
  readonly B?: string;
  readonly BS?: string[];
  readonly L?: WireValue[];
  readonly M?: Record<string, WireValue>;
}

function decode(value: WireValue): AttributeValue {
  const { B, BS, L, M } = value;
  if (B !== undefined) return { B: Buffer.from(B, "base64") };
  if (BS !== undefined) {
    return { BS: BS.map((one) => Buffer.from(one, "base64")) };
  }
  if (L !== undefined) return { L: L.map(decode) };
  return M === undefined ? value as AttributeValue : { M: fromWire(M) };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    .toString("base64");
}

/** An attribute of text, or none. */
export function text(name: string, value: string | null | undefined): Item {
  return value === null || value === undefined ? {} : { [name]: { S: value } };
}

/** An attribute that is a number, or none. */
export function number(name: string, value: number | null | undefined): Item {
  return value === null || value === undefined
    ? {}
    : { [name]: { N: String(value) } };
}

/** An attribute that is a list, or none where the list is empty. */
export function list<T>(
  name: string,
  values: readonly T[] | undefined,
  encode: (value: T) => AttributeValue,
): Item {
  return values === undefined || values.length === 0
    ? {}
    : { [name]: { L: values.map(encode) } };
}

/** The number of an attribute, where there is one. */
export function numberOf(
  value: AttributeValue | undefined,
): number | undefined {
  return value?.N === undefined ? undefined : Number(value.N);
}

/** Those of the fields that have a value. */
export function given<T extends Record<string, unknown>>(
  fields: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) =>
    value !== undefined
  );
  return Object.fromEntries(entries) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** What came with a message, as a map. */
export function encodeAttachment(
  { id, name, type, size, exported }: Attachment,
): AttributeValue {
  return {
    M: {
      ...text("ID", id),
      ...text("Name", name),
      ...text("Type", type),
      ...number("Size", size),
      Exported: { BOOL: exported },
    },
  };
}

/** The reverse of {@linkcode encodeAttachment}. */
export function decodeAttachment({ M = {} }: AttributeValue): Attachment {
  return {
    ...given({
      id: M["ID"]?.S,
      name: M["Name"]?.S,
      type: M["Type"]?.S,
      size: numberOf(M["Size"]),
    }),
    exported: M["Exported"]?.BOOL ?? false,
  };
}

/** What a message cites, as a map. */
export function encodeSource({ title, url }: Source): AttributeValue {
  return { M: { ...text("Title", title), ...text("URL", url) } };
}

/** The reverse of {@linkcode encodeSource}. */
export function decodeSource({ M = {} }: AttributeValue): Source {
  return given({ title: M["Title"]?.S, url: M["URL"]?.S });
}

/** A rating, as a map. */
export function encodeFeedback(
  { id, rating, time, text: words }: Feedback,
): AttributeValue {
  return {
    M: {
      ID: { S: id },
      Rating: { S: rating },
      ...number("Time", time),
      ...text("Text", words),
    },
  };
}

/** The reverse of {@linkcode encodeFeedback}. */
export function decodeFeedback({ M = {} }: AttributeValue): Feedback {
  return {
    id: M["ID"]?.S ?? "",
    rating: M["Rating"]?.S ?? "",
    ...given({ time: numberOf(M["Time"]), text: M["Text"]?.S }),
  };
}

/**
 * The bytes that DynamoDB counts for an item of ours: UTF-8 of names and strings, one byte a truth value,
 * about one byte per two digits and one more for a number, and for a list or map three bytes and one for
 * each element beside what is in it.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function itemSize(item: Item): number {
  let size = 0;
  for (const [name, value] of Object.entries(item)) {
    size += utf8Length(name) + valueSize(value);
  }
  return size;
}

function valueSize({ S, N, B, L, M }: AttributeValue): number {
  if (S !== undefined) return utf8Length(S);
  if (B !== undefined) return B.length;
  if (N !== undefined) return numberSize(N);
  if (L !== undefined) {
    return L.reduce((sum, value) => sum + 1 + valueSize(value), 3);
  }
  return M === undefined ? 1 : 3 + Object.keys(M).length + itemSize(M);
}

/** UTF-8 bytes of a well-formed string, without encoding it. */
export function utf8Length(text: string): number {
  // Asking the runtime costs more than looking at a few characters.
  if (text.length > 32) return Buffer.byteLength(text);
  let length = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    // A surrogate is half of a character of four bytes.
    length += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  return length;
}

/** Two digits a byte from the first to the last that is not zero, a byte for the exponent, one for a sign. */
function numberSize(text: string): number {
  const [mantissa = ""] = text.replace(/^-/, "").split(/e/i);
  const [whole = "", fraction = ""] = mantissa.split(".");
  const digits = (whole + fraction).replace(/^0+/, "").replace(/0+$/, "");
  if (digits === "") return 1;
  // Pairs of digits are counted from the decimal point.
  const leading = whole.replace(/^0+/, "").length % 2;
  return Math.ceil((digits.length + leading) / 2) + 1 +
    (text.startsWith("-") ? 1 : 0);
}

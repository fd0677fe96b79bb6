/** Cleans ChatGPT's private marks out of its prose. @module */

import { isObject, listOf, type RawObject, textOf } from "./raw.ts";

const MARKS = /[\ue200-\ue20f]/;
/** What any of them begins with: nearly all texts have none, and are looked through once. */
const ANY = /[\ue200-\ue20f【]/;
/** A marked span, or a citation of 2023 and 2024 such as `【12†source】`. Neither scans a text twice. */
const SPAN = /\ue200[^\ue200\ue201]*\ue201|【[^【】]{0,300}】/g;
/** A reference that lost its opening or closing mark. */
const STRAY = /(?:\ue200[a-z_]{0,20})?(?:\ue202?turn\d+[a-z]+\d+)+/g;

/**
 * Replaces the spans that `content_references` list by their alternative text, which is Markdown, or by
 * nothing; removes the marks of the others, whose meaning ChatGPT keeps to itself.
 *
 * References are found by their text: their offsets count characters in a way that has varied.
 */
export function cleanText(text: string, contentReferences: unknown): string {
  if (!ANY.test(text)) return text;
  const marked = MARKS.test(text);
  const references = indexReferences(contentReferences);
  const clean = text.replace(SPAN, (span) => {
    const reference = references.get(span);
    if (reference !== undefined) return alternative(reference);
    return span.startsWith("【") ? span : unlisted(span);
  });
  // Only a text that has marks: in any other these words are a person's own.
  return marked
    ? clean.replace(STRAY, "").replace(/[\ue200-\ue20f]/g, "")
    : clean;
}

function indexReferences(value: unknown): Map<string, RawObject> {
  const references = new Map<string, RawObject>();
  for (const reference of listOf(value)) {
    if (!isObject(reference)) continue;
    const { matched_text: matched } = reference;
    if (typeof matched === "string") references.set(matched, reference);
  }
  return references;
}

function alternative(reference: RawObject): string {
  const { alt, name, type } = reference;
  return textOf(alt) ?? (type === "entity" ? textOf(name) : undefined) ?? "";
}

/** What of a span without a reference a person read as part of the sentence: names and links. */
function unlisted(span: string): string {
  const [kind, first = "", second = ""] = span.slice(1, -1).split("\ue202");
  switch (kind) {
    case "entity":
      return entityName(first);
    case "url":
      return /^https?:/.test(second) ? `[${first}](${second})` : first;
    default:
      return "";
  }
}

/** The name in an entity's payload: `["software","Docker","what it is"]`. */
function entityName(payload: string): string {
  try {
    const name: unknown = listOf(JSON.parse(payload))[1];
    return textOf(name) ?? "";
  } catch {
    return "";
  }
}

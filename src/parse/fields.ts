/** The fields of the export's objects: which are known, and what becomes of the others. @module */

import type { RawObject } from "./raw.ts";

/** The objects whose fields are counted. */
export const LEVELS = [
  "conversation",
  "node",
  "message",
  "author",
  "content",
  "part",
  "metadata",
  "attachment",
] as const;

/** One of {@linkcode LEVELS}. */
export type Level = typeof LEVELS[number];

/** What is known of a field. */
type Knowledge =
  /** The program uses it, or it is known to mean nothing outside of ChatGPT. */
  | "known"
  /** It is known, has no place of its own and is kept among the extras. */
  | "kept"
  /** It is not known, and kept likewise. */
  | "unknown";

/** Fields without a place of their own, by name. */
export type Extras = Map<string, unknown>;

/** How often a field was there. */
interface FieldCount {
  readonly knowledge: Knowledge;
  count: number;
}

/** Different names of one level that are told apart; an object may have a million. */
const MOST_NAMES = 500;
const OTHER = "(other)";

/** Counts fields, and finds those that have no place of their own. */
export class FieldCounter {
  readonly #levels = new Map(
    LEVELS.map((level) => [level, knownFields(level)]),
  );

  /** Counts the fields of an object, and puts those that are to be kept into `extras`. */
  take(
    level: Level,
    object: RawObject,
    extras: Extras,
    prefix = "",
  ): void {
    const names = this.#levels.get(level)!;
    for (const name in object) {
      const field = names.get(name) ?? unknownField(names, name);
      field.count++;
      if (field.knowledge !== "known" && !isEmpty(object[name])) {
        extras.set(prefix + name, object[name]);
      }
    }
  }

  /** The counts so far by level and name, all of them and those of unknown fields. */
  counts(): {
    fields: Record<string, number>;
    unknown: Record<string, number>;
  } {
    const fields: Record<string, number> = {};
    const unknown: Record<string, number> = {};
    for (const [level, names] of this.#levels) {
      for (const [name, { knowledge, count }] of names) {
        if (count === 0) continue;
        fields[`${level}.${name}`] = count;
        if (knowledge === "unknown") unknown[`${level}.${name}`] = count;
      }
    }
    return { fields, unknown };
  }
}

/** A name that may be printed: one that no person has written. */
export function printableName(name: string): string {
  return /^_?[A-Za-z][\w.:/-]{0,60}$/.test(name) ? name : OTHER;
}

/** The most characters of the JSON of extras. */
const MOST_EXTRA = 8_192;

const OMITTED = "(omitted)";

/**
 * The extras as JSON; of those that do not fit, only the number.
 *
 * @returns Undefined where there are none.
 */
export function extraJson(extras: Extras): string | undefined {
  if (extras.size === 0) return undefined;
  const fitting: [string, unknown][] = [];
  let characters = 0;
  for (const [name, value] of extras) {
    const length = name.length + jsonLength(value);
    if (characters + length > MOST_EXTRA) continue;
    fitting.push([name, value]);
    characters += length;
  }
  const omitted = extras.size - fitting.length;
  if (omitted > 0) fitting.push([OMITTED, omitted]);
  return JSON.stringify(Object.fromEntries(fitting));
}

/** The length of a value's JSON; infinite where it is nested too deep to be written. */
function jsonLength(value: unknown): number {
  try {
    return JSON.stringify(value).length;
  } catch {
    return Infinity;
  }
}

function unknownField(
  names: Map<string, FieldCount>,
  name: string,
): FieldCount {
  const shown = names.size < MOST_NAMES ? printableName(name) : OTHER;
  const field = names.get(shown) ?? { knowledge: "unknown", count: 0 };
  names.set(shown, field);
  return field;
}

/** Whether a value says nothing: null, false, nothing but such in it. */
function isEmpty(value: unknown, depth = 0): boolean {
  if (value === null || value === false || value === "") return true;
  if (typeof value !== "object" || depth === MOST_DEPTH) return false;
  for (const name in value) {
    if (!isEmpty((value as RawObject)[name], depth + 1)) return false;
  }
  return true;
}

/** Nobody looks deeper for something to keep. */
const MOST_DEPTH = 4;

function knownFields(level: Level): Map<string, FieldCount> {
  const names = new Map<string, FieldCount>();
  for (const knowledge of ["known", "kept"] as const) {
    for (const name of FIELDS[level][knowledge].split(/\s+/)) {
      if (name !== "") names.set(name, { knowledge, count: 0 });
    }
  }
  return names;
}

const FIELDS: Readonly<
  Record<Level, { readonly known: string; readonly kept: string }>
> = {
  conversation: {
    known:
      `id conversation_id title create_time update_time mapping current_node
      default_model_slug model_slug gizmo_id gizmo_type conversation_template_id is_archived is_starred
      pinned_time voice memory_scope conversation_origin moderation_results plugin_ids async_status
      is_read_only safe_urls blocked_urls disabled_tool_ids context_scopes owner sugar_item_id
      sugar_item_visible atlas_mode_enabled gizmo`,
    kept: "is_do_not_remember is_study_mode is_temporary_chat",
  },
  node: { known: "id message parent children", kept: "" },
  message: {
    known:
      `id author content create_time update_time status end_turn weight recipient channel
      metadata`,
    kept: "",
  },
  author: { known: "role name metadata", kept: "" },
  content: {
    known:
      `content_type parts text language response_format_name result summary assets tether_id url
      domain title snippet pub_timestamp pub_date crawl_date ref_id name user_profile user_instructions
      model_set_context repository repo_summary structured_context thoughts source_analysis_msg_id content
      computer_id screenshot state is_ephemeral unprocessed_output output_str metadata workspaces
      context_parts custom_instructions widgets asset_pointer size_bytes width height fovea direction
      decoding_id format expiry_datetime tool_audio_direction audio_asset_pointer
      video_container_asset_pointer frames_asset_pointers audio_start_timestamp`,
    kept: "",
  },
  part: {
    known:
      `content_type type text content parts entries asset_pointer size_bytes width height fovea metadata
      direction decoding_id format expiry_datetime tool_audio_direction audio_asset_pointer
      video_container_asset_pointer frames_asset_pointers audio_start_timestamp`,
    kept: "",
  },
  metadata: {
    known:
      `can_save timestamp_ request_id model_slug parent_id default_model_slug finish_details
      is_complete citations content_references message_type serialization_metadata
      is_visually_hidden_from_conversation selected_github_repos turn_exchange_id selected_sources command
      developer_mode_connector_ids reasoning_status pad classifier_response attachments
      is_contextual_answers_system_message contextual_answers_message_type status rebase_system_message
      is_user_system_message user_context_message_data rebase_developer_message search_result_groups
      skip_reasoning_title reasoning_title aggregate_result retrieval_turn_number retrieval_file_index
      search_source client_reported_search_source category_suggestions safe_urls debug_sonic_thread_id
      search_turns_count _cite_metadata image_results message_locale search_display_string
      searched_display_string async_task_id jit_plugin_data image_gen_async trigger_async_ux
      voice_mode_message real_time_audio_has_video paragen_variants_info paragen_variant_choice
      initial_text finished_text reasoning_start_time reasoning_end_time app_pairing turn_summary
      summarized_turn_messages sonic_classification_result ada_visualizations exclusive_key
      is_thinking_preamble_message message_source open_in_canvas_view pending_memory_info`,
    kept:
      `gizmo_id dictation canvas args kwargs search_queries async_task_type async_task_title
      async_task_prompt invoked_plugin image_gen_title is_error summarization_headline
      finished_duration_sec thinking_effort`,
  },
  attachment: {
    known:
      `id name size mime_type mimeType width height fileTokenSize file_token_size fileSizeTokens
      source is_big_paste library_file_id cloud_doc_url`,
    kept: "",
  },
};

/** The names of all fields that are known, of whatever object. */
export const FIELD_NAMES: readonly string[] = Object.values(FIELDS).flatMap(
  ({ known, kept }) => `${known} ${kept}`.split(/\s+/),
).filter((name) => name !== "");

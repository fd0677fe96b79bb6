/** The words of the format, which are nobody's secret. @module */

import { FIELD_NAMES } from "../parse/fields.ts";

/** Fields of the files beside the conversations, and of the objects deep inside of messages. */
const MORE_NAMES = `
  email chatgpt_plus_user birth_year phone_number user_id workspace_id rating evaluation_name
  evaluation_treatment is_anonymous chats created_at updated_at last_action_at last_read_at members messages
  version manifest_file export_files logical_files path size_bytes files sharded file_id partition_key file_name
  file_extension file_size_bytes sha256_digest origination_message_id origination_thread_id
  library_artifact_type directory_id knowledge_store_id image_gen_generation_id file_upload_time
  file_processed_time archived turns input_items output_items branch external_pull_request_id
  pull_request_status turn_status previous_turn_id start_ix end_ix start_idx end_idx matched_text alt items
  refs prompt_text attribution citation_format_type invalid_reason extra cited_message_id pub_date
  metadata_list citation_format regex dalle generation gizmo gen_id gen_size seed parent_gen_id edit_op
  serialization_title transparent_background orientation sanitized asset_pointer_link
  watermarked_asset_pointer is_no_auth_placeholder start end start_timestamp end_timestamp
  pretokenized_vq interruptions original_audio_source transcription word_transcription stop_tokens stop
  reason run_id start_time end_time final_expression_output in_kernel_exception system_exception
  jupyter_messages timeout_triggered message_type sender image_url textdoc_id textdoc_type from_version
  create_source textdoc_content_length has_user_edit about_user_message about_model_message
  custom_symbol_offsets chunks finished display_title display_url connector_id connector_source os_type
  installed_software dom navlinks images videos webpages q type http_response_status namespace plugin_id
  entries symbol startIndex endIndex real_author source sonicberry_model_id
`;

/** The names that fields of the format have. */
export const NAMES: ReadonlySet<string> = new Set([
  ...FIELD_NAMES,
  ...MORE_NAMES.split(/\s+/),
]);

/** The names of fields that hold an id, or a list of them. */
export function isIdField(name: string): boolean {
  return /(?:^|_)ids?$/.test(name) ||
    ["current_node", "parent", "children", "owner"].includes(name);
}

/** The names of fields that hold a time. */
export function isTimeField(name: string): boolean {
  return /(?:^|_)(?:time|at|timestamp|date|datetime)$/.test(name);
}

/** The names of fields that hold the name or path of a file. */
export function isFileField(name: string): boolean {
  return ["file_name", "path", "manifest_file"].includes(name);
}

const TYPES =
  `text multimodal_text code execution_output tether_browsing_display tether_quote
  tether_browsing_code sonic_webpage system_error user_editable_context model_editable_context thoughts
  reasoning_recap computer_output citable_code_output app_pairing_content super_widget image_asset_pointer
  audio_transcription audio_asset_pointer real_time_user_audio_video_asset_pointer
  video_container_asset_pointer computer_initialize_state browser_state browser_window system_content
  developer_content system_message search_result_group hidden attribution grouped_webpages
  sources_footnote file webpage_extended grouped_webpages_model_predicted_fallback entity image_v2
  product_entity alt_text webpage image_group video navigation products nav_list businesses_map tldr
  image_inline stock forecast stop interrupted max_tokens message stream image`;
const TOOLS =
  `all assistant user browser myfiles_browser file_search file_search.msearch file_search.mclick
  web web.run web.search web.open_url python python_user_visible container.exec dalle.text2im image_gen
  t2uay3k.sj1i4kz bio canmore.create_textdoc canmore.update_textdoc canmore.comment_textdoc computer.do
  computer.get computer.initialize computer.sync_file oboe`;
const MEDIA =
  `image/png image/jpeg image/gif image/webp image/heic image/svg+xml audio/wav audio/mpeg
  audio/mp4 audio/ogg video/mp4 video/webm application/pdf application/json application/zip text/plain
  text/csv text/html text/markdown
  application/vnd.openxmlformats-officedocument.wordprocessingml.document
  application/vnd.openxmlformats-officedocument.spreadsheetml.sheet
  application/vnd.openxmlformats-officedocument.presentationml.presentation`;

/** For some fields, the values that the format itself defines. */
const VALUES: Readonly<Record<string, string>> = {
  content_type: TYPES,
  type: `${TYPES} document code/python code/javascript code/html code/react`,
  role: "user assistant system tool function developer",
  name: TOOLS,
  recipient: TOOLS,
  status:
    "finished_successfully in_progress finished_partial_completion error finished success failed_with_in_kernel_exception",
  channel: "final commentary analysis",
  message_type: "next variant continue stream image",
  language: "unknown python json javascript typescript html css bash sql",
  gizmo_type: "gpt snorlax",
  direction: "in out",
  rating: "thumbsUp thumbsDown",
  citation_format_type: "tether_og tether_v4 berry_file_search",
  memory_scope: "global_enabled project_enabled",
  timestamp_: "absolute",
  reasoning_status: "is_reasoning reasoning_ended",
  mime_type: MEDIA,
  mimeType: MEDIA,
  format: "wav mp3",
  source: "local library",
};

const KEPT: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(VALUES).map((
    [name, values],
  ) => [name, new Set(values.split(/\s+/))]),
);

/** Whether a value of a field is one of those that the format defines. */
export function isFormatValue(name: string, value: string): boolean {
  if (/(?:^|_)model_slug$/.test(name)) {
    return /^(?:auto|research|gpt-[0-9][0-9a-z.]{0,3}(?:-(?:[0-9]{1,2}|mini|pro|thinking|turbo|nano|instant))*|o[134](?:-(?:mini|pro|preview|high))*)$/
      .test(value);
  }
  return KEPT.get(name)?.has(value) === true;
}

/** The endings of file names that tell what they are and nothing else. */
export const ENDINGS: ReadonlySet<string> = new Set(
  "dat png jpg jpeg gif webp heic svg wav mp3 m4a mp4 webm mov pdf json csv html txt md zip docx xlsx pptx py js ts"
    .split(" "),
);

"""Every code of an error, its usual status and what it says; a test holds it to the code."""

STATUSES_AND_MEANINGS: dict[str, tuple[str, str]] = {
    # The door: who asks, how often, from where.
    "missing_api_key": ("401", "Keys are in force and none was sent."),
    "invalid_api_key": ("401", "No such key, or it was revoked."),
    "expired_api_key": ("401", "The key's time is over."),
    "conflicting_api_keys": (
        "401",
        "Two keys were sent, in two headers or in one that came twice.",
    ),
    "forbidden": ("403", "The key, or the page that asks, may not do this."),
    "namespace_forbidden": (
        "403",
        "The key is not bound to that namespace, or a bound key asks for figures of the whole "
        "service.",
    ),
    "read_only_key": ("403", "A key of role reader changes nothing."),
    "administrator_only": ("403", "This needs a key of role administrator."),
    "quota_exceeded": (
        "403",
        "The write goes beyond the key's quota; `details` has `quota`, `limit`, `used` and "
        "`needed`. Waiting does not help, deleting does.",
    ),
    "foreign_origin": ("403", "A web page of an origin that `http.cors_origins` does not list."),
    "unknown_host": ("421", "The request names a host that this service is not."),
    "keys_unavailable": (
        "503",
        "The key file cannot be read; keys that are not known cannot be told right from wrong.",
    ),
    "audit_unavailable": ("503", "The act cannot be written down, so it is not done."),
    "rate_limit_exceeded": ("429", "The client's bucket is empty; wait as told."),
    "too_many_concurrent_requests": ("429", "Too many requests of this client run at once."),
    "too_many_body_bytes": ("429", "This client's bodies in flight fill its share of memory."),
    "too_many_connections": (
        "429",
        "Too many connections of one address: use fewer, and keep them.",
    ),
    "too_many_idempotency_keys": (
        "429",
        "Answers kept for this client, or for all, fill their place.",
    ),
    "batch_too_large": ("413", "The batch has more items than the bucket holds: split it."),
    # The request's shape.
    "invalid_request": (
        "422",
        "A value that does not fit; `details.where` or `details.errors[].where` names its "
        "place. 400 where the request cannot be taken apart.",
    ),
    "invalid_encoding": ("400", "JSON that is not UTF-8, or has a byte order mark."),
    "unsupported_media_type": ("415", "A body of another Content-Type than the route takes."),
    "body_timeout": ("408", "The body paused, or took too long."),
    "body_too_large": ("413", "The body is over the cap of its route."),
    "head_too_large": ("431", "A head of more than 16 KiB."),
    "target_too_long": ("414", "A path of more than 8 KiB."),
    "method_not_allowed": ("405", "The path knows other methods only."),
    "too_many_values": ("413", "JSON with more values than the route's class allows."),
    "too_deep": ("422", "JSON nested deeper than the settings allow."),
    "invalid_number": ("422", "A number of more than 128 digits, or an integer beyond 64 bits."),
    "unsupported_content_encoding": (
        "415",
        "A body in another coding than gzip or deflate, or in several.",
    ),
    "unknown_parameter": ("422", "A query parameter that the route does not take."),
    "duplicate_key": (
        "422",
        "A name twice in one object, or a form field or query parameter that comes twice.",
    ),
    "token_ids": (
        "422",
        "Token ids where texts belong; the message says how a client sends texts.",
    ),
    "picture_as_text": ("422", "A picture's data URI where a text belongs."),
    "item_too_large": ("413", "One item of a batch is too large."),
    "text_too_long": ("413", "A text with more characters, or bytes, than the settings allow."),
    "too_many_items": ("413", "A batch or form with too many items."),
    "invalid_text": ("422", "Half a surrogate pair, or bytes that are not UTF-8."),
    "empty_input": ("422", "There is nothing to encode or store."),
    "invalid_base64": ("422", "A picture's base64 cannot be decoded."),
    # Texts and pictures.
    "invalid_input": ("422", "One item cannot be encoded; others of its batch can."),
    "unsupported_modality": ("422", "Audio, video, or another modality that is not served."),
    "unsupported_file_type": (
        "415",
        "Judged by its content, the file is no JPEG, PNG, WebP, GIF, BMP, TIFF, JPEG 2000, ICO or "
        "AVIF, and where documents are taken no text, HTML, PDF or DOCX; or its library is "
        "not installed.",
    ),
    "broken_file": ("422", "A PDF, DOCX or text that cannot be read, or that ends its reader."),
    "encrypted": ("422", "A file that needs a password."),
    "no_text": ("422", "A file without a text, such as a scan."),
    "file_too_large": ("413", "A file of too many bytes, pages, parts or characters, or work."),
    "broken_image": (
        "422",
        "A picture that cannot be decoded to the end, or is something else as well.",
    ),
    "image_too_large": ("413", "Too many bytes, pixels, frames, or too much work to decode."),
    "urls_disabled": ("422", "No host's pictures may be fetched: send the file."),
    "picture_url_refused": ("422", "A URL that may not be fetched, or that gave no picture."),
    "encode_failed": ("500", "The model failed; the log has the rest."),
    "model_unavailable": ("503", "The model cannot be loaded or reached."),
    "model_not_found": ("404", "No such model in `/v1/models`."),
    # Documents and searches.
    "invalid_document": ("422", "A document that cannot be stored."),
    "invalid_document_id": (
        "422",
        "An id of other than 1 to 256 characters, or with a slash or a character that cannot be "
        "seen.",
    ),
    "invalid_metadata": ("422", "Metadata that is not flat, or a key that is no name."),
    "too_many_fields": ("422", "The namespace has no room for another metadata field."),
    "invalid_namespace": (
        "422",
        "A namespace is 1 to 63 of `a-z0-9_-`, beginning with a letter or digit.",
    ),
    "invalid_time": ("422", "A time that is not ISO 8601, or that UTC does not hold."),
    "invalid_search": ("422", "A search that cannot be answered as it stands."),
    "invalid_filter": ("422", "A filter with a mistake; `details.where` names the condition."),
    "unknown_filter_field": ("422", "A field that no document of the namespace has."),
    "type_mismatch": ("422", "A filter's value has another type than its field; both are named."),
    "invalid_settings": ("422", "Settings of a namespace that cannot be kept; `where` says which."),
    "wrong_space": ("422", "A picture for a space or a model of texts only."),
    "wrong_dimension": ("422", "A vector of another length than the space has."),
    "parts_cancel_out": ("422", "The parts of a query add up to a vector that points nowhere."),
    "non_finite_vector": ("422", "A vector with a number that is none, or of length zero."),
    "unknown_namespace": (
        "404",
        "No such namespace; `details.near` has like names that the key may use.",
    ),
    "not_found": ("404", "No such document, picture, request, job or path."),
    "no_such_range": ("416", "The picture has no byte of what `Range` asks for."),
    "precondition_failed": (
        "412",
        "`If-Match` names another state of the document: read it again.",
    ),
    "incompatible_index": ("409", "The index was written by another model or a newer release."),
    "write_conflict": ("503", "Another commit came between; send it again."),
    "other_model": ("503", "Models are being changed; send it again."),
    "writer_replaced": ("503", "Another service or script writes to this index now."),
    "storage_failed": ("503", "The storage failed; nothing was written."),
    "storage_full": (
        "507",
        "No room left for the index, or for a job's documents; nothing was written.",
    ),
    "invalid_idempotency_key": (
        "422",
        "Idempotency-Key is sent once, with 1 to 255 visible ASCII characters.",
    ),
    "idempotency_key_reused": ("422", "The same Idempotency-Key came with another body."),
    "idempotency_key_in_use": ("409", "The first request with this Idempotency-Key still runs."),
    # Writes that became jobs.
    "too_many_jobs": (
        "429",
        "The client's jobs that have not ended are as many, or as large, as the settings allow.",
    ),
    "jobs_full": ("507", "All clients' jobs together take the room that the settings give them."),
    # Plans and reflection.
    "invalid_goal": ("422", "A goal that is empty or too long."),
    "invalid_plan": (
        "422",
        "A plan that is not of the documented shape; one that is merely wrong has defects.",
    ),
    "invalid_budget": ("422", "A bound outside its range."),
    "unknown_tool": ("422", "A tool that there is not."),
    "unknown_document": ("422", "A document that the namespace does not hold."),
    "unknown_strategy": ("422", "A strategy that there is not."),
    "run_unknown": ("404", "The run is not known, or no longer."),
    "run_not_finished": ("409", "The run goes on, or failed: follow its events."),
    "invalid_event_id": ("422", "Last-Event-ID is `run:number` as events carry it."),
    # The service itself.
    "unavailable": ("503", "A component does not answer, or restarts; wait as told."),
    "overloaded": ("503", "A queue is full; wait as told."),
    "deadline_exceeded": ("504", "The answer did not come within the request's deadline."),
    "conflict": ("409", "Something else is going on with what was named."),
    "internal_error": ("500", "Unexpected; the log has its trace, the answer its request id."),
}
"""Code: usual status, meaning."""
INSIDE = {
    "agent_error": "base of a tree",
    "retrieval_error": "base of a tree",
    "unreadable_file": "base of a tree",
    "tool_failed": "a step of a plan fails, the plan goes on",
    "engine_unavailable": "the embedded engine takes over",
    "budget_exceeded": "the best plan so far is the answer",
    "unknown_country": "of the settings, at the start",
    "bad_intensity_file": "of the settings, at the start",
}
"""Codes that no answer shows, and why."""
OF_JOBS: dict[str, str] = {
    "documents_lost": "A job's documents are not on the disk any more, as after a restore.",
    "job_expired": "A job did not end within the time that the settings give it.",
    "job_gave_up": "The service ended unexpectedly over a document, several times.",
}
"""Codes under `error` of a job and under its `failures`, beside those above."""
WARNINGS: dict[str, str] = {
    "mixed_types": "A filter names a field of several types; values of the others are passed over.",
    "times_as_text": "A filter's text looks like a time and is none that exists; it is compared "
    "as a text.",
    "fields_sampled": "Fields of a namespace were counted over some of its documents.",
    "documents_sampled": "A map shows some of the documents; so many are told.",
    "without_vector": "So many documents are no points of a map: they have no such vector.",
    "no_values": "No point of a map has a number, a text or a truth value in the field.",
    "times_unread": "A namespace of an older release whose times were not read yet; no time was "
    "compared.",
    "older_analysis": "Words are searched as an older release cut them, until upkeep is through.",
    "nothing_relevant": "No hit stands out of what the namespace holds on any question.",
    "relevance_by_meaning": "Words did not count towards `relevance`; null where only words were "
    "searched.",
    "nothing_looked_for": "A namespace is not in memory; queries were not completed from it.",
    "values_cut": "Not all values of metadata were looked through for suggestions.",
    "prefix_not_looked_for": "The last word of a query was taken as it is written.",
    "typos_not_looked_for": "Misspelt words of a query were not looked for, or not all of them.",
    "recognises_common_things_only": "Photographs were searched; the embedded model knows little.",
    "unreadable_by_model": "The model does not know most of a text: it goes by its words only.",
    "encoding_assumed": "A text is not in the characters that it should be in; which were taken.",
    "no_text": "Some pages of a file have no text, as in a scan.",
    "text_unused": "The form's text was not stored: the file has its own.",
    "decoded_in_part": "A picture's file ends before the picture does; what is there was taken.",
    "first_picture_only": "A file of several pages, frames or pictures; the first was taken.",
    "colour_profile_ignored": "A colour profile that cannot be used; colours are as they stand.",
    "values_stretched": "The file does not say what is black and white: its extremes were taken.",
    "became_a_job": "The write would have taken long; why, and where it is told of.",
    "warnings_cut": "A job has so many more warnings than are shown.",
    "time_cut": "A time finer than a microsecond was cut.",
    "not_remembered": "The plan could not be written as a document.",
    "truncated": "The end of a text, or of a list that an administrator reads, was left out.",
    "pinned_not_found": "Documents that the namespace pins for this query are not there.",
    "pins_not_applied": "Over several namespaces nothing is pinned.",
    "diversity_in_part": "Results without a vector count as unlike all others.",
    "space_not_held": "A part of a query has nothing in the namespace to be compared with.",
    "word_weights_differ": "A word weighs in each namespace by how rare it is there.",
    "weights_by_meaning": "Weights of a query's parts count by meaning; its words are alike.",
    "not_listed": "Limits are kept where they cannot be listed.",
    "no_lines": "No log file holds a line of the request.",
    "no_trained_scale": "The model has no scale that was trained: there are no probabilities.",
    "not_calibrated": "Pairs of two texts or two pictures: of them the model says no probability.",
    "template_ignored": "Templates are for texts, and there is none among the candidates.",
    "input_type_assumed": "The model tells queries apart; texts were taken for passages.",
    "input_type_ignored": "The model encodes queries and passages alike.",
    "more_warnings": "So many more than the header `X-Brainwav-Warnings` holds.",
    "facet_cut": "A field has more values than are shown of it.",
    "facet_not_disjunctive": "The filter speaks of a facet's field together with other fields.",
    "likeness_in_part": "Some of the documents have a text or a picture, others have none.",
    "unused_member": "A member of the request that nothing was made of, and why.",
    "field_absent": "No result of the page has a field that was asked for.",
    "unreadable": "A line of the audit log cannot be read.",
}
"""Codes under `warnings` of an answer that went well."""

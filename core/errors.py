"""Every error the product raises, its class and its message.

A message is built from ids and counts alone; it never carries personal data (design, "Errors").
Exit codes live in ``service.cli`` and HTTP statuses in ``service.problems``; tests demand both
for every class, and a line in ``docs/errors.md`` for every code.
"""

from __future__ import annotations

from typing import Any, ClassVar


class RajausError(Exception):
    """Base of all errors. ``code`` names the case, ``ids`` say where it happened."""

    catalogue: ClassVar[dict[str, str]] = {}

    def __init__(self, code: str, **ids: Any) -> None:
        if code not in self.catalogue:
            raise LookupError(f"{type(self).__name__} has no message for code {code!r}")
        self.code = code
        self.ids = ids
        super().__init__(self.catalogue[code].format(**ids))


class ConfigError(RajausError):
    """The installation is set up wrongly."""

    catalogue = {
        "setting_unknown": "Unknown setting {setting}. docs/settings.md lists all settings.",
        "setting_invalid": "Setting {setting} is not valid: {reason}.",
        "home_missing": "No store at {home}. Create one with: rajaus init --home {home}",
        "home_exists": "A store already stands at {home}.",
        "home_older": "The store at {home} has schema {found}, this version needs {needed}. Run: rajaus init --upgrade",
        "home_newer": "The store at {home} has schema {found}, which this version does not know.",
        "keys_differ": "The key files are not those of the backup ({names}). Restore the keys first: rajaus backup "
        "restore-keys",
        "backup_schema": "The backup has schema {found}, this version needs {needed}. Restore it with the version that "
        "made it, then upgrade.",
        "mail_unset": "No mail server is set (smtp_host). Set one, or write the messages as files: rajaus mail export",
        "recipient_missing": "Name the age public key a backup is encrypted for: --recipient, or the setting "
        "backup_recipient.",
        "care_engine_missing": "Setting care_engine is {engine}, but this environment lacks {missing}. Make one that "
        "has it and run the program from there: scripts/spark.sh {engine}",
        "key_missing": "Key file {key} is missing. Restore the keys directory from its backup.",
        "key_invalid": "Key file {key} is not a valid key.",
    }


class InvalidInput(RajausError):
    """The caller handed over something that cannot be used."""

    catalogue = {
        "business_id_invalid": "{field}: not a valid Y-tunnus (seven digits, hyphen, check digit).",
        "date_invalid": "{field}: not an ISO 8601 date.",
        "date_future": "{field}: the date is in the future.",
        "dates_reversed": "The end date {until} is before the start date {since}.",
        "value_unknown": "{field}: {value} is not one of: {allowed}.",
        "value_missing": "{field} is needed.",
        "criteria_or_selection": "Say what is selected: either --criteria or --selection.",
        "selection_name_invalid": "{name}: a selection's name has 1 to 80 letters, digits, spaces and . + - _; a "
        "version is a number behind @.",
        "selection_names_file": "{key}: a file is read once and never kept, so a saved selection names none.",
        "ban_file_row": "{file}: row {row}: {reason}",
        "list_row_invalid": "{file}: row {row}: empty, or not a valid {kind}. The list is refused whole; the last good "
        "one stays.",
        "ban_identifies_nobody": "A ban needs an e-mail, a phone number, a name with an organisation, "
        "Y-tunnus or municipality, or a whole organisation.",
        "email_invalid": "{field}: not an e-mail address.",
        "url_invalid": "{field}: not an http or https address.",
        "phone_invalid": "{field}: not a phone number (a leading 0 or + is needed).",
        "country_unknown": "{field}: {value} is not an ISO 3166 country code.",
        "campaign_too_long": "A campaign may last {limit} days; this one would last {days}.",
        "campaign_outside_agreement": "Campaign dates {since}-{until} are outside agreement {agreement}.",
        "end_customer_missing": "A reseller's campaign must name its end customer.",
        "end_customer_same": "A reseller cannot be its own end customer.",
        "end_customer_unexpected": "Agreement {agreement} is not a reseller agreement: it takes no end customer.",
        "identity_invalid": "{file}: no age identity in it.",
        "backup_unreadable": "The backup cannot be used: {reason}.",
        "anchor_invalid": "Not an anchor line as rajaus audit anchor prints it.",
        "visit_closed": "Visits are received on working days 9-14 in Helsinki; {at} is not within them (R055).",
        "recipient_invalid": "The recipient is not an age public key.",
        "seed_value_invalid": "Row {row}, column {column}: missing or not valid.",
        "webhook_url_invalid": "A webhook needs an https address of a public host, without user name and fragment; "
        "http is for this machine only.",
        "seed_hit_recorded": "Seed {seed}: this was recorded before.",
        "seed_repeated": "Row {row}, column {column}: another seed has it already.",
        "contact_in_text": "{field}: it holds contact data; name the place where they are instead.",
        "date_before": "{field}: the day is before {least}.",
        "date_past": "{field}: the day has gone by.",
        "exemption_reason_short": "An exemption needs its reasons in words: at least {least} characters (R096).",
        "exemption_review_late": "The review of an exemption must come after today and within {months} months.",
        "field_uncategorised": "{table}.{field} has no category of data: the record of processing would not tell of it "
        "(R095).",
        "ground_repealed": "Act {act} is repealed; it is no ground for processing (R095).",
        "price_file_row": "{file}: row {row}, {field}: {reason}. The list is refused whole.",
        "currency_invalid": "{field}: not an ISO 4217 code of three letters.",
        "credit_file_row": "{file}: row {row}, {field}: {reason}. Nothing was recorded.",
        "request_key_invalid": "An idempotency key has 1 to {limit} characters.",
        "notice_file_row": "{file}: row {row}: {reason}",
        "notice_outcome_invalid": "The outcome of the batch: {reason}.",
        "notice_incomplete": "The notice in {language} is not complete: {fault} (R097).",
        "assessment_review_late": "The review may be at most {months} months after {made} (R099).",
        "ban_token_invalid": "This is not a ban link of ours: its last part has 26 letters and digits.",
        "terms_incomplete": "The terms of use are not complete: {fault} (R033, R040).",
        "terms_unchanged": "Version {version} of the terms says the same; there is nothing to file.",
        "public_key_invalid": "{key}: not an Ed25519 public key (a multikey z6Mk…, a did:key, or PEM).",
        "size_out_of_range": "{field}: must be between {least} and {most}.",
        "care_instruction_invalid": "The processing instruction cannot be used: {fault} (R044).",
        "care_row_unknown": "Job {job} has no row {row}.",
        "hold_pointless": "{kind} {name} cannot be held: {reason}.",
    }


class CriteriaError(InvalidInput):
    """The selection criteria cannot be used."""

    catalogue = {
        "criteria_unreadable": "The criteria file is not valid JSON (line {line}, column {column}).",
        "criteria_key_unknown": "Criteria: unknown key {key}. Known here: {allowed}.",
        "criteria_value_invalid": "Criteria: {key}: {reason}.",
        "criteria_not_standing": "Criteria: {key} has no meaning for continuous use, whose selection is made anew "
        "with every delivery.",
        "criteria_code_unknown": "Criteria: {key}: unknown code {value}.",
        "criteria_too_wide": "A selection needs at least one organisation criterion and one person criterion (R029).",
    }


class FileRejected(InvalidInput):
    """A file was refused as a whole; the store is unchanged."""

    catalogue = {
        "file_missing": "No file at {file}.",
        "file_empty": "{file} is empty.",
        "care_limit": "{file}: more {what} than allowed ({limit}).",
        "care_container": "{file}: the file holds {reason}; it is not read.",
        "care_protected": "{file} is protected by a password. Save it without one.",
        "care_old_format": "{file}: a format before XLSX (such as XLS), or no workbook. Save it as XLSX or CSV.",
        "care_no_usable_column": "No column says who a row is about. Needed is one of: {fields}. Name it in a mapping "
        "file.",
        "file_header_only": "{file} has a header but no rows.",
        "file_format_unknown": "{file}: cannot tell the format; say it with --format.",
        "file_damaged": "{file} is damaged: {reason}.",
        "file_encoding": "{file}: row {row} is not {encoding} text; the file may be in another encoding.",
        "file_columns_missing": "{file}: columns missing: {columns}.",
        "file_columns_unrecognised": "{file}: neither an organisations nor a positions file; "
        "columns recognised: {columns}. Give a mapping file.",
        "file_person_column": "{file}: column {column} is not a person field of the closed list (R004). File refused.",
        "file_identity_code": "{file}: row {row}, column {column} looks like a personal identity code (R004). "
        "File refused.",
        "file_record_malformed": "{file}: malformed JSON after record {row}: {reason}.",
        "file_no_member": "{file}: the ZIP must hold exactly one JSON file; it holds {members}.",
        "file_cell_too_long": "{file}: row {row}, column {column}: a cell of {length} characters (limit {limit}).",
        "file_column_twice": "{file}: two columns are called {column}.",
        "file_nothing_recognised": "{file}: no Y-tunnus, domain, e-mail address, or name with its postal code in it.",
        "certificate_unreadable": "{file}: not a certificate of the right to keep.",
        "leftover_key_unreadable": "{file}: not a key for left-over hashes.",
        "leftover_key_differs": "{file}: row {row} was hashed with another key than that of extract {extract}.",
        "file_not_a_hash": "{file}: row {row} is not a SHA-256 hex digest.",
        "mapping_invalid": "{file}: mapping is not usable: {reason}.",
        "file_encrypted": "{file} is encrypted with age. Decrypt it first: age --decrypt -i IDENTITY -o FILE FILE.age",
        "licence_unreadable": "{file}: the licence cannot be read: {reason}.",
        "suspect_unreadable": "{file}: no table could be read from it: {reason}.",
        "suspect_nothing_readable": "{file}: no column holds e-mail addresses, phone numbers or names.",
        "evidence_invalid": "{file} is not an evidence file of this version: {place}: {reason}.",
        "evidence_without_extract": "Evidence {trace} shows nothing of extract {extract}.",
    }


class NotFound(RajausError):
    """No such thing, or not for the caller to see."""

    catalogue = {
        "customer_unknown": "No customer {customer}.",
        "reveal_unknown": "No reveal {reveal}.",
        "agreement_unknown": "No agreement {agreement}.",
        "campaign_unknown": "No campaign {campaign}.",
        "order_unknown": "No order {order}.",
        "selection_unknown": "No saved selection {selection} of this customer.",
        "extract_unknown": "No extract {extract}.",
        "price_list_none": "No price list is in force on {day} for {mode}. Load one: rajaus prices load",
        "price_list_unknown": "No version {version} of the price list.",
        "token_unknown": "No order token {token}.",
        "prohibition_unknown": "No prohibition {prohibition}.",
        "drill_unknown": "No open drill of yours has this code.",
        "disclosure_unknown": "No disclosure {disclosure}.",
        "processor_unknown": "No processor {processor}.",
        "contact_test_unknown": "No open contact test has this token.",
        "ban_unknown": "No ban {ban}.",
        "subscription_unknown": "No subscription {subscription}.",
        "delta_unknown": "Subscription {subscription} has no delta {delta}.",
        "seed_unknown": "No seed {seed}.",
        "task_unknown": "No task {task}.",
        "message_unknown": "No message {message}.",
        "mail_unknown": "No mail {mail}.",
        "webhook_none": "Customer {customer} has no webhook.",
        "breach_unknown": "No breach {breach}.",
        "source_unknown": "No source {source}.",
        "report_unknown": "No report {report} of responders.",
        "check_unknown": "No check {check} of left-over rows.",
        "break_unknown": "No break {break} of the audit.",
        "batch_unknown": "No batch {batch} of notices.",
        "notice_unknown": "Batch {batch} holds no notice to person {person}.",
        "notice_version_unknown": "No version {version} of the notice.",
        "exemption_unknown": "No exemption {exemption}.",
        "assessment_unknown": "No assessment {assessment}.",
        "snapshot_none": "Nothing is published yet. Load a source, then: rajaus register publish",
        "snapshot_unknown": "No snapshot {snapshot}.",
        "case_unknown": "No case {case}.",
        "position_unknown": "No position {position}.",
        "person_unknown": "No person {person} in the register.",
        "correction_unknown": "No correction {correction}.",
        "restriction_unknown": "No restriction {ban}.",
        "ban_token_unknown": "No delivered row has this ban link. Ask for a name with an organisation, or an address, "
        "and file it: rajaus ban add",
        "ban_token_unlinked": "The link is of {extract}, whose campaign ended on {ended}; that delivery can be tied to "
        "nobody any more (R072). Ask for a name with an organisation, or an address, and file it: rajaus ban add",
        "terms_unknown": "No version {version} of the terms of use.",
        "licence_missing": "{file}: no licence of ours in it, beside it or named.",
        "erasure_unknown": "No erasure {erasure}.",
        "organisation_unknown": "No organisation matches.",
        "job_unknown": "No data care job {job}.",
        "hold_unknown": "No legal hold {hold}.",
        "retention_run_unknown": "No retention run {run}.",
        "held_unknown": "There is no {kind} {name} {id} that could be held.",
    }


class Refused(RajausError):
    """Understood, and refused by a rule."""

    catalogue = {
        "publish_drift": "Publishing would drop {dropped} of {before} positions ({share} %, limit {limit} %). "
        "Check the loads; to go on, use --force.",
        "order_selects_nobody": "The criteria select {selected} rows, and none of them can be delivered.",
        "order_too_large": "The order would disclose {percent} % of the register; more than {limit} rows are never "
        "disclosed at once, whoever approves (R029).",
        "order_too_small": "An order needs more rows: of fewer than {least} nothing is told, nor sold (R080).",
        "order_held": "Order {order} now exceeds what was approved ({findings}) and waits for a second person again "
        "(R030).",
        "view_budget_spent": "The budget of different persons to look at is spent ({budget}: {persons} of {limit} in "
        "twelve months). A second person may raise it: rajaus campaign allow-views (R088).",
        "count_budget_spent": "The budget of different counts is spent ({budget}: {limit}). Asking again what was "
        "asked costs nothing; for more, ask sales (R080).",
        "count_on_replica": "Counts for customers are answered on the primary node, which keeps their budget (R080).",
        "disclosure_statistics_only": "Before a reorganisation is carried through, statistics alone leave (R079).",
        "quote_expired": "The quote of order {order} was valid until {until}. Quote it again: rajaus order quote",
        "credit_not_delivered": "Extract {extract} was not delivered; there is nothing to credit.",
        "credit_too_late": "Extract {extract}: rows had to be reported by {day}.",
        "processor_disabled": "Processor {processor} may not be used: {missing} (R078). See: rajaus processor show",
        "publish_empty": "Publishing would leave the register empty. Load organisations and positions first.",
        "seeds_exhausted": "The stock has {ready} usable seeds, {needed} are needed. Add some: rajaus seeds add",
        "refusal_needs_grounds": "Case {case}: a refusal needs grounds, evidence and a second person (R066). "
        "Use: rajaus subject refuse",
        "refusal_too_late": "Case {case}: a refusal as unfounded or excessive had to be told by {day} (R066).",
        "first_request": "Case {case} is the person's first request of its kind: only a shown abusive intent makes it "
        "excessive (R066, C-526/24).",
        "fee_after_work": "Case {case}: the work was begun; a fee can only be told before it (R066).",
        "fee_not_told": "Case {case}: no fee was told and accepted before the work (R066).",
        "fee_charged_already": "Case {case}: the fee was charged already.",
        "first_copy_free": "Case {case}: the first copy is free (Art. 15(3)).",
        "doubt_unfounded": "Case {case}: an identity is asked for only on a doubt that is written down (R055).",
        "reply_elsewhere": "Case {case}: without a verified identity the reply goes to the known address only (R055).",
        "reply_in_clear": "Case {case}: an access reply is mailed encrypted only (write it with --recipient), unless "
        "the person asked for it in clear: --plain",
        "persons_found": "Case {case}: {persons} persons match the search; the answer cannot be that there is nobody.",
        "objection_needs_refusal": "Case {case}: an objection is overridden only by a refusal with its grounds (R064).",
        "extension_needs_reason": "Case {case}: an extension needs the reason that the person is told (R054).",
        "extension_too_late": "Case {case}: the first period ended on {day}; it can no longer be extended (R054).",
        "extension_twice": "Case {case} was extended on {day}; there is one extension only (R054).",
        "extension_of_order": "Case {case} has the day that an authority set; only the authority can move it.",
        "authority_order_unknown": "Case {case} is not an authority's order, or its letter is not named.",
        "activation_needs_two": "Report {report}: releasing it needs grounds and two different persons (R034).",
        "clock_needs_two": "Accepting a clock needs evidence and two different persons.",
        "accept_needs_two": "Accepting a break of the audit needs evidence and two different persons.",
        "store_closed": "The store at {home} was restored from a backup and is closed until the tombstone log has been "
        "replayed. Run: rajaus restore --resume",
        "restore_without_tombstones": "The tombstone log {path} is {state}: bans and erasures after the backup of "
        "{made_at} are not known, and the store stays closed. Bring the log, then: rajaus restore --resume",
        "backup_expired": "This backup of {made_at} is older than {days} days and may not be used any more (R074).",
        "audit_broken": "The audit does not hold ({breaks} open breaks); nothing is delivered until two persons have "
        "looked into it. See: rajaus audit verify",
        "breach_risk_undecided": "Breach {breach} has no risk decision; one is needed also when nobody is notified.",
        "breach_not_notified": "Breach {breach} carries a risk and the authority was not notified (Art. 33(1)).",
        "breach_facts_missing": "Breach {breach}: still missing of Art. 33(3): {missing}.",
        "breach_late_unexplained": "The authority was notified of breach {breach} after {due}; say why (Art. 33(1)).",
        "breach_customer_not_told": "Breach {breach} concerns data we process for a customer, who was not told yet "
        "(Art. 33(2)).",
        "breach_letters_open": "Breach {breach}: {open} persons at high risk have no letter sent, and no reason "
        "says why not (Art. 34).",
        "breach_text_missing": "Breach {breach}: no text in {language} for: {missing}. Add it, or choose --language.",
        "notice_version_behind": "Version {version} of the notice is in effect; the register was published before it. "
        "Publish it anew: whoever was not told of the change is then left out (R098).",
        "notice_outdated": "Version {version} of the notice no longer says what is done ({parts}). "
        "File the next one with its day of effect: rajaus records file-notice",
        "notice_unchanged": "Version {version} of the notice says what is done; there is nothing to file.",
        "notice_effect_early": "The change is material ({parts}): persons are told before it takes effect. "
        "The earliest day is {earliest} (R098).",
        "ban_token_elsewhere": "The ban link is of another extract than {extract} (R040).",
        "lift_needs_two": "Lifting a ban needs evidence and two different persons (R022).",
        "restriction_not_told": "Restriction {ban}: the person must be told before it is lifted (R062).",
        "person_restricted": "Person {person} is restricted by {ban}: neither changed nor deleted until it is lifted.",
        "resolve_needs_two": "Ban {ban}: letting a held candidate go needs evidence and two different persons (R018).",
        "reveal_not_accused": "Evidence {trace} accuses extract {extract} of nothing: its keys stay in the house.",
        "reveal_uncommitted": "Extract {extract}: nothing to hold its keys against: {reason}.",
        "candidate_not_held": "Ban {ban}: {target} {id} is not one of its held candidates.",
        "list_shrank": "List {list} has {rows} rows, the last one had {before}: the load may have failed, so the last "
        "good list stays (T22). If it is right, let a second person confirm: --confirmed-by USER",
    }


class PermissionRefused(Refused):
    """The caller may not do this."""

    catalogue = {
        "two_persons_needed": "Order {order} needs a second person's approval (R029).",
        "token_refused": "The order token is not valid (any more).",
        "token_missing": "This is done with a reseller's order token: give --token-file, or set reseller_token.",
        "reseller_may_not": "A reseller sees counts, its own orders and statements, never rows: {verb} is not for it "
        "(R051).",
        "role_may_not": "Order {order}: the role {role} may not bring it to be {event}.",
        "disclosure_needs_two": "Disclosure {disclosure} is approved by somebody else than who opened it (R079).",
        "care_needs_two": "Job {job}: a held job is released with a reason, by two different persons (T19).",
        "views_need_two": "Nobody raises the own budget of pages; a second person does (R088).",
        "reveal_needs_two": "Reveal {reveal} is approved by somebody else than who asked for it.",
        "exemption_needs_two": "Exemption {exemption} takes effect when somebody else than its proposer approves it.",
    }


class LicenceRefused(Refused):
    """The licence does not cover it."""

    catalogue = {
        "agreement_not_in_force": "Agreement {agreement} is not in force on {day}.",
        "agreement_mode": "Agreement {agreement} is for {mode}, not for {needed}.",
        "care_not_instructed": "Agreement {agreement} holds no instruction to {operation} (R044). See: rajaus care "
        "instruct",
        "care_held": "Job {job} is held: {findings} (T19). Two persons may release it: rajaus care release",
        "care_due": "Job {job} was to be closed by {day}; nothing more is done with it. Close it: rajaus care close",
        "care_to_go_back": "Job {job}: the customer instructed that its rows go back before they are deleted, and they "
        "have not all gone back. Hand them back: rajaus care close {job} --to DIR",
        "campaign_not_started": "Campaign {campaign} starts on {since}.",
        "campaign_ended": "Campaign {campaign} ended on {until}.",
        "campaign_closed": "Campaign {campaign} is closed.",
        "customer_removed": "Customer {customer} was removed; it gets nothing any more.",
        "outside_eea": "{country} is outside the EU/EEA; register data is never disclosed there (R077).",
        "not_a_reseller": "Customer {customer} has no reseller agreement in force.",
        "end_customer_prohibited": "Customer {customer} is on the list of prohibited end customers (R052).",
        "end_customer_agreement": "Customer {customer} has no agreement of its own over the whole campaign (R052). "
        "Record it: rajaus agreement add",
        "location_undeclared": "Customer {customer} has not declared where it keeps the data (R077). "
        "Record it: rajaus customer declare",
        "contact_missing": "Customer {customer} has no contact for notices about persons; nothing is delivered without "
        "one (R076).",
        "contact_untested": "The contact of customer {customer} is {state}; nothing is delivered until it is tested: "
        "rajaus customer contact test (R076).",
        "subject_outside": "The campaign is about {subject}; the selection asks for {asked} (R028).",
        "channel_fax": "Fax is not a channel to persons (R002).",
        "purpose_unknown": "Campaign {campaign}: {purpose} is not a purpose for which data are disclosed (R027).",
        "purpose_not_assessed": "No balancing test or impact assessment is on file for: {missing} (R099). "
        "File one: rajaus assessment add",
        "assessment_expired": "The assessment for {purpose} was due for review on {review_on} (R099). "
        "Review it and file it again: rajaus assessment add",
        "recipient_differs": "Campaign {campaign} does not deliver to customer {customer}.",
        "rows_outside_subject": "{rows} of the rows have no responsibility within the subject {subject} (R028).",
        "justification_missing": "Order {order} exceeds a cap and nobody wrote why: give --reason (R029).",
        "order_not_approved": "Order {order} is {state}; it must be approved before the cut.",
        "order_empty": "Order {order} would deliver nobody.",
        "subscription_ended": "Subscription {subscription} has ended; nothing more is delivered. What the recipient "
        "still holds, it removes as a controller of its own.",
        "controller_unnamed": "Agreement {agreement} does not name its customer's privacy notice and its contact for "
        "Art. 19 (R041). Use: rajaus agreement controller",
        "duty_unconfirmed": "The customer of agreement {agreement} has not confirmed that it informs the persons "
        "itself (Art. 14, R041). Use: rajaus agreement confirm",
        "additions_over_caps": "Subscription {subscription}: with its additions it would exceed what was approved "
        "({findings}). Removals go on; a second person approves: rajaus subscription approve (R030).",
        "removal_unacknowledged": "Delta {delta} of subscription {subscription} removed rows and was not acknowledged "
        "within five days; until it is there are removals only (R042).",
        "extract_of_subscription": "Extract {extract} is a delivery of subscription {subscription}. "
        "Use: rajaus subscription",
        "extract_revoked": "Extract {extract} was revoked.",
        "extract_expired": "The files of extract {extract} lie ready no more: they go after {deliveries} deliveries or "
        "seven days (R071). Cut it anew.",
        "extract_disposed": "Extract {extract} was disposed of, as its recipient stated on {day}; a new cut is needed.",
        "leftover_found": "Customer {customer} still held {rows} rows of extract {extract} at check {check}; until a "
        "check is clean or the customer answers for them, its group gets nothing new (R035).",
        "leftover_unlinked": "The links of extract {extract} were cut (R072); nothing can be compared with it now.",
        "nothing_activated": "Nobody of extract {extract} was accepted as a responder; there is nothing to certify.",
        "certificate_refused": "{file} is no proof: its signature is {verdict}.",
        "activation_late": "Extract {extract}: responders could be reported until {until} (R034).",
        "activation_in_review": "Report {report} of responders of extract {extract}, customer {customer}, waits for "
        "its review; until then its group gets nothing new (R034). See: rajaus activation review",
        "disposal_overdue": "Customer {customer} owed its statement that extract {extract} was disposed of by {due}; "
        "until then its group gets nothing new (R035). Record it: rajaus disposal statement",
        "extract_files_gone": "The prepared files of extract {extract} were deleted; a new cut is needed (R071).",
        "extract_not_held": "Extract {extract} never left the house, or had to be disposed of by now.",
        "extract_banned_since": "A ban filed after the cut concerns extract {extract}. A new cut is needed.",
        "stop_list_unacknowledged": "Customer {customer} has not acknowledged message {message}, due {due}; "
        "until then it gets nothing new (R023).",
        "licence_not_accepted": "Campaign {campaign}: version {version} of the terms of use was not accepted (R033). "
        "Record it: rajaus licence accept --campaign CAMPAIGN --by NAME",
        "licence_altered_file": "{file} is not the file that the licence of {extract} goes with: it has "
        "{rows_found} rows, the delivered one {rows}; a row or cell is missing, added or changed.",
        "licence_altered": "The licence of {file} was changed after it was signed; nothing in it can be relied upon.",
        "licence_unknown_key": "{file}: the licence is whole, but signed with {key}, which is not a key you trust. "
        "Compare it with the one in your agreement and name that with --key.",
        "licence_expired": "{file}: genuine, and the campaign ended at {until}. The rows may be used no more.",
        "licence_not_started": "{file}: genuine, and the campaign starts at {since}. The rows may not be used before.",
        "field_not_licensed": "Field {field} is not licensed for this campaign's channels: {channels}.",
    }


class BanUnreadable(Refused):
    """The bans could not be read; nothing is released."""

    catalogue = {
        "bans_unreadable": "The bans could not be read; nothing is released until they can.",
        "bans_stale": "This node has heard nothing from the primary for over {limit} s; it may not know the newest "
        "bans, so nothing is counted or released (R016).",
        "bans_clock_skew": "The primary's last sign of life lies more than {limit} s in this node's future; nothing is "
        "counted or released until their clocks agree.",
        "suppression_key_missing": "Bans were keyed with {key_id}, whose key file is missing; nothing is loaded, "
        "published or released without it. Restore the keys directory from its backup.",
        "list_outdated": "The outside list {list} was to be relied upon until {until}; nothing is released until a "
        "newer one is loaded: rajaus suppression load",
    }


class GateBroken(Refused):
    """The gate's self-test failed; the release was stopped."""

    catalogue = {
        "canary_released": "The gate let the banned canary through; nothing is released. Call the privacy officer.",
        "canary_lost": "The gate dropped a row that nobody banned; nothing is released. Call the privacy officer.",
        "removed_row_updated": "Message {message} would give a new value for a row to be removed; it was not sent.",
        "banned_row_found": "A row whose keys are banned reached the gate; nothing is released.",
        "rows_missing": "{missing} of the rows to be released are not in snapshot {snapshot}; nothing is released.",
    }


class Conflict(RajausError):
    """Somebody else changed things in between."""

    catalogue = {
        "already_done": "{kind} {id} already exists.",
        "care_snapshot_moved": "Job {job} was matched with snapshot {snapshot}, which is not the published one any "
        "more. Match it again: rajaus care match",
        "publish_running": "Another process is publishing.",
        "key_reused": "The idempotency key was used for another request.",
        "key_in_flight": "A request with this idempotency key is being worked on. Ask again in a while.",
        "extract_exists": "Order {order} was already cut as extract {extract}.",
        "delta_taken": "Subscription {subscription} got another delta meanwhile. Try again.",
        "seeds_taken": "Another cut took the same seeds ({tries} tries). Try again.",
        "retention_running": "Another retention run is under way.",
        "retention_overtaken": "Somebody was restricted, or a legal hold placed, while {rule} was worked on. "
        "Run it again.",
    }


class FenceMoved(Conflict):
    """A ban arrived that touches the rows being released; the cut must be done again."""

    catalogue = {"fence_moved": "Bans kept arriving while the cut was made ({tries} tries). Try again."}


class HistoryMoved(Conflict):
    """Somebody whose extracts count together got another one; the caps must be looked at again."""

    catalogue = {
        "obtained_since": "Somebody concerned got extract {extract} while the cut was made. Try again.",
        "pressed_since": "Another cut brought persons to the limit of contact pressure meanwhile. Try again.",
    }


class InvalidTransition(Conflict):
    """The thing is not in a state that allows this."""

    catalogue = {"transition_invalid": "{kind} {id} is {state}: it cannot be {event}."}


class StoreError(RajausError):
    """A store cannot be read or written."""

    catalogue = {
        "ledger_failed": "The ledger failed: {reason}.",
        "ledger_busy": "The ledger is busy; nothing was changed.",
        "snapshot_damaged": "Snapshot {snapshot} does not match its seal.",
        "snapshot_failed": "The register could not be read: {reason}.",
        "publish_failed": "The snapshot could not be built: {reason}. The old one stays.",
        "care_damaged": "Job {job}: {file} is missing, or was not sealed with the job's key.",
        "disk_full": "No space left at {path}; nothing was changed.",
        "not_writable": "{path} cannot be written: {reason}.",
        "evidence_faulty": "Evidence {trace} does not hold: {names}.",
        "evidence_changed": "{file} is not the evidence that the audit chain holds of trace {trace}.",
        "manifest_damaged": "The manifest of extract {extract} does not match its seal.",
        "index_damaged": "The index {index} beside the manifests does not fit together.",
        "state_damaged": "What the recipient of subscription {subscription} has by delta {delta} is missing or does "
        "not match its seal. Deliver everything once more: rajaus subscription deliver --whole",
        "manifests_failed": "The manifests could not be read: {reason}.",
        "backup_incomplete": "{file} is named in the ledger and not in the store; no backup was made.",
        "file_damaged_in_store": "{file} in the store does not match its seal.",
        "tombstones_damaged": "The tombstone log {path} is damaged at line {line}.",
        "tombstones_unset": "This ledger was opened without its tombstone log; nothing that must outlive a restore can "
        "be changed.",
        "channel_silent": "Nothing of the drills came in for over {hours} hours through: {channels} (R100).",
        "mail_unreachable": "The mail server {host} cannot be used ({reason}); {waiting} messages wait.",
        "document_failed": "The document {document} could not be made.",
        "audit_faulty": "The audit fails: {breaks} open breaks, {contact} rows with contact data, tombstone log "
        "{tombstones}.",
        "audit_contact": "Audit row {action} would have carried contact data; nothing was changed.",
        "clock_untrusted": "This node's clock says {clock}, and {seen} was seen already: over {limit} s apart. Nothing "
        "is cut or delivered until the clock is right, or two persons accept it: rajaus clock accept (R036)",
        "unaudited": "A change without an audit row was rolled back.",
    }

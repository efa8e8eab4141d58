"""The ledger's tables: what was promised and done. Migrations in ``migrations/`` build exactly these.

Times are UTC; a date is a Finnish calendar day. Register ids (person, position, organisation) are bare
integers: no foreign key leads from a ban to the register, so a ban outlives the person's row (R012).
"""

from __future__ import annotations

from ledger.tables.activations import activation as activation, activation_report as activation_report
from ledger.tables.backups import audit_break as audit_break, backup as backup
from ledger.tables.bans import (
    ban as ban,
    ban_hit as ban_hit,
    ban_key as ban_key,
    ban_link_miss as ban_link_miss,
    suppression_list as suppression_list,
    task as task,
)
from ledger.tables.base import Instant as Instant, metadata as metadata
from ledger.tables.breaches import (
    breach as breach,
    breach_event as breach_event,
    breach_notice as breach_notice,
    breach_person as breach_person,
)
from ledger.tables.care import (
    care_decision as care_decision,
    care_forward as care_forward,
    care_instruction as care_instruction,
    care_job as care_job,
    care_return as care_return,
    care_return_person as care_return_person,
)
from ledger.tables.changes import (
    correction as correction,
    erasure as erasure,
    erasure_subject as erasure_subject,
    load_erasure as load_erasure,
    restriction_notice as restriction_notice,
)
from ledger.tables.consultations import consultation as consultation, consultation_person as consultation_person
from ledger.tables.control import audit as audit, audit_head as audit_head, fence as fence
from ledger.tables.customers import (
    agreement as agreement,
    campaign as campaign,
    customer as customer,
    former_contact as former_contact,
)
from ledger.tables.disclosures import (
    other_disclosure as other_disclosure,
    other_disclosure_person as other_disclosure_person,
)
from ledger.tables.endings import (
    disposal_statement as disposal_statement,
    extract_end as extract_end,
    leftover_check as leftover_check,
)
from ledger.tables.extracts import (
    campaign_sender as campaign_sender,
    delivery as delivery,
    extract as extract,
    extract_file as extract_file,
    seed as seed,
    seed_hit as seed_hit,
)
from ledger.tables.intake import drill as drill, intake_item as intake_item
from ledger.tables.licences import licence_acceptance as licence_acceptance, licence_terms as licence_terms
from ledger.tables.mail import mail as mail, mail_attempt as mail_attempt
from ledger.tables.messages import (
    former_link as former_link,
    message as message,
    message_attempt as message_attempt,
    message_row as message_row,
    told as told,
    webhook as webhook,
)
from ledger.tables.narrow import order_plan as order_plan, question as question, view_grant as view_grant
from ledger.tables.notices import (
    assessment as assessment,
    notice as notice,
    notice_batch as notice_batch,
    notice_exempted as notice_exempted,
    notice_exemption as notice_exemption,
    notice_version as notice_version,
    person_language as person_language,
)
from ledger.tables.orders import (
    order as order,
    order_event as order_event,
    own_list as own_list,
    selection as selection,
)
from ledger.tables.parties import (
    contact_test as contact_test,
    data_location as data_location,
    processor as processor,
    processor_evidence as processor_evidence,
)
from ledger.tables.prices import (
    credit as credit,
    credit_row as credit_row,
    idempotency_key as idempotency_key,
    price_list as price_list,
)
from ledger.tables.register import (
    lease as lease,
    load as load,
    snapshot as snapshot,
    snapshot_pointer as snapshot_pointer,
    source as source,
)
from ledger.tables.requests import (
    subject_case as subject_case,
    subject_case_event as subject_case_event,
    subject_case_person as subject_case_person,
)
from ledger.tables.resellers import (
    prohibition as prohibition,
    relay as relay,
    relay_drill as relay_drill,
    reseller_token as reseller_token,
)
from ledger.tables.retention import (
    retention_disposal as retention_disposal,
    retention_hold as retention_hold,
    retention_hold_row as retention_hold_row,
    retention_run as retention_run,
)
from ledger.tables.reveals import reveal as reveal
from ledger.tables.subscriptions import (
    controller as controller,
    subscription as subscription,
    subscription_delta as subscription_delta,
    subscription_seed as subscription_seed,
)

"""The first ledger"""

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('assessment',
    sa.Column('assessment', sa.String(length=40), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False, comment='1, 2, 3 …: the highest of a kind and purpose counts'),
    sa.Column('kind', sa.String(length=10), nullable=False, comment='lia (balancing test of one purpose) or dpia'),
    sa.Column('purpose', sa.String(length=20), nullable=True, comment='of a lia; null: a dpia covers all'),
    sa.Column('owner', sa.String(length=200), nullable=False),
    sa.Column('made_on', sa.Date(), nullable=False),
    sa.Column('review_on', sa.Date(), nullable=False, comment='at most 12 months after made_on (R099)'),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False, comment='of the text'),
    sa.Column('shipped', sa.Boolean(), nullable=False, comment="the product's own text, still to be adopted by the controller"),
    sa.Column('filed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('filed_by', sa.String(length=200), nullable=False),
    sa.PrimaryKeyConstraint('assessment', name=op.f('pk_assessment')),
    sa.UniqueConstraint('number', name=op.f('uq_assessment_number'))
    )
    op.create_table('audit',
    sa.Column('seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=200), nullable=False),
    sa.Column('action', sa.String(length=80), nullable=False),
    sa.Column('ids', sa.JSON(), nullable=False, comment='ids and counts, never contact data'),
    sa.Column('previous', sa.String(length=64), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_audit'))
    )
    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.create_index('ix_audit_action', ['action', 'at'], unique=False)

    op.create_table('audit_break',
    sa.Column('break', sa.String(length=40), nullable=False),
    sa.Column('reason', sa.String(length=40), nullable=False, comment='changed, missing, reordered, tail_cut, rebuilt, …'),
    sa.Column('seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='audit row at which the chain breaks'),
    sa.Column('found', sa.String(length=64), nullable=False, comment='the hash found there'),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True, comment='from then on this very break stops nothing'),
    sa.Column('accepted_by', sa.String(length=200), nullable=True),
    sa.Column('approved_by', sa.String(length=200), nullable=True),
    sa.Column('evidence', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('break', name=op.f('pk_audit_break'))
    )
    op.create_table('audit_head',
    sa.Column('id', sa.Integer(), nullable=False, comment='always 1'),
    sa.Column('seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_head'))
    )
    op.create_table('backup',
    sa.Column('backup', sa.String(length=40), nullable=False),
    sa.Column('file', sa.String(length=300), nullable=False, comment="name of the archive; where it lies is the operator's matter"),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('bytes', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('files', sa.Integer(), nullable=False),
    sa.Column('recipient', sa.String(length=100), nullable=False, comment='age public key it is encrypted for'),
    sa.Column('tombstone_line', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='what happened after this line a restore does again'),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('made_by', sa.String(length=200), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False, comment='made_at + the setting backup_days (R074)'),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('backup', name=op.f('pk_backup'))
    )
    op.create_table('ban',
    sa.Column('ban', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False, comment='processing or disclosure (a ban, R012), restriction (R062), erasure (R061); each of them blocks'),
    sa.Column('target', sa.String(length=20), nullable=False, comment='person, position, organisation, address, list'),
    sa.Column('channel', sa.String(length=10), nullable=True, comment='null: all channels'),
    sa.Column('via', sa.String(length=20), nullable=False),
    sa.Column('reference', sa.String(length=200), nullable=True, comment='where the evidence lies: letter, call, message; never contact data'),
    sa.Column('batch', sa.String(length=80), nullable=True, comment='digest and row of the imported file: no row is filed twice'),
    sa.Column('received_on', sa.Date(), nullable=False, comment='the clock starts here, not when it was recorded (T20)'),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by', sa.String(length=200), nullable=False),
    sa.Column('fence', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lifted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lifted_by', sa.String(length=200), nullable=True),
    sa.Column('lift_approved_by', sa.String(length=200), nullable=True),
    sa.Column('lift_evidence', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('ban', name=op.f('pk_ban')),
    sa.UniqueConstraint('batch', name=op.f('uq_ban_batch')),
    sa.UniqueConstraint('fence', name=op.f('uq_ban_fence'))
    )
    op.create_table('ban_link_miss',
    sa.Column('miss', sa.String(length=40), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('via', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.String(length=20), nullable=False, comment='unknown: no row has it; elsewhere: of another extract'),
    sa.PrimaryKeyConstraint('miss', name=op.f('pk_ban_link_miss'))
    )
    with op.batch_alter_table('ban_link_miss', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ban_link_miss_at'), ['at'], unique=False)

    op.create_table('breach',
    sa.Column('breach', sa.String(length=40), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False, comment='candidate, open, dismissed, closed'),
    sa.Column('trigger', sa.String(length=40), nullable=False, comment='what opened it; reported: a person told us'),
    sa.Column('key', sa.String(length=200), nullable=False, comment='what the trigger is about: one case per trigger and key'),
    sa.Column('ids', sa.JSON(), nullable=False, comment='where it was found: ids and counts'),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('found_by', sa.String(length=200), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False, comment='controller, or processor: then the customer is told (33(2))'),
    sa.Column('happened_from', sa.DateTime(timezone=True), nullable=True, comment='the breach itself, as far as known'),
    sa.Column('happened_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('aware_at', sa.DateTime(timezone=True), nullable=True, comment='when the clock of Art. 33(1) started'),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True, comment='aware_at and the hours in force then'),
    sa.Column('hours', sa.Integer(), nullable=True, comment='length of the clock when it was started'),
    sa.Column('risk', sa.String(length=20), nullable=True, comment='none, risk, high; decided always, also when nobody is notified (R092)'),
    sa.Column('facts', sa.JSON(), nullable=False, comment='Art. 33(3) in words, field → text; no contact data'),
    sa.Column('scope', sa.JSON(), nullable=False, comment='extracts, customer, node, window the impact was taken from'),
    sa.Column('impact', sa.JSON(), nullable=False, comment="counts, field names and recipients' ids"),
    sa.Column('late_reason', sa.Text(), nullable=True, comment='why the authority was told after the clock (Art. 33(1))'),
    sa.Column('no_letters_reason', sa.Text(), nullable=True, comment='why persons at high risk get no letter of their own (Art. 34(3))'),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_by', sa.String(length=200), nullable=True),
    sa.PrimaryKeyConstraint('breach', name=op.f('pk_breach')),
    sa.UniqueConstraint('trigger', 'key', name=op.f('uq_breach_trigger'))
    )
    with op.batch_alter_table('breach', schema=None) as batch_op:
        batch_op.create_index('ix_breach_state', ['state', 'due_at'], unique=False)

    op.create_table('consultation',
    sa.Column('consultation', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False, comment='what was looked at, e.g. access reply, trace evidence'),
    sa.Column('purpose', sa.String(length=300), nullable=False, comment='why; told to the person on request (C-579/21)'),
    sa.Column('case', sa.String(length=40), nullable=True, comment='the case it was done for'),
    sa.Column('persons', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.String(length=200), nullable=False, comment='staff; never named to the person (R058)'),
    sa.PrimaryKeyConstraint('consultation', name=op.f('pk_consultation'))
    )
    op.create_table('correction',
    sa.Column('correction', sa.String(length=40), nullable=False),
    sa.Column('person', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='register id'),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True, comment="register id; null for the person's name"),
    sa.Column('field', sa.String(length=20), nullable=False, comment='name, title, email, …'),
    sa.Column('value', sa.JSON(none_as_null=True), nullable=True, comment='what is right; null: nothing is'),
    sa.Column('was', sa.JSON(none_as_null=True), nullable=True, comment='what the register held when it was recorded'),
    sa.Column('source', sa.String(length=20), nullable=False, comment='data subject or own initiative (R060, R011)'),
    sa.Column('reason', sa.String(length=20), nullable=False, comment='request, bounce, returned, call, register'),
    sa.Column('scope', sa.String(length=10), nullable=False, comment='always: whatever a source says; against: only while the sources still say what it was'),
    sa.Column('disputed', sa.Boolean(), nullable=False, comment='not taken over; the statement stands beside the data'),
    sa.Column('statement', sa.Text(), nullable=True, comment='supplementary statement of the person (Art. 16)'),
    sa.Column('case', sa.String(length=40), nullable=True),
    sa.Column('block', sa.String(length=40), nullable=True, comment='the block that keeps a wrong address out until the next publish'),
    sa.Column('snapshot', sa.String(length=80), nullable=True, comment='the first snapshot built with it; what was cut before lacks it (R060)'),
    sa.Column('made_on', sa.Date(), nullable=False, comment='the date of the field from then on'),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('made_by', sa.String(length=200), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True, comment='withdrawn, or followed by a later correction of the same field'),
    sa.Column('ended_by', sa.String(length=200), nullable=True),
    sa.PrimaryKeyConstraint('correction', name=op.f('pk_correction'))
    )
    with op.batch_alter_table('correction', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_correction_case'), ['case'], unique=False)
        batch_op.create_index('ix_correction_ended_at', ['ended_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_correction_person'), ['person'], unique=False)
        batch_op.create_index(batch_op.f('ix_correction_position'), ['position'], unique=False)

    op.create_table('customer',
    sa.Column('customer', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=300), nullable=False),
    sa.Column('business_id', sa.String(length=20), nullable=False),
    sa.Column('country', sa.String(length=2), nullable=False),
    sa.Column('parent', sa.String(length=40), nullable=True),
    sa.Column('contact', sa.String(length=320), nullable=True, comment='role mailbox for notices about persons delivered (R076)'),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True, comment='its access ended; the entity stays nameable as a recipient (T15)'),
    sa.Column('removed_by', sa.String(length=200), nullable=True),
    sa.ForeignKeyConstraint(['parent'], ['customer.customer'], name=op.f('fk_customer_parent')),
    sa.PrimaryKeyConstraint('customer', name=op.f('pk_customer')),
    sa.UniqueConstraint('business_id', name=op.f('uq_customer_business_id'))
    )
    op.create_table('drill',
    sa.Column('drill', sa.String(length=40), nullable=False),
    sa.Column('channel', sa.String(length=20), nullable=False, comment='mailbox, reply_token, web, phone, letter, …'),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_by', sa.String(length=200), nullable=False),
    sa.Column('arrived_at', sa.DateTime(timezone=True), nullable=True, comment='closed by itself; it is neither a ban nor a case and in no figure'),
    sa.PrimaryKeyConstraint('drill', name=op.f('pk_drill'))
    )
    with op.batch_alter_table('drill', schema=None) as batch_op:
        batch_op.create_index('ix_drill_channel', ['channel', 'sent_at'], unique=False)

    op.create_table('erasure',
    sa.Column('erasure', sa.String(length=40), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False, comment='how far it has come'),
    sa.Column('ground', sa.String(length=20), nullable=False, comment='Art. 17(1)'),
    sa.Column('via', sa.String(length=20), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('keeps_keys', sa.Boolean(), nullable=False, comment='whether keyed hashes stop the persons from coming back'),
    sa.Column('case', sa.String(length=40), nullable=True),
    sa.Column('requested_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('requested_by', sa.String(length=200), nullable=False),
    sa.Column('snapshot', sa.String(length=80), nullable=True, comment='the first snapshot without them'),
    sa.Column('waits_for', sa.JSON(), nullable=False, comment='snapshots with them that a reader may still hold'),
    sa.Column('removed', sa.JSON(), nullable=False, comment='counts of what was removed so far, by kind'),
    sa.Column('certified_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('erasure', name=op.f('pk_erasure'))
    )
    with op.batch_alter_table('erasure', schema=None) as batch_op:
        batch_op.create_index('ix_erasure_state', ['state'], unique=False)

    op.create_table('fence',
    sa.Column('id', sa.Integer(), nullable=False, comment='always 1'),
    sa.Column('value', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='grows by one in every ban, erasure and restriction'),
    sa.Column('beat_at', sa.DateTime(timezone=True), nullable=True, comment='the primary was alive then; a replica that sees an old one refuses (R016)'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_fence'))
    )
    op.create_table('former_link',
    sa.Column('kind', sa.String(length=10), nullable=False, comment='person or unit, as in the manifests'),
    sa.Column('token', sa.LargeBinary(length=16), nullable=False, comment='keyed, as in the manifests'),
    sa.Column('person', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='whom it stood for'),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True, comment="which position, if it is a unit's"),
    sa.Column('organisation', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True, comment="in which organisation, if it is a unit's"),
    sa.Column('source', sa.String(length=80), nullable=True, comment="the only source of a unit's data, if there was only one"),
    sa.Column('kept_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('kind', 'token', name=op.f('pk_former_link'))
    )
    with op.batch_alter_table('former_link', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_former_link_organisation'), ['organisation'], unique=False)
        batch_op.create_index(batch_op.f('ix_former_link_person'), ['person'], unique=False)
        batch_op.create_index(batch_op.f('ix_former_link_source'), ['source'], unique=False)

    op.create_table('intake_item',
    sa.Column('item', sa.String(length=40), nullable=False),
    sa.Column('digest', sa.LargeBinary(length=32), nullable=False, comment='HMAC of the message: read once, not twice'),
    sa.Column('kind', sa.String(length=20), nullable=False, comment='ban, request, bounce, automatic, drill, unread'),
    sa.Column('outcome', sa.JSON(), nullable=False, comment='ids of the ban, cases or task it became; never an address'),
    sa.Column('received_on', sa.Date(), nullable=False, comment='the day our server took it: the clock starts there (T20)'),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by', sa.String(length=200), nullable=False),
    sa.PrimaryKeyConstraint('item', name=op.f('pk_intake_item')),
    sa.UniqueConstraint('digest', name=op.f('uq_intake_item_digest'))
    )
    op.create_table('licence_terms',
    sa.Column('version', sa.Integer(), autoincrement=False, nullable=False, comment='1, 2, 3 …'),
    sa.Column('text', sa.JSON(), nullable=False, comment='terms and message text by language (schemas.licence)'),
    sa.Column('sha256', sa.String(length=64), nullable=False, comment='of the canonical text'),
    sa.Column('material', sa.Boolean(), nullable=False, comment='needs a new acceptance before the next delivery'),
    sa.Column('changes', sa.Text(), nullable=False, comment='what is new, in words'),
    sa.Column('effective_on', sa.Date(), nullable=False, comment='the first Finnish day on which it holds'),
    sa.Column('filed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('filed_by', sa.String(length=200), nullable=False),
    sa.PrimaryKeyConstraint('version', name=op.f('pk_licence_terms'))
    )
    op.create_table('mail',
    sa.Column('mail', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False, comment='what it is: ban_confirmation, reply, notice, forward, …'),
    sa.Column('about', sa.String(length=200), nullable=False, comment='the ban, case or notice it belongs to; never an address'),
    sa.Column('state', sa.String(length=20), nullable=False, comment='queued, sent, exported, failed, dropped'),
    sa.Column('content', sa.LargeBinary(), nullable=True, comment='the message and its addressee, sealed with key_id; emptied when out'),
    sa.Column('key_id', sa.String(length=80), nullable=False),
    sa.Column('queued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('queued_by', sa.String(length=200), nullable=False),
    sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=True, comment='a process is sending it; after that another may try'),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True, comment='sent, exported, failed or dropped'),
    sa.PrimaryKeyConstraint('mail', name=op.f('pk_mail'))
    )
    with op.batch_alter_table('mail', schema=None) as batch_op:
        batch_op.create_index('ix_mail_about', ['about'], unique=False)
        batch_op.create_index('ix_mail_state', ['state', 'queued_at'], unique=False)

    op.create_table('notice_exemption',
    sa.Column('exemption', sa.String(length=40), nullable=False),
    sa.Column('ground', sa.String(length=20), nullable=False, comment='14(5)(a) … 14(5)(d)'),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('persons', sa.Integer(), nullable=False),
    sa.Column('review_on', sa.Date(), nullable=False, comment='it holds until this day, at most 12 months'),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('proposed_by', sa.String(length=200), nullable=False),
    sa.Column('approved_on', sa.Date(), nullable=True, comment='Finnish day; null: not approved, no effect'),
    sa.Column('approved_by', sa.String(length=200), nullable=True),
    sa.Column('ended_on', sa.Date(), nullable=True, comment='taken back before its review day'),
    sa.PrimaryKeyConstraint('exemption', name=op.f('pk_notice_exemption'))
    )
    op.create_table('notice_version',
    sa.Column('version', sa.Integer(), autoincrement=False, nullable=False, comment='1, 2, 3 …'),
    sa.Column('texts', sa.JSON(), nullable=False, comment='{language: the whole text}'),
    sa.Column('facts', sa.JSON(), nullable=False, comment='what the text says, by part: two versions are compared by it (R098)'),
    sa.Column('changed', sa.JSON(), nullable=False, comment='parts that differ from the version before'),
    sa.Column('material', sa.Boolean(), nullable=False, comment='a material change is told to the persons before it takes effect'),
    sa.Column('effective_on', sa.Date(), nullable=False, comment='the first Finnish day on which it holds'),
    sa.Column('filed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('filed_by', sa.String(length=200), nullable=False),
    sa.PrimaryKeyConstraint('version', name=op.f('pk_notice_version'))
    )
    op.create_table('other_disclosure',
    sa.Column('disclosure', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False, comment='authority, legal_claim, reorganisation, security'),
    sa.Column('recipient', sa.String(length=300), nullable=False, comment="legal entity; never a person's name"),
    sa.Column('country', sa.String(length=2), nullable=False),
    sa.Column('ground', sa.Text(), nullable=False, comment='provision, order or claim that it rests on'),
    sa.Column('scope', sa.Text(), nullable=False, comment='what is disclosed and what for, in words without contact data'),
    sa.Column('fields', sa.JSON(), nullable=False, comment='categories of data'),
    sa.Column('persons', sa.Integer(), nullable=False, comment='how many; 0: statistics only'),
    sa.Column('closed_on', sa.Date(), nullable=True, comment='of a reorganisation: the day it was carried through'),
    sa.Column('secret_ground', sa.Text(), nullable=True, comment='provision that forbids telling the persons'),
    sa.Column('secret_until', sa.Date(), nullable=True, comment='the last day on which it does; null with a ground: until it is lifted'),
    sa.Column('state', sa.String(length=20), nullable=False, comment='open, approved, made, withdrawn'),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('opened_by', sa.String(length=200), nullable=False),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('approved_by', sa.String(length=200), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True, comment='made or withdrawn'),
    sa.Column('ended_by', sa.String(length=200), nullable=True),
    sa.Column('sha256', sa.String(length=64), nullable=True, comment='of the file that was handed over'),
    sa.PrimaryKeyConstraint('disclosure', name=op.f('pk_other_disclosure'))
    )
    op.create_table('person_language',
    sa.Column('person', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False, comment='fi, sv, en: what the person asked for (R097)'),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('person', name=op.f('pk_person_language'))
    )
    op.create_table('price_list',
    sa.Column('price_list', sa.String(length=40), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False, comment='1, 2, 3 …'),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('modes', sa.JSON(), nullable=False, comment='mode to item to price, as decimal text'),
    sa.Column('sha256', sa.String(length=64), nullable=False, comment='of the file it was loaded from'),
    sa.Column('loaded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('loaded_by', sa.String(length=200), nullable=False),
    sa.PrimaryKeyConstraint('price_list', name=op.f('pk_price_list')),
    sa.UniqueConstraint('version', name=op.f('uq_price_list_version'))
    )
    op.create_table('processor',
    sa.Column('processor', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=300), nullable=False, comment='legal entity'),
    sa.Column('category', sa.String(length=20), nullable=False, comment='kind of service'),
    sa.Column('data', sa.String(length=10), nullable=False, comment="register: of registered persons; users: of customers' users"),
    sa.Column('purposes', sa.JSON(), nullable=False),
    sa.Column('fields', sa.JSON(), nullable=False, comment='categories of data'),
    sa.Column('agreement_on', sa.Date(), nullable=True, comment='of the Art. 28 agreement'),
    sa.Column('sub_processors', sa.JSON(none_as_null=True), nullable=True, comment='approved ones, by name and country; null: nobody said'),
    sa.Column('location', sa.String(length=2), nullable=True, comment='country of its establishment'),
    sa.Column('storage', sa.JSON(), nullable=False, comment='countries where it keeps the data'),
    sa.Column('transfer', sa.String(length=20), nullable=True, comment="mechanism of Chapter V, where the data are of customers' users"),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('added_by', sa.String(length=200), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('processor', name=op.f('pk_processor')),
    sa.UniqueConstraint('name', name=op.f('uq_processor_name'))
    )
    op.create_table('prohibition',
    sa.Column('prohibition', sa.String(length=40), nullable=False),
    sa.Column('country', sa.String(length=2), nullable=False),
    sa.Column('business_id', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('made_by', sa.String(length=200), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_by', sa.String(length=200), nullable=True),
    sa.PrimaryKeyConstraint('prohibition', name=op.f('pk_prohibition'))
    )
    with op.batch_alter_table('prohibition', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_prohibition_business_id'), ['business_id'], unique=False)

    op.create_table('retention_hold',
    sa.Column('hold', sa.String(length=40), nullable=False),
    sa.Column('case', sa.String(length=80), nullable=False, comment='the dispute or investigation it is for'),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('placed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('placed_by', sa.String(length=200), nullable=False),
    sa.Column('review_on', sa.Date(), nullable=False),
    sa.Column('released_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('released_by', sa.String(length=200), nullable=True),
    sa.Column('release_reason', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('hold', name=op.f('pk_retention_hold'))
    )
    op.create_table('retention_run',
    sa.Column('run', sa.String(length=40), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.Column('disposed', sa.JSON(), nullable=False, comment='class → how many'),
    sa.Column('held', sa.Integer(), nullable=False, comment='due, but kept: under a legal hold, or of a restricted person'),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True, comment='null: it was stopped, and the next one goes on'),
    sa.PrimaryKeyConstraint('run', name=op.f('pk_retention_run'))
    )
    op.create_table('snapshot',
    sa.Column('snapshot', sa.String(length=80), nullable=False),
    sa.Column('path', sa.String(length=200), nullable=False, comment='relative to the home'),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('schema_version', sa.Integer(), nullable=False),
    sa.Column('organisations', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('persons', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('positions', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('loads', sa.JSON(), nullable=False, comment='numbers of the loads it was built from'),
    sa.Column('seconds', sa.Integer(), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('snapshot', name=op.f('pk_snapshot'))
    )
    op.create_table('source',
    sa.Column('source', sa.String(length=80), nullable=False),
    sa.Column('priority', sa.Integer(), nullable=False, comment='the smaller number wins a field'),
    sa.Column('ground', sa.String(length=200), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('quarantined_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('source', name=op.f('pk_source'))
    )
    op.create_table('subject_case',
    sa.Column('case', sa.String(length=40), nullable=False),
    sa.Column('right', sa.String(length=20), nullable=False, comment='access, rectification, erasure, … (subjects.cases.RIGHTS)'),
    sa.Column('via', sa.String(length=20), nullable=False, comment='the channel it came through'),
    sa.Column('electronic', sa.Boolean(), nullable=False, comment='asked electronically, so answered electronically (R056)'),
    sa.Column('language', sa.String(length=2), nullable=False, comment='fi, sv or en: the language of the reply'),
    sa.Column('received_on', sa.Date(), nullable=False, comment='not counted in the period (Reg. 1182/71 Art. 3(1))'),
    sa.Column('due_on', sa.Date(), nullable=False, comment='last day of the period, with extension and pauses so far'),
    sa.Column('order_due_on', sa.Date(), nullable=True, comment='the day an authority set; nothing else moves it'),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('identity', sa.String(length=20), nullable=False, comment='not_asked, asked, verified, failed (R055)'),
    sa.Column('paused_on', sa.Date(), nullable=True, comment='since when the clock stands for an identity query; null: it runs'),
    sa.Column('paused_days', sa.Integer(), nullable=False, comment='whole days that the clock stood before'),
    sa.Column('extended_on', sa.Date(), nullable=True, comment='when the person was told of the two further months, with the reason'),
    sa.Column('counterpart', sa.String(length=300), nullable=True, comment="the authority that ordered or complained; never a person's name"),
    sa.Column('follows', sa.String(length=40), nullable=True, comment='an earlier case that this one continues'),
    sa.Column('note', sa.Text(), nullable=True, comment='what was asked, in short; no contact data'),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('opened_by', sa.String(length=200), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_by', sa.String(length=200), nullable=True),
    sa.Column('outcome', sa.String(length=20), nullable=True),
    sa.PrimaryKeyConstraint('case', name=op.f('pk_subject_case'))
    )
    with op.batch_alter_table('subject_case', schema=None) as batch_op:
        batch_op.create_index('ix_subject_case_state', ['state', 'due_on'], unique=False)

    op.create_table('task',
    sa.Column('task', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('ids', sa.JSON(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_by', sa.String(length=200), nullable=True),
    sa.PrimaryKeyConstraint('task', name=op.f('pk_task'))
    )
    op.create_table('told',
    sa.Column('subject', sa.String(length=100), nullable=False, comment='bans, corrections, or one source'),
    sa.Column('fence', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='bans: hits found up to here were told; corrections: up to this audit row'),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False, comment='source: a quarantine before this instant was told'),
    sa.PrimaryKeyConstraint('subject', name=op.f('pk_told'))
    )
    op.create_table('agreement',
    sa.Column('agreement', sa.String(length=40), nullable=False),
    sa.Column('customer', sa.String(length=40), nullable=False),
    sa.Column('mode', sa.String(length=20), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['customer'], ['customer.customer'], name=op.f('fk_agreement_customer')),
    sa.PrimaryKeyConstraint('agreement', name=op.f('pk_agreement'))
    )
    with op.batch_alter_table('agreement', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_agreement_customer'), ['customer'], unique=False)

    op.create_table('ban_hit',
    sa.Column('ban', sa.String(length=40), nullable=False),
    sa.Column('target', sa.String(length=20), nullable=False, comment='person, position, organisation'),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False, comment='register id, stable across snapshots'),
    sa.Column('fence', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='when the hit was found; a release looks for later ones (R014)'),
    sa.Column('held', sa.Boolean(), nullable=False, comment='one of several candidates: out until somebody decides (R018)'),
    sa.Column('channel', sa.String(length=10), nullable=True, comment="null: the ban's; email, phone or electronic: there alone (T04, T05)"),
    sa.Column('released_at', sa.DateTime(timezone=True), nullable=True, comment='decided: not meant. The row stays, so that no publish holds it again'),
    sa.ForeignKeyConstraint(['ban'], ['ban.ban'], name=op.f('fk_ban_hit_ban')),
    sa.PrimaryKeyConstraint('ban', 'target', 'id', name=op.f('pk_ban_hit'))
    )
    with op.batch_alter_table('ban_hit', schema=None) as batch_op:
        batch_op.create_index('ix_ban_hit_target_id', ['target', 'id'], unique=False)

    op.create_table('ban_key',
    sa.Column('ban', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False, comment='what is keyed'),
    sa.Column('key', sa.LargeBinary(length=32), nullable=False, comment='HMAC-SHA-256; no clear text anywhere (R019)'),
    sa.Column('key_id', sa.String(length=80), nullable=False, comment='which key file; old ones are kept for matching'),
    sa.Column('grade', sa.String(length=10), server_default='firm', nullable=False, comment='firm: this one, imports stop too; shared: address out, its users held; address: only the address out; review: whoever fits is held'),
    sa.ForeignKeyConstraint(['ban'], ['ban.ban'], name=op.f('fk_ban_key_ban')),
    sa.PrimaryKeyConstraint('ban', 'kind', 'key', name=op.f('pk_ban_key'))
    )
    with op.batch_alter_table('ban_key', schema=None) as batch_op:
        batch_op.create_index('ix_ban_key_key', ['kind', 'key'], unique=False)

    op.create_table('breach_event',
    sa.Column('breach', sa.String(length=40), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False, comment='1, 2, 3 … in the case'),
    sa.Column('event', sa.String(length=40), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=200), nullable=False),
    sa.Column('ids', sa.JSON(), nullable=False, comment='codes, counts, digests; never contact data'),
    sa.Column('reason', sa.Text(), nullable=True, comment='the ground in words'),
    sa.ForeignKeyConstraint(['breach'], ['breach.breach'], name=op.f('fk_breach_event_breach')),
    sa.PrimaryKeyConstraint('breach', 'number', name=op.f('pk_breach_event'))
    )
    op.create_table('breach_notice',
    sa.Column('breach', sa.String(length=40), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False, comment='phase 1, 2, 3 … (Art. 33(4))'),
    sa.Column('recipient', sa.String(length=40), nullable=False, comment='authority, or the customer told (Art. 33(2))'),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reference', sa.String(length=200), nullable=False, comment="the authority's or our journal number"),
    sa.Column('missing', sa.JSON(), nullable=False, comment='Art. 33(3) fields that were still to come'),
    sa.Column('final', sa.Integer(), nullable=False, comment='1: nothing more is to come'),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['breach'], ['breach.breach'], name=op.f('fk_breach_notice_breach')),
    sa.PrimaryKeyConstraint('breach', 'number', name=op.f('pk_breach_notice'))
    )
    op.create_table('breach_person',
    sa.Column('breach', sa.String(length=40), nullable=False),
    sa.Column('person', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False, comment='register id at that time'),
    sa.Column('letter', sa.String(length=20), nullable=False, comment='none, due, exported, sent, failed, impossible'),
    sa.Column('language', sa.String(length=2), nullable=True),
    sa.Column('channel', sa.String(length=20), nullable=True, comment='email or post'),
    sa.Column('at', sa.DateTime(timezone=True), nullable=True, comment="last change of the letter's state"),
    sa.Column('reference', sa.String(length=200), nullable=True, comment='proof of sending, or why it failed'),
    sa.ForeignKeyConstraint(['breach'], ['breach.breach'], name=op.f('fk_breach_person_breach')),
    sa.PrimaryKeyConstraint('breach', 'person', name=op.f('pk_breach_person'))
    )
    with op.batch_alter_table('breach_person', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_breach_person_person'), ['person'], unique=False)

    op.create_table('consultation_person',
    sa.Column('consultation', sa.String(length=40), nullable=False),
    sa.Column('person', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['consultation'], ['consultation.consultation'], name=op.f('fk_consultation_person_consultation')),
    sa.PrimaryKeyConstraint('consultation', 'person', name=op.f('pk_consultation_person'))
    )
    with op.batch_alter_table('consultation_person', schema=None) as batch_op:
        batch_op.create_index('ix_consultation_person_person', ['person'], unique=False)

    op.create_table('contact_test',
    sa.Column('test', sa.String(length=40), nullable=False),
    sa.Column('customer', sa.String(length=40), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False, comment='1, 2, 3 … of the customer'),
    sa.Column('kind', sa.String(length=10), nullable=False, comment='declared by an operator, or sent with a token'),
    sa.Column('token_sha256', sa.String(length=64), nullable=True, comment='of the token that the contact sends back'),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('made_by', sa.String(length=200), nullable=False),
    sa.Column('answer_by', sa.DateTime(timezone=True), nullable=True, comment='of one that was sent'),
    sa.Column('outcome', sa.String(length=20), nullable=True, comment='confirmed, failed, or superseded by another contact; null: waits'),
    sa.Column('valid_until', sa.DateTime(timezone=True), nullable=True, comment='of one that holds'),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_by', sa.String(length=200), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True, comment='why it failed'),
    sa.ForeignKeyConstraint(['customer'], ['customer.customer'], name=op.f('fk_contact_test_customer')),
    sa.PrimaryKeyConstraint('test', name=op.f('pk_contact_test')),
    sa.UniqueConstraint('customer', 'number', name=op.f('uq_contact_test_customer')),
    sa.UniqueConstraint('token_sha256', name=op.f('uq_contact_test_token_sha256'))
    )
    op.create_table('data_location',
    sa.Column('location', sa.String(length=40), nullable=False),
    sa.Column('customer', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False, comment='storage or subcontractor'),
    sa.Column('country', sa.String(length=2), nullable=False),
    sa.Column('declared_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('declared_by', sa.String(length=200), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True, comment='another declaration followed, or the establishment changed'),
    sa.ForeignKeyConstraint(['customer'], ['customer.customer'], name=op.f('fk_data_location_customer')),
    sa.PrimaryKeyConstraint('location', name=op.f('pk_data_location'))
    )
    with op.batch_alter_table('data_location', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_data_location_customer'), ['customer'], unique=False)

    op.create_table('erasure_subject',
    sa.Column('erasure', sa.String(length=40), nullable=False),
    sa.Column('target', sa.String(length=20), nullable=False, comment="person, or organisation (a sole trader's)"),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False, comment='register id; never used again'),
    sa.Column('ban', sa.String(length=40), nullable=False, comment='the block, of kind erasure'),
    sa.ForeignKeyConstraint(['ban'], ['ban.ban'], name=op.f('fk_erasure_subject_ban')),
    sa.ForeignKeyConstraint(['erasure'], ['erasure.erasure'], name=op.f('fk_erasure_subject_erasure')),
    sa.PrimaryKeyConstraint('erasure', 'target', 'id', name=op.f('pk_erasure_subject'))
    )
    with op.batch_alter_table('erasure_subject', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_erasure_subject_id'), ['id'], unique=False)

    op.create_table('former_contact',
    sa.Column('customer', sa.String(length=40), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False, comment='1, 2, 3 … of the customer'),
    sa.Column('contact', sa.String(length=320), nullable=False, comment='deleted 30 days after it was replaced (R075)'),
    sa.Column('replaced_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('replaced_by', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['customer'], ['customer.customer'], name=op.f('fk_former_contact_customer')),
    sa.PrimaryKeyConstraint('customer', 'number', name=op.f('pk_former_contact'))
    )
    op.create_table('lease',
    sa.Column('lease', sa.String(length=40), nullable=False),
    sa.Column('snapshot', sa.String(length=80), nullable=False),
    sa.Column('holder', sa.String(length=200), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['snapshot'], ['snapshot.snapshot'], name=op.f('fk_lease_snapshot')),
    sa.PrimaryKeyConstraint('lease', name=op.f('pk_lease'))
    )
    with op.batch_alter_table('lease', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_lease_snapshot'), ['snapshot'], unique=False)

    op.create_table('load',
    sa.Column('load', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('source', sa.String(length=80), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False, comment='organisations or positions'),
    sa.Column('mode', sa.String(length=10), nullable=False, comment="full replaces the source's earlier loads of the kind, update adds to them"),
    sa.Column('files', sa.JSON(), nullable=False, comment='[{name, sha256}]'),
    sa.Column('data', sa.String(length=200), nullable=False, comment='Parquet of the accepted rows, relative to the home'),
    sa.Column('data_sha256', sa.String(length=64), nullable=False),
    sa.Column('quarantine_file', sa.String(length=200), nullable=True),
    sa.Column('read', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('accepted', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quarantined', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('suppressed', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reasons', sa.JSON(), nullable=False),
    sa.Column('obtained_on', sa.Date(), nullable=False),
    sa.Column('loaded_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['source'], ['source.source'], name=op.f('fk_load_source')),
    sa.PrimaryKeyConstraint('load', name=op.f('pk_load'))
    )
    with op.batch_alter_table('load', schema=None) as batch_op:
        batch_op.create_index('ix_load_source_kind', ['source', 'kind'], unique=False)

    op.create_table('mail_attempt',
    sa.Column('mail', sa.String(length=40), nullable=False),
    sa.Column('attempt', sa.Integer(), autoincrement=False, nullable=False, comment='from 1'),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.Column('outcome', sa.String(length=20), nullable=False, comment='sent, deferred, refused, exported'),
    sa.Column('detail', sa.String(length=80), nullable=True, comment="SMTP code or kind of error; never the server's words, which name addresses"),
    sa.ForeignKeyConstraint(['mail'], ['mail.mail'], name=op.f('fk_mail_attempt_mail')),
    sa.PrimaryKeyConstraint('mail', 'attempt', name=op.f('pk_mail_attempt'))
    )
    op.create_table('message',
    sa.Column('message', sa.String(length=40), nullable=False),
    sa.Column('customer', sa.String(length=40), nullable=False, comment='the recipient'),
    sa.Column('code', sa.String(length=10), nullable=False, comment='remove, update or dispose: neutral, never the reason (R023)'),
    sa.Column('state', sa.String(length=20), nullable=False, comment='open, sent, acknowledged, failed, withdrawn'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('send_by', sa.DateTime(timezone=True), nullable=False, comment='24:00 Helsinki of the next working day (R023)'),
    sa.Column('acknowledge_by', sa.DateTime(timezone=True), nullable=False, comment='from then on the recipient gets no new data (R023)'),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reminded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True, comment='acknowledged, or given up as failed'),
    sa.Column('settled_by', sa.String(length=200), nullable=True, comment='who at the recipient said it is done'),
    sa.Column('recorded_by', sa.String(length=200), nullable=True, comment='who wrote that down'),
    sa.Column('effort', sa.Text(), nullable=True, comment='what was tried before the message was given up (T15)'),
    sa.ForeignKeyConstraint(['customer'], ['customer.customer'], name=op.f('fk_message_customer')),
    sa.PrimaryKeyConstraint('message', name=op.f('pk_message'))
    )
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.create_index('ix_message_customer_state', ['customer', 'state'], unique=False)

    op.create_table('notice_batch',
    sa.Column('batch', sa.String(length=40), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False, comment='1, 2, 3 …: a later batch speaks later'),
    sa.Column('channel', sa.String(length=10), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('persons', sa.Integer(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('made_by', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['version'], ['notice_version.version'], name=op.f('fk_notice_batch_version')),
    sa.PrimaryKeyConstraint('batch', name=op.f('pk_notice_batch')),
    sa.UniqueConstraint('number', name=op.f('uq_notice_batch_number'))
    )
    op.create_table('notice_exempted',
    sa.Column('exemption', sa.String(length=40), nullable=False),
    sa.Column('person', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['exemption'], ['notice_exemption.exemption'], name=op.f('fk_notice_exempted_exemption')),
    sa.PrimaryKeyConstraint('exemption', 'person', name=op.f('pk_notice_exempted'))
    )
    op.create_table('other_disclosure_person',
    sa.Column('disclosure', sa.String(length=40), nullable=False),
    sa.Column('person', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False, comment='register id'),
    sa.ForeignKeyConstraint(['disclosure'], ['other_disclosure.disclosure'], name=op.f('fk_other_disclosure_person_disclosure')),
    sa.PrimaryKeyConstraint('disclosure', 'person', name=op.f('pk_other_disclosure_person'))
    )
    with op.batch_alter_table('other_disclosure_person', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_other_disclosure_person_person'), ['person'], unique=False)

    op.create_table('processor_evidence',
    sa.Column('evidence', sa.String(length=40), nullable=False),
    sa.Column('processor', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=100), nullable=False, comment='of security: certificate, audit, assessment'),
    sa.Column('reference', sa.String(length=300), nullable=False, comment='where it lies'),
    sa.Column('valid_until', sa.Date(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['processor'], ['processor.processor'], name=op.f('fk_processor_evidence_processor')),
    sa.PrimaryKeyConstraint('evidence', name=op.f('pk_processor_evidence'))
    )
    with op.batch_alter_table('processor_evidence', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_processor_evidence_processor'), ['processor'], unique=False)

    op.create_table('reseller_token',
    sa.Column('token', sa.String(length=40), nullable=False),
    sa.Column('customer', sa.String(length=40), nullable=False, comment='the reseller'),
    sa.Column('secret_mac', sa.String(length=64), nullable=False, comment='HMAC of the secret, which is shown once'),
    sa.Column('key_id', sa.String(length=80), nullable=False, comment='which key file'),
    sa.Column('label', sa.String(length=100), nullable=False, comment='what it is for'),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('made_by', sa.String(length=200), nullable=False),
    sa.Column('expires_on', sa.Date(), nullable=False, comment='the last day'),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True, comment='last time'),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_by', sa.String(length=200), nullable=True),
    sa.ForeignKeyConstraint(['customer'], ['customer.customer'], name=op.f('fk_reseller_token_customer')),
    sa.PrimaryKeyConstraint('token', name=op.f('pk_reseller_token')),
    sa.UniqueConstraint('secret_mac', name=op.f('uq_reseller_token_secret_mac'))
    )
    with op.batch_alter_table('reseller_token', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reseller_token_customer'), ['customer'], unique=False)

    op.create_table('restriction_notice',
    sa.Column('ban', sa.String(length=40), nullable=False, comment='a block of kind restriction (R062)'),
    sa.Column('via', sa.String(length=20), nullable=False),
    sa.Column('told_on', sa.Date(), nullable=False, comment='when the person was told that it will be lifted (Art. 18(3))'),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['ban'], ['ban.ban'], name=op.f('fk_restriction_notice_ban')),
    sa.PrimaryKeyConstraint('ban', name=op.f('pk_restriction_notice'))
    )
    op.create_table('retention_disposal',
    sa.Column('run', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('id', sa.String(length=300), nullable=False, comment="of the row or file that is gone; never a person's data"),
    sa.Column('since', sa.Date(), nullable=True, comment='when its period began'),
    sa.ForeignKeyConstraint(['run'], ['retention_run.run'], name=op.f('fk_retention_disposal_run')),
    sa.PrimaryKeyConstraint('run', 'kind', 'name', 'id', name=op.f('pk_retention_disposal'))
    )
    with op.batch_alter_table('retention_disposal', schema=None) as batch_op:
        batch_op.create_index('ix_retention_disposal_id', ['kind', 'name', 'id'], unique=False)

    op.create_table('retention_hold_row',
    sa.Column('hold', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False, comment='table, files, register'),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('id', sa.String(length=300), nullable=False, comment='as the plan names it'),
    sa.ForeignKeyConstraint(['hold'], ['retention_hold.hold'], name=op.f('fk_retention_hold_row_hold')),
    sa.PrimaryKeyConstraint('hold', 'kind', 'name', 'id', name=op.f('pk_retention_hold_row'))
    )
    with op.batch_alter_table('retention_hold_row', schema=None) as batch_op:
        batch_op.create_index('ix_retention_hold_row_id', ['kind', 'name', 'id'], unique=False)

    op.create_table('snapshot_pointer',
    sa.Column('id', sa.Integer(), nullable=False, comment='always 1'),
    sa.Column('snapshot', sa.String(length=80), nullable=True),
    sa.ForeignKeyConstraint(['snapshot'], ['snapshot.snapshot'], name=op.f('fk_snapshot_pointer_snapshot')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_snapshot_pointer'))
    )
    op.create_table('subject_case_event',
    sa.Column('case', sa.String(length=40), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False, comment='1, 2, 3 … in the case'),
    sa.Column('event', sa.String(length=40), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=200), nullable=False),
    sa.Column('ids', sa.JSON(), nullable=False, comment='codes, counts, digests; never contact data'),
    sa.Column('reason', sa.Text(), nullable=True, comment='grounds in words, as told to the person or as evidence is referred to'),
    sa.ForeignKeyConstraint(['case'], ['subject_case.case'], name=op.f('fk_subject_case_event_case')),
    sa.PrimaryKeyConstraint('case', 'number', name=op.f('pk_subject_case_event'))
    )
    op.create_table('subject_case_person',
    sa.Column('case', sa.String(length=40), nullable=False),
    sa.Column('person', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False, comment='register id'),
    sa.ForeignKeyConstraint(['case'], ['subject_case.case'], name=op.f('fk_subject_case_person_case')),
    sa.PrimaryKeyConstraint('case', 'person', name=op.f('pk_subject_case_person'))
    )
    with op.batch_alter_table('subject_case_person', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_subject_case_person_person'), ['person'], unique=False)

    op.create_table('suppression_list',
    sa.Column('version', sa.String(length=40), nullable=False),
    sa.Column('list', sa.String(length=80), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False, comment='email, phone, organisation'),
    sa.Column('dated_on', sa.Date(), nullable=False, comment='the day its keeper made it (R025)'),
    sa.Column('valid_days', sa.Integer(), nullable=False, comment='how long after that day it may be relied upon'),
    sa.Column('rows', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('data', sa.String(length=200), nullable=False, comment='Parquet of keyed hashes, relative to the home'),
    sa.Column('data_sha256', sa.String(length=64), nullable=False),
    sa.Column('key_id', sa.String(length=80), nullable=False),
    sa.Column('ban', sa.String(length=40), nullable=False, comment='whom it hits, as a ban'),
    sa.Column('loaded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('loaded_by', sa.String(length=200), nullable=False),
    sa.Column('confirmed_by', sa.String(length=200), nullable=True, comment='who vouched for a list that shrank or was empty (T22)'),
    sa.Column('replaced_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['ban'], ['ban.ban'], name=op.f('fk_suppression_list_ban')),
    sa.PrimaryKeyConstraint('version', name=op.f('pk_suppression_list')),
    sa.UniqueConstraint('ban', name=op.f('uq_suppression_list_ban'))
    )
    with op.batch_alter_table('suppression_list', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_suppression_list_list'), ['list'], unique=False)

    op.create_table('webhook',
    sa.Column('customer', sa.String(length=40), nullable=False),
    sa.Column('url', sa.String(length=2000), nullable=False),
    sa.Column('generation', sa.Integer(), nullable=False, comment='of the secret, from 1'),
    sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('overlap_until', sa.DateTime(timezone=True), nullable=True, comment='the secret before this one signs too until then'),
    sa.Column('disabled_at', sa.DateTime(timezone=True), nullable=True, comment='the recipient answered 410 Gone'),
    sa.ForeignKeyConstraint(['customer'], ['customer.customer'], name=op.f('fk_webhook_customer')),
    sa.PrimaryKeyConstraint('customer', name=op.f('pk_webhook'))
    )
    op.create_table('campaign',
    sa.Column('campaign', sa.String(length=40), nullable=False),
    sa.Column('agreement', sa.String(length=40), nullable=False),
    sa.Column('customer', sa.String(length=40), nullable=False, comment='the recipient: end customer of a reseller'),
    sa.Column('name', sa.String(length=300), nullable=False),
    sa.Column('subject', sa.JSON(), nullable=False, comment='responsibility codes the offer is about (R028)'),
    sa.Column('purpose', sa.String(length=20), nullable=False),
    sa.Column('channels', sa.JSON(), nullable=False),
    sa.Column('marks_off', sa.JSON(), nullable=False, comment='layers and channels of marks it is without'),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False, comment='24:00 Europe/Helsinki of ends_on (R036)'),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['agreement'], ['agreement.agreement'], name=op.f('fk_campaign_agreement')),
    sa.ForeignKeyConstraint(['customer'], ['customer.customer'], name=op.f('fk_campaign_customer')),
    sa.PrimaryKeyConstraint('campaign', name=op.f('pk_campaign'))
    )
    with op.batch_alter_table('campaign', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_campaign_agreement'), ['agreement'], unique=False)
        batch_op.create_index(batch_op.f('ix_campaign_customer'), ['customer'], unique=False)

    op.create_table('care_decision',
    sa.Column('agreement', sa.String(length=40), nullable=False),
    sa.Column('row_key', sa.LargeBinary(length=16), nullable=False, comment="keyed hash of the row's id; the key goes with it"),
    sa.Column('organisation', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True, comment='register id; null: in the register as nobody'),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True, comment="register id of the person's position; null: nobody chosen"),
    sa.Column('of_person', sa.Boolean(), nullable=False, comment='the person was decided too: null is then nobody of these'),
    sa.Column('job', sa.String(length=40), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['agreement'], ['agreement.agreement'], name=op.f('fk_care_decision_agreement')),
    sa.PrimaryKeyConstraint('agreement', 'row_key', name=op.f('pk_care_decision'))
    )
    op.create_table('care_forward',
    sa.Column('forward', sa.String(length=40), nullable=False),
    sa.Column('agreement', sa.String(length=40), nullable=False),
    sa.Column('right', sa.String(length=20), nullable=False, comment='what the person asks for (subjects.cases.RIGHTS)'),
    sa.Column('via', sa.String(length=20), nullable=False, comment='the channel it came to us through'),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False, comment='last day for passing it on: two working days (R050)'),
    sa.Column('file_sha256', sa.String(length=64), nullable=False, comment="of the person's message, which is not kept"),
    sa.Column('mail', sa.String(length=40), nullable=False, comment='the letter that took it to the customer'),
    sa.Column('case', sa.String(length=40), nullable=True, comment='the case it was opened as, where it concerns us too'),
    sa.Column('forwarded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('forwarded_by', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['agreement'], ['agreement.agreement'], name=op.f('fk_care_forward_agreement')),
    sa.PrimaryKeyConstraint('forward', name=op.f('pk_care_forward'))
    )
    with op.batch_alter_table('care_forward', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_care_forward_agreement'), ['agreement'], unique=False)

    op.create_table('care_instruction',
    sa.Column('agreement', sa.String(length=40), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False, comment='1, 2, 3 …; the last one holds'),
    sa.Column('terms', sa.JSON(), nullable=False, comment='what Art. 28(3) asks for, as schemas.care says it'),
    sa.Column('standard', sa.Boolean(), nullable=False, comment='the shipped instruction, unchanged'),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by', sa.String(length=200), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True, comment='from then on nothing is done under the agreement'),
    sa.Column('withdrawn_by', sa.String(length=200), nullable=True),
    sa.ForeignKeyConstraint(['agreement'], ['agreement.agreement'], name=op.f('fk_care_instruction_agreement')),
    sa.PrimaryKeyConstraint('agreement', 'number', name=op.f('pk_care_instruction'))
    )
    op.create_table('care_job',
    sa.Column('job', sa.String(length=40), nullable=False),
    sa.Column('agreement', sa.String(length=40), nullable=False),
    sa.Column('customer', sa.String(length=40), nullable=False),
    sa.Column('instruction', sa.Integer(), nullable=False, comment='number of the instruction it is done under'),
    sa.Column('state', sa.String(length=20), nullable=False, comment='open, matched, returned, closed'),
    sa.Column('file_sha256', sa.String(length=64), nullable=False),
    sa.Column('format', sa.String(length=20), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('rejected', sa.Integer(), nullable=False),
    sa.Column('columns', sa.Integer(), nullable=False),
    sa.Column('snapshot', sa.String(length=60), nullable=True, comment='of the register it was matched with'),
    sa.Column('counts', sa.JSON(), nullable=True, comment='organisations, persons, changes by state and kind'),
    sa.Column('findings', sa.JSON(), nullable=True, comment='what looks like harvesting (T19); while it stands nothing goes back'),
    sa.Column('released_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('released_by', sa.String(length=200), nullable=True),
    sa.Column('release_approved_by', sa.String(length=200), nullable=True),
    sa.Column('release_reason', sa.Text(), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('opened_by', sa.String(length=200), nullable=False),
    sa.Column('matched_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('returned_at', sa.DateTime(timezone=True), nullable=True, comment='last time that files went back'),
    sa.Column('due_on', sa.Date(), nullable=False, comment='last day on which its files may be here (R050)'),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_by', sa.String(length=200), nullable=True),
    sa.Column('certificate', sa.JSON(), nullable=True, comment='what was deleted and when: names, sizes, digests of sealed files'),
    sa.ForeignKeyConstraint(['agreement'], ['agreement.agreement'], name=op.f('fk_care_job_agreement')),
    sa.ForeignKeyConstraint(['customer'], ['customer.customer'], name=op.f('fk_care_job_customer')),
    sa.PrimaryKeyConstraint('job', name=op.f('pk_care_job'))
    )
    with op.batch_alter_table('care_job', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_care_job_agreement'), ['agreement'], unique=False)
        batch_op.create_index(batch_op.f('ix_care_job_customer'), ['customer'], unique=False)

    op.create_table('controller',
    sa.Column('agreement', sa.String(length=40), nullable=False, comment='of mode continuous'),
    sa.Column('notice_url', sa.String(length=2000), nullable=False, comment="the recipient's own privacy notice (Art. 14)"),
    sa.Column('contact', sa.String(length=320), nullable=False, comment='who there acts on Art. 19 messages'),
    sa.Column('named_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True, comment='when it said that it meets Art. 14 itself; null: nothing is delivered'),
    sa.Column('confirmed_by', sa.String(length=200), nullable=True, comment='who there said so'),
    sa.Column('recorded_by', sa.String(length=200), nullable=True),
    sa.ForeignKeyConstraint(['agreement'], ['agreement.agreement'], name=op.f('fk_controller_agreement')),
    sa.PrimaryKeyConstraint('agreement', name=op.f('pk_controller'))
    )
    op.create_table('load_erasure',
    sa.Column('load', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False, comment='1, 2, 3 … of the load'),
    sa.Column('rows', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='accepted rows taken out of its file'),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['load'], ['load.load'], name=op.f('fk_load_erasure_load')),
    sa.PrimaryKeyConstraint('load', 'number', name=op.f('pk_load_erasure'))
    )
    op.create_table('message_attempt',
    sa.Column('message', sa.String(length=40), nullable=False),
    sa.Column('attempt', sa.Integer(), autoincrement=False, nullable=False, comment='from 1'),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.Column('via', sa.String(length=20), nullable=False, comment='webhook, email, file'),
    sa.Column('reminder', sa.Integer(), nullable=False, comment='0 the message itself, 1 a reminder of it'),
    sa.Column('outcome', sa.String(length=20), nullable=False, comment='delivered, announced, failed'),
    sa.Column('detail', sa.String(length=200), nullable=True, comment='HTTP status, SMTP code, kind of error or digest of the file'),
    sa.ForeignKeyConstraint(['message'], ['message.message'], name=op.f('fk_message_attempt_message')),
    sa.PrimaryKeyConstraint('message', 'attempt', name=op.f('pk_message_attempt'))
    )
    op.create_table('notice',
    sa.Column('batch', sa.String(length=40), nullable=False),
    sa.Column('person', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False, comment='register id, stable across snapshots'),
    sa.Column('channel', sa.String(length=10), nullable=False, comment='email or post: a website is no notice (R096)'),
    sa.Column('language', sa.String(length=2), nullable=False, comment='fi, sv, en'),
    sa.Column('state', sa.String(length=10), nullable=False, comment='exported, sent, failed'),
    sa.Column('sent_on', sa.Date(), nullable=True, comment='Finnish day'),
    sa.Column('failed_on', sa.Date(), nullable=True, comment='Finnish day'),
    sa.Column('proof', sa.String(length=200), nullable=True, comment='where the proof is kept; never contact data'),
    sa.CheckConstraint("channel IN ('email', 'post')", name='channel'),
    sa.ForeignKeyConstraint(['batch'], ['notice_batch.batch'], name=op.f('fk_notice_batch')),
    sa.PrimaryKeyConstraint('batch', 'person', name=op.f('pk_notice'))
    )
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.create_index('ix_notice_person', ['person'], unique=False)
        batch_op.create_index('ix_notice_state', ['state'], unique=False)

    op.create_table('relay',
    sa.Column('relay', sa.String(length=40), nullable=False),
    sa.Column('reseller', sa.String(length=40), nullable=False),
    sa.Column('token', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False, comment='ban, request or drill'),
    sa.Column('received_on', sa.Date(), nullable=False, comment='when it reached the reseller'),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False, comment='24:00 Helsinki of the next working day (R053)'),
    sa.Column('relayed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('late', sa.Boolean(), nullable=False),
    sa.Column('outcome', sa.String(length=40), nullable=True, comment='id of the ban or case it became'),
    sa.ForeignKeyConstraint(['reseller'], ['customer.customer'], name=op.f('fk_relay_reseller')),
    sa.ForeignKeyConstraint(['token'], ['reseller_token.token'], name=op.f('fk_relay_token')),
    sa.PrimaryKeyConstraint('relay', name=op.f('pk_relay'))
    )
    with op.batch_alter_table('relay', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_relay_reseller'), ['reseller'], unique=False)

    op.create_table('campaign_order',
    sa.Column('order', sa.String(length=40), nullable=False),
    sa.Column('campaign', sa.String(length=40), nullable=False),
    sa.Column('criteria', sa.JSON(), nullable=False),
    sa.Column('fields', sa.JSON(), nullable=False),
    sa.Column('formats', sa.JSON(), nullable=False),
    sa.Column('with_sources', sa.Boolean(), nullable=False, comment='where the cells are from, beside the rows'),
    sa.Column('state', sa.String(length=20), nullable=False, comment='as last recorded; time may have moved it on since'),
    sa.Column('statement', sa.JSON(none_as_null=True), nullable=True, comment='frozen when it was quoted or submitted'),
    sa.Column('shown', sa.JSON(none_as_null=True), nullable=True, comment='the statement as customers and resellers see it (R026)'),
    sa.Column('findings', sa.JSON(), nullable=False, comment='of the narrowest selection, at submitting (R029)'),
    sa.Column('narrowness', sa.JSON(none_as_null=True), nullable=True, comment="the meter's reading, at submitting (R029)"),
    sa.Column('snapshot', sa.String(length=80), nullable=True, comment='what the statement was counted on'),
    sa.Column('price', sa.JSON(none_as_null=True), nullable=True, comment='frozen with the statement; null: no list was in force'),
    sa.Column('quoted_until', sa.Date(), nullable=True, comment="the quote's last day"),
    sa.Column('placed_by', sa.String(length=200), nullable=False),
    sa.Column('placed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True, comment='why it may exceed the caps (R029)'),
    sa.ForeignKeyConstraint(['campaign'], ['campaign.campaign'], name=op.f('fk_campaign_order_campaign')),
    sa.ForeignKeyConstraint(['snapshot'], ['snapshot.snapshot'], name=op.f('fk_campaign_order_snapshot')),
    sa.PrimaryKeyConstraint('order', name=op.f('pk_campaign_order'))
    )
    with op.batch_alter_table('campaign_order', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_campaign_order_campaign'), ['campaign'], unique=False)
        batch_op.create_index(batch_op.f('ix_campaign_order_state'), ['state'], unique=False)

    op.create_table('campaign_sender',
    sa.Column('campaign', sa.String(length=40), nullable=False),
    sa.Column('sender', sa.String(length=320), nullable=False, comment='domain or E.164 number that it is sent from'),
    sa.Column('declared_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['campaign'], ['campaign.campaign'], name=op.f('fk_campaign_sender_campaign')),
    sa.PrimaryKeyConstraint('campaign', 'sender', name=op.f('pk_campaign_sender'))
    )
    op.create_table('care_return',
    sa.Column('return', sa.String(length=40), nullable=False),
    sa.Column('job', sa.String(length=40), nullable=False),
    sa.Column('returned_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('returned_by', sa.String(length=200), nullable=False),
    sa.Column('fence', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('own', sa.Boolean(), nullable=False, comment='the upload as it came, at its end (Art. 28(3)(g)); else corrected'),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('changed', sa.Integer(), nullable=False, comment="rows that say something else than 'no update'"),
    sa.Column('persons', sa.Integer(), nullable=False, comment='registered persons of whom a value went out'),
    sa.Column('fields', sa.JSON(), nullable=False, comment='which fields got new values, how many of each'),
    sa.Column('files', sa.JSON(), nullable=False, comment='name and SHA-256'),
    sa.ForeignKeyConstraint(['job'], ['care_job.job'], name=op.f('fk_care_return_job')),
    sa.PrimaryKeyConstraint('return', name=op.f('pk_care_return'))
    )
    with op.batch_alter_table('care_return', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_care_return_job'), ['job'], unique=False)

    op.create_table('count_question',
    sa.Column('question', sa.String(length=40), nullable=False),
    sa.Column('campaign', sa.String(length=40), nullable=False),
    sa.Column('by', sa.String(length=200), nullable=False, comment='who asked'),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('snapshot', sa.String(length=80), nullable=False),
    sa.Column('shape', sa.String(length=64), nullable=False, comment='digest of what is counted how, apart from which rows'),
    sa.Column('asked', sa.Integer(), nullable=False, comment='rows it is about, whoever of them may be delivered'),
    sa.Column('tally', sa.LargeBinary(), nullable=False, comment='how many of them fall into each of the random buckets'),
    sa.Column('answer', sa.JSON(), nullable=False, comment='as it was given'),
    sa.Column('fresh', sa.Boolean(), nullable=False, comment='counted, not repeated from an earlier question'),
    sa.ForeignKeyConstraint(['campaign'], ['campaign.campaign'], name=op.f('fk_count_question_campaign')),
    sa.ForeignKeyConstraint(['snapshot'], ['snapshot.snapshot'], name=op.f('fk_count_question_snapshot')),
    sa.PrimaryKeyConstraint('question', name=op.f('pk_count_question'))
    )
    with op.batch_alter_table('count_question', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_count_question_at'), ['at'], unique=False)
        batch_op.create_index(batch_op.f('ix_count_question_campaign'), ['campaign'], unique=False)

    op.create_table('licence_acceptance',
    sa.Column('acceptance', sa.String(length=40), nullable=False),
    sa.Column('agreement', sa.String(length=40), nullable=False),
    sa.Column('campaign', sa.String(length=40), nullable=True, comment='null: every campaign of the agreement'),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('accepted_by', sa.String(length=200), nullable=True, comment='who accepted for the customer; null: the written agreement itself'),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('how', sa.String(length=20), nullable=False, comment='agreement, signature, email, phone, portal'),
    sa.Column('reference', sa.String(length=200), nullable=True, comment='where the evidence lies; never contact data'),
    sa.Column('recorded_by', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['agreement'], ['agreement.agreement'], name=op.f('fk_licence_acceptance_agreement')),
    sa.ForeignKeyConstraint(['campaign'], ['campaign.campaign'], name=op.f('fk_licence_acceptance_campaign')),
    sa.ForeignKeyConstraint(['version'], ['licence_terms.version'], name=op.f('fk_licence_acceptance_version')),
    sa.PrimaryKeyConstraint('acceptance', name=op.f('pk_licence_acceptance'))
    )
    with op.batch_alter_table('licence_acceptance', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_licence_acceptance_agreement'), ['agreement'], unique=False)
        batch_op.create_index('ix_licence_acceptance_campaign', ['campaign'], unique=False)

    op.create_table('relay_drill',
    sa.Column('drill', sa.String(length=40), nullable=False),
    sa.Column('reseller', sa.String(length=40), nullable=False),
    sa.Column('code_sha256', sa.String(length=64), nullable=False, comment='of the code in the made-up request'),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('made_by', sa.String(length=200), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('relay', sa.String(length=40), nullable=True, comment='null: it has not come back'),
    sa.ForeignKeyConstraint(['relay'], ['relay.relay'], name=op.f('fk_relay_drill_relay')),
    sa.ForeignKeyConstraint(['reseller'], ['customer.customer'], name=op.f('fk_relay_drill_reseller')),
    sa.PrimaryKeyConstraint('drill', name=op.f('pk_relay_drill')),
    sa.UniqueConstraint('code_sha256', name=op.f('uq_relay_drill_code_sha256'))
    )
    with op.batch_alter_table('relay_drill', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_relay_drill_reseller'), ['reseller'], unique=False)

    op.create_table('selection',
    sa.Column('selection', sa.String(length=40), nullable=False),
    sa.Column('customer', sa.String(length=40), nullable=False),
    sa.Column('campaign', sa.String(length=40), nullable=True, comment='it was saved for; null: for the customer'),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False, comment='1, 2, 3 … of the name; none is ever changed'),
    sa.Column('criteria', sa.JSON(), nullable=False, comment='checked anew whenever it is used (T14)'),
    sa.Column('note', sa.Text(), nullable=True, comment='what it is for, in words'),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('saved_by', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['campaign'], ['campaign.campaign'], name=op.f('fk_selection_campaign')),
    sa.ForeignKeyConstraint(['customer'], ['customer.customer'], name=op.f('fk_selection_customer')),
    sa.PrimaryKeyConstraint('selection', name=op.f('pk_selection')),
    sa.UniqueConstraint('customer', 'name', 'version', name=op.f('uq_selection_customer'))
    )
    with op.batch_alter_table('selection', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_selection_campaign'), ['campaign'], unique=False)

    op.create_table('view_grant',
    sa.Column('grant', sa.String(length=40), nullable=False),
    sa.Column('campaign', sa.String(length=40), nullable=False),
    sa.Column('user', sa.String(length=200), nullable=False, comment='whose budget of pages it raises'),
    sa.Column('persons', sa.Integer(), nullable=False, comment='by so many different persons'),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('granted_by', sa.String(length=200), nullable=False),
    sa.Column('granted_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['campaign'], ['campaign.campaign'], name=op.f('fk_view_grant_campaign')),
    sa.PrimaryKeyConstraint('grant', name=op.f('pk_view_grant'))
    )
    with op.batch_alter_table('view_grant', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_view_grant_campaign'), ['campaign'], unique=False)
        batch_op.create_index(batch_op.f('ix_view_grant_user'), ['user'], unique=False)

    op.create_table('care_return_person',
    sa.Column('return', sa.String(length=40), nullable=False),
    sa.Column('person', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False, comment='register id'),
    sa.ForeignKeyConstraint(['return'], ['care_return.return'], name=op.f('fk_care_return_person_return')),
    sa.PrimaryKeyConstraint('return', 'person', name=op.f('pk_care_return_person'))
    )
    with op.batch_alter_table('care_return_person', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_care_return_person_person'), ['person'], unique=False)

    op.create_table('extract',
    sa.Column('extract', sa.String(length=40), nullable=False),
    sa.Column('order', sa.String(length=40), nullable=False),
    sa.Column('part', sa.Integer(), nullable=False, comment='0; of continuous use the number of the delta'),
    sa.Column('campaign', sa.String(length=40), nullable=False),
    sa.Column('customer', sa.String(length=40), nullable=False),
    sa.Column('snapshot', sa.String(length=80), nullable=False),
    sa.Column('fence', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='the bans it was checked against'),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('persons', sa.Integer(), nullable=False),
    sa.Column('seeds', sa.Integer(), nullable=False),
    sa.Column('pool', sa.Integer(), nullable=False, comment='units that were eligible (fingerprint.md 2.3)'),
    sa.Column('terms', sa.Integer(), nullable=False, comment='of the licence it carries (R033)'),
    sa.Column('manifest', sa.String(length=200), nullable=False, comment='relative to the home'),
    sa.Column('manifest_sha256', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False, comment='released, void, revoked'),
    sa.Column('released_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('released_by', sa.String(length=200), nullable=False),
    sa.Column('unlinked_at', sa.DateTime(timezone=True), nullable=True, comment='its manifest names nobody from then on (R072)'),
    sa.Column('links_kept', sa.Integer(), nullable=True, comment='rows it kept all the same: of restricted and of held persons'),
    sa.ForeignKeyConstraint(['campaign'], ['campaign.campaign'], name=op.f('fk_extract_campaign')),
    sa.ForeignKeyConstraint(['customer'], ['customer.customer'], name=op.f('fk_extract_customer')),
    sa.ForeignKeyConstraint(['order'], ['campaign_order.order'], name=op.f('fk_extract_order')),
    sa.ForeignKeyConstraint(['snapshot'], ['snapshot.snapshot'], name=op.f('fk_extract_snapshot')),
    sa.ForeignKeyConstraint(['terms'], ['licence_terms.version'], name=op.f('fk_extract_terms')),
    sa.PrimaryKeyConstraint('extract', name=op.f('pk_extract')),
    sa.UniqueConstraint('order', 'part', name=op.f('uq_extract_order'))
    )
    with op.batch_alter_table('extract', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_extract_campaign'), ['campaign'], unique=False)
        batch_op.create_index(batch_op.f('ix_extract_customer'), ['customer'], unique=False)

    op.create_table('idempotency_key',
    sa.Column('customer', sa.String(length=40), nullable=False),
    sa.Column('key_sha256', sa.String(length=64), nullable=False),
    sa.Column('body_sha256', sa.String(length=64), nullable=False, comment='what was asked under the key'),
    sa.Column('claim', sa.String(length=40), nullable=False, comment='the request that works on it, or did'),
    sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('order', sa.String(length=40), nullable=True, comment='null: in flight'),
    sa.ForeignKeyConstraint(['customer'], ['customer.customer'], name=op.f('fk_idempotency_key_customer')),
    sa.ForeignKeyConstraint(['order'], ['campaign_order.order'], name=op.f('fk_idempotency_key_order')),
    sa.PrimaryKeyConstraint('customer', 'key_sha256', name=op.f('pk_idempotency_key'))
    )
    op.create_table('order_event',
    sa.Column('order', sa.String(length=40), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False, comment='1, 2, 3 … of the order'),
    sa.Column('event', sa.String(length=20), nullable=False),
    sa.Column('source', sa.String(length=20), nullable=True, comment='the state before; null: there was no order'),
    sa.Column('target', sa.String(length=20), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False, comment='of what time brings, the instant at which it did'),
    sa.Column('actor', sa.String(length=200), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('recorded_by', sa.String(length=200), nullable=False),
    sa.Column('ids', sa.JSON(), nullable=False, comment='codes, counts and ids; never contact data'),
    sa.Column('reason', sa.Text(), nullable=True, comment='in words, as it was given'),
    sa.ForeignKeyConstraint(['order'], ['campaign_order.order'], name=op.f('fk_order_event_order')),
    sa.PrimaryKeyConstraint('order', 'number', name=op.f('pk_order_event'))
    )
    op.create_table('order_plan',
    sa.Column('order', sa.String(length=40), nullable=False),
    sa.Column('tokens', sa.LargeBinary(), nullable=False, comment='person tokens of 16 bytes, as in the manifests, each once'),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False, comment='end of its campaign: nothing is cut for it then'),
    sa.ForeignKeyConstraint(['order'], ['campaign_order.order'], name=op.f('fk_order_plan_order')),
    sa.PrimaryKeyConstraint('order', name=op.f('pk_order_plan'))
    )
    op.create_table('own_list',
    sa.Column('order', sa.String(length=40), nullable=False),
    sa.Column('key', sa.String(length=30), nullable=False, comment='organisations_file, persons_file, hashes_file'),
    sa.Column('sha256', sa.String(length=64), nullable=False, comment='of the file, which is never kept (R031)'),
    sa.Column('lines', sa.Integer(), nullable=False),
    sa.Column('recognised', sa.JSON(), nullable=False, comment='kind → how many different values'),
    sa.Column('left_out', sa.Integer(), nullable=True, comment="selected rows that the order's lists took away, once counted"),
    sa.Column('digests', sa.LargeBinary(), nullable=True, comment='sealed; null once the order is cut or comes to nothing'),
    sa.Column('kept_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('gone_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['order'], ['campaign_order.order'], name=op.f('fk_own_list_order')),
    sa.PrimaryKeyConstraint('order', 'key', name=op.f('pk_own_list'))
    )
    op.create_table('subscription',
    sa.Column('subscription', sa.String(length=40), nullable=False, comment='purpose, subject, channels, window'),
    sa.Column('order', sa.String(length=40), nullable=False, comment='criteria and fields'),
    sa.Column('withheld', sa.Float(), nullable=False, comment='share never delivered, fixed at opening (fingerprint.md 2.3)'),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('owed_by', sa.DateTime(timezone=True), nullable=True, comment='a removal is waiting; it is delivered by then (R023)'),
    sa.Column('owed_fence', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True, comment='a delta that saw the bans up to here settles it'),
    sa.ForeignKeyConstraint(['order'], ['campaign_order.order'], name=op.f('fk_subscription_order')),
    sa.ForeignKeyConstraint(['subscription'], ['campaign.campaign'], name=op.f('fk_subscription_subscription')),
    sa.PrimaryKeyConstraint('subscription', name=op.f('pk_subscription')),
    sa.UniqueConstraint('order', name=op.f('uq_subscription_order'))
    )
    op.create_table('activation_report',
    sa.Column('report', sa.String(length=40), nullable=False),
    sa.Column('extract', sa.String(length=40), nullable=False),
    sa.Column('customer', sa.String(length=40), nullable=False),
    sa.Column('file_sha256', sa.String(length=64), nullable=False, comment='of the file as it came; the file itself is not kept'),
    sa.Column('read', sa.Integer(), nullable=False),
    sa.Column('accepted', sa.Integer(), nullable=False, comment='read = accepted + refused'),
    sa.Column('refused', sa.Integer(), nullable=False),
    sa.Column('duplicates', sa.Integer(), nullable=False, comment='of the accepted, those that were reported before'),
    sa.Column('reasons', sa.JSON(), nullable=False, comment='reason → refused rows'),
    sa.Column('activated', sa.Integer(), nullable=False, comment='persons of the extract reported so far, this report included'),
    sa.Column('persons', sa.Integer(), nullable=False, comment='persons delivered in the extract'),
    sa.Column('verdict', sa.String(length=20), nullable=False, comment='usual, flagged, bulk (R034)'),
    sa.Column('review', sa.String(length=20), nullable=True, comment='open, released or rejected; null: none was needed'),
    sa.Column('campaign_ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by', sa.String(length=200), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.String(length=200), nullable=True),
    sa.Column('approved_by', sa.String(length=200), nullable=True, comment='the second person'),
    sa.Column('grounds', sa.Text(), nullable=True, comment='of the decision, in words'),
    sa.ForeignKeyConstraint(['customer'], ['customer.customer'], name=op.f('fk_activation_report_customer')),
    sa.ForeignKeyConstraint(['extract'], ['extract.extract'], name=op.f('fk_activation_report_extract')),
    sa.PrimaryKeyConstraint('report', name=op.f('pk_activation_report'))
    )
    with op.batch_alter_table('activation_report', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_activation_report_customer'), ['customer'], unique=False)
        batch_op.create_index(batch_op.f('ix_activation_report_extract'), ['extract'], unique=False)
        batch_op.create_index(batch_op.f('ix_activation_report_review'), ['review'], unique=False)

    op.create_table('credit',
    sa.Column('credit', sa.String(length=40), nullable=False),
    sa.Column('extract', sa.String(length=40), nullable=False),
    sa.Column('customer', sa.String(length=40), nullable=False, comment='who is credited: who pays the order'),
    sa.Column('rows', sa.Integer(), nullable=False, comment='rows credited by this report'),
    sa.Column('amount', sa.String(length=20), nullable=False, comment='decimal text; 0.00 where the order had no price'),
    sa.Column('currency', sa.String(length=3), nullable=True),
    sa.Column('reported_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reported_by', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['customer'], ['customer.customer'], name=op.f('fk_credit_customer')),
    sa.ForeignKeyConstraint(['extract'], ['extract.extract'], name=op.f('fk_credit_extract')),
    sa.PrimaryKeyConstraint('credit', name=op.f('pk_credit'))
    )
    with op.batch_alter_table('credit', schema=None) as batch_op:
        batch_op.create_index('ix_credit_customer', ['customer', 'reported_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_credit_extract'), ['extract'], unique=False)

    op.create_table('delivery',
    sa.Column('delivery', sa.String(length=40), nullable=False),
    sa.Column('extract', sa.String(length=40), nullable=False),
    sa.Column('files', sa.JSON(), nullable=False),
    sa.Column('encrypted', sa.Boolean(), nullable=False),
    sa.Column('fence', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('delivered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('delivered_by', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['extract'], ['extract.extract'], name=op.f('fk_delivery_extract')),
    sa.PrimaryKeyConstraint('delivery', name=op.f('pk_delivery'))
    )
    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_delivery_extract'), ['extract'], unique=False)

    op.create_table('disposal_statement',
    sa.Column('extract', sa.String(length=40), nullable=False),
    sa.Column('stated_by', sa.String(length=200), nullable=False, comment='who at the recipient says that the rows are gone'),
    sa.Column('stated_on', sa.Date(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['extract'], ['extract.extract'], name=op.f('fk_disposal_statement_extract')),
    sa.PrimaryKeyConstraint('extract', name=op.f('pk_disposal_statement'))
    )
    op.create_table('extract_end',
    sa.Column('extract', sa.String(length=40), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=False, comment='end of the campaign, or its closing if that came earlier'),
    sa.Column('files', sa.Integer(), nullable=False, comment='stored copies that lay in the home when the end was found'),
    sa.Column('bytes', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True, comment='from then on no stored copy is in the home'),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True, comment='by when disposal must be stated; null: nothing was handed over'),
    sa.Column('message', sa.String(length=40), nullable=True, comment='by which the recipient was asked for its statement'),
    sa.Column('task', sa.String(length=40), nullable=True, comment='for whoever sees to it that the statement comes'),
    sa.ForeignKeyConstraint(['extract'], ['extract.extract'], name=op.f('fk_extract_end_extract')),
    sa.ForeignKeyConstraint(['message'], ['message.message'], name=op.f('fk_extract_end_message')),
    sa.ForeignKeyConstraint(['task'], ['task.task'], name=op.f('fk_extract_end_task')),
    sa.PrimaryKeyConstraint('extract', name=op.f('pk_extract_end'))
    )
    with op.batch_alter_table('extract_end', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_extract_end_due_at'), ['due_at'], unique=False)

    op.create_table('extract_file',
    sa.Column('extract', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('format', sa.String(length=20), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('bytes', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['extract'], ['extract.extract'], name=op.f('fk_extract_file_extract')),
    sa.PrimaryKeyConstraint('extract', 'name', name=op.f('pk_extract_file'))
    )
    op.create_table('leftover_check',
    sa.Column('check', sa.String(length=40), nullable=False),
    sa.Column('extract', sa.String(length=40), nullable=False),
    sa.Column('customer', sa.String(length=40), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False, comment='1, 2, 3 … of the extract; the last one counts'),
    sa.Column('file_sha256', sa.String(length=64), nullable=False, comment='of the hashes as they came; they are not kept'),
    sa.Column('records', sa.Integer(), nullable=False, comment="records of the recipient's that were asked about"),
    sa.Column('matched', sa.Integer(), nullable=False, comment='of them, those that are rows of the extract'),
    sa.Column('rows', sa.JSON(), nullable=False, comment='numbers of the rows that must go; never of whoever is not in it'),
    sa.Column('stay', sa.Integer(), nullable=False, comment='rows that may stay: responders, or licensed elsewhere'),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('checked_by', sa.String(length=200), nullable=False),
    sa.Column('attested_by', sa.String(length=200), nullable=True, comment='who at the recipient answers for what was found'),
    sa.Column('attested_on', sa.Date(), nullable=True),
    sa.Column('attested_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('attested_recorded_by', sa.String(length=200), nullable=True),
    sa.Column('grounds', sa.Text(), nullable=True, comment='what the recipient says of the rows, in words'),
    sa.ForeignKeyConstraint(['customer'], ['customer.customer'], name=op.f('fk_leftover_check_customer')),
    sa.ForeignKeyConstraint(['extract'], ['extract.extract'], name=op.f('fk_leftover_check_extract')),
    sa.PrimaryKeyConstraint('check', name=op.f('pk_leftover_check')),
    sa.UniqueConstraint('extract', 'number', name=op.f('uq_leftover_check_extract'))
    )
    with op.batch_alter_table('leftover_check', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_leftover_check_customer'), ['customer'], unique=False)
        batch_op.create_index(batch_op.f('ix_leftover_check_extract'), ['extract'], unique=False)

    op.create_table('message_row',
    sa.Column('message', sa.String(length=40), nullable=False),
    sa.Column('extract', sa.String(length=40), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False, comment='row of the extract; 0: every row'),
    sa.Column('cause', sa.String(length=100), nullable=False, comment='the ban, case, correction or source; it never goes out'),
    sa.Column('changes', sa.JSON(none_as_null=True), nullable=True, comment='update: field to new value; emptied when acknowledged'),
    sa.ForeignKeyConstraint(['extract'], ['extract.extract'], name=op.f('fk_message_row_extract')),
    sa.ForeignKeyConstraint(['message'], ['message.message'], name=op.f('fk_message_row_message')),
    sa.PrimaryKeyConstraint('message', 'extract', 'number', 'cause', name=op.f('pk_message_row'))
    )
    with op.batch_alter_table('message_row', schema=None) as batch_op:
        batch_op.create_index('ix_message_row_cause', ['cause'], unique=False)
        batch_op.create_index('ix_message_row_place', ['extract', 'number'], unique=False)

    op.create_table('reveal',
    sa.Column('reveal', sa.String(length=40), nullable=False),
    sa.Column('extract', sa.String(length=40), nullable=False),
    sa.Column('trace', sa.String(length=40), nullable=False),
    sa.Column('evidence_sha256', sa.String(length=64), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False, comment='of the dispute, without contact data'),
    sa.Column('requested_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('requested_by', sa.String(length=200), nullable=False),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('approved_by', sa.String(length=200), nullable=True, comment='somebody else'),
    sa.Column('sha256', sa.String(length=64), nullable=True, comment='of the file with the keys'),
    sa.ForeignKeyConstraint(['extract'], ['extract.extract'], name=op.f('fk_reveal_extract')),
    sa.PrimaryKeyConstraint('reveal', name=op.f('pk_reveal'))
    )
    with op.batch_alter_table('reveal', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reveal_extract'), ['extract'], unique=False)

    op.create_table('seed',
    sa.Column('seed', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False, comment='host or fictitious (fingerprint.md)'),
    sa.Column('first_name', sa.String(length=100), nullable=False),
    sa.Column('last_name', sa.String(length=100), nullable=False),
    sa.Column('email', sa.String(length=320), nullable=False),
    sa.Column('mobile', sa.String(length=20), nullable=False),
    sa.Column('organisation_name', sa.String(length=300), nullable=False),
    sa.Column('business_id', sa.String(length=20), nullable=False),
    sa.Column('phone', sa.String(length=20), nullable=True),
    sa.Column('website', sa.String(length=300), nullable=True),
    sa.Column('street', sa.String(length=300), nullable=False),
    sa.Column('ready_on', sa.Date(), nullable=False, comment='silent until then (fingerprint.md 2.4)'),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('snapshot', sa.String(length=60), nullable=True, comment='whose organisations it was made like; none: before there was any, a host'),
    sa.Column('state', sa.String(length=20), nullable=False, comment='ready, allocated, retired'),
    sa.Column('extract', sa.String(length=40), nullable=True),
    sa.Column('number', sa.Integer(), nullable=True, comment='row number in that extract'),
    sa.ForeignKeyConstraint(['extract'], ['extract.extract'], name=op.f('fk_seed_extract')),
    sa.PrimaryKeyConstraint('seed', name=op.f('pk_seed')),
    sa.UniqueConstraint('email', name=op.f('uq_seed_email')),
    sa.UniqueConstraint('extract', 'number', name=op.f('uq_seed_extract')),
    sa.UniqueConstraint('mobile', name=op.f('uq_seed_mobile'))
    )
    with op.batch_alter_table('seed', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_seed_extract'), ['extract'], unique=False)

    op.create_table('subscription_delta',
    sa.Column('subscription', sa.String(length=40), nullable=False),
    sa.Column('delta', sa.Integer(), autoincrement=False, nullable=False, comment='0 is the first delivery'),
    sa.Column('extract', sa.String(length=40), nullable=False),
    sa.Column('previous', sa.Integer(), nullable=True, comment='the delta it is applied upon'),
    sa.Column('whole', sa.Boolean(), nullable=False, comment='every row, whatever went out before'),
    sa.Column('added', sa.Integer(), nullable=False, comment='rows, seeds included, as the recipient counts them'),
    sa.Column('changed', sa.Integer(), nullable=False),
    sa.Column('removed', sa.Integer(), nullable=False),
    sa.Column('held', sa.Integer(), nullable=False, comment='rows the recipient has once it is applied'),
    sa.Column('additions_stopped', sa.Boolean(), nullable=False, comment='removals alone: an earlier one is unacknowledged'),
    sa.Column('state', sa.String(length=200), nullable=False, comment='keyed digests of what the recipient then has'),
    sa.Column('state_sha256', sa.String(length=64), nullable=False),
    sa.Column('removals', sa.String(length=200), nullable=True, comment='keys of the rows it removes'),
    sa.Column('removals_sha256', sa.String(length=64), nullable=True),
    sa.Column('acknowledged_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('acknowledged_by', sa.String(length=200), nullable=True, comment='who at the recipient said so'),
    sa.Column('recorded_by', sa.String(length=200), nullable=True),
    sa.ForeignKeyConstraint(['extract'], ['extract.extract'], name=op.f('fk_subscription_delta_extract')),
    sa.ForeignKeyConstraint(['subscription'], ['subscription.subscription'], name=op.f('fk_subscription_delta_subscription')),
    sa.PrimaryKeyConstraint('subscription', 'delta', name=op.f('pk_subscription_delta')),
    sa.UniqueConstraint('extract', name=op.f('uq_subscription_delta_extract'))
    )
    op.create_table('activation',
    sa.Column('activation', sa.String(length=40), nullable=False),
    sa.Column('report', sa.String(length=40), nullable=False),
    sa.Column('extract', sa.String(length=40), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False, comment='row of the extract'),
    sa.Column('person_token', sa.LargeBinary(length=16), nullable=True, comment='keyed, as in the manifest; emptied with its links (R072)'),
    sa.Column('seed', sa.String(length=40), nullable=True, comment='reported as a responder though it is nobody: a strong signal (R039)'),
    sa.Column('act', sa.String(length=20), nullable=False),
    sa.Column('acted_on', sa.Date(), nullable=False),
    sa.Column('evidence', sa.String(length=20), nullable=False),
    sa.Column('reference', sa.String(length=200), nullable=False, comment='where the customer has it; never contact data'),
    sa.ForeignKeyConstraint(['extract'], ['extract.extract'], name=op.f('fk_activation_extract')),
    sa.ForeignKeyConstraint(['report'], ['activation_report.report'], name=op.f('fk_activation_report')),
    sa.ForeignKeyConstraint(['seed'], ['seed.seed'], name=op.f('fk_activation_seed')),
    sa.PrimaryKeyConstraint('activation', name=op.f('pk_activation')),
    sa.UniqueConstraint('report', 'number', name=op.f('uq_activation_report'))
    )
    with op.batch_alter_table('activation', schema=None) as batch_op:
        batch_op.create_index('ix_activation_place', ['extract', 'number'], unique=False)

    op.create_table('credit_row',
    sa.Column('extract', sa.String(length=40), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False, comment='row of the extract; credited once'),
    sa.Column('credit', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False, comment='bounce, wrong_person, left'),
    sa.Column('handled_at', sa.DateTime(timezone=True), nullable=True, comment='when the correction that follows from it was begun'),
    sa.ForeignKeyConstraint(['credit'], ['credit.credit'], name=op.f('fk_credit_row_credit')),
    sa.ForeignKeyConstraint(['extract'], ['extract.extract'], name=op.f('fk_credit_row_extract')),
    sa.PrimaryKeyConstraint('extract', 'number', name=op.f('pk_credit_row'))
    )
    with op.batch_alter_table('credit_row', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_credit_row_credit'), ['credit'], unique=False)

    op.create_table('seed_hit',
    sa.Column('hit', sa.String(length=40), nullable=False),
    sa.Column('seed', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False, comment="ban_link: its row's link was used; email, phone, post: it was reached"),
    sa.Column('via', sa.String(length=20), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by', sa.String(length=200), nullable=False),
    sa.Column('answered_as', sa.String(length=40), nullable=True, comment="the reference that was given: it looks like a ban's, so that nobody tells a seed by its answer"),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True, comment='when it arrived or was made, as it says'),
    sa.Column('verdict', sa.String(length=20), nullable=True, comment='expected, outside (a case), stray (proves nothing)'),
    sa.Column('reasons', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('digest', sa.String(length=64), nullable=True, comment='HMAC of seed and message: recorded once, not twice'),
    sa.Column('evidence', sa.String(length=200), nullable=True, comment='the copy, relative to the home'),
    sa.Column('evidence_sha256', sa.String(length=64), nullable=True),
    sa.ForeignKeyConstraint(['seed'], ['seed.seed'], name=op.f('fk_seed_hit_seed')),
    sa.PrimaryKeyConstraint('hit', name=op.f('pk_seed_hit')),
    sa.UniqueConstraint('answered_as', name=op.f('uq_seed_hit_answered_as')),
    sa.UniqueConstraint('digest', name=op.f('uq_seed_hit_digest'))
    )
    with op.batch_alter_table('seed_hit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_seed_hit_seed'), ['seed'], unique=False)

    op.create_table('subscription_seed',
    sa.Column('seed', sa.String(length=40), nullable=False),
    sa.Column('subscription', sa.String(length=40), nullable=False),
    sa.Column('cells', sa.JSON(), nullable=False, comment='as delivered, so that it stays the same from delta to delta'),
    sa.Column('since', sa.Integer(), nullable=False, comment='the delta it came with'),
    sa.Column('until', sa.Integer(), nullable=True, comment='the delta it left with'),
    sa.ForeignKeyConstraint(['seed'], ['seed.seed'], name=op.f('fk_subscription_seed_seed')),
    sa.ForeignKeyConstraint(['subscription'], ['subscription.subscription'], name=op.f('fk_subscription_seed_subscription')),
    sa.PrimaryKeyConstraint('seed', name=op.f('pk_subscription_seed'))
    )
    with op.batch_alter_table('subscription_seed', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_subscription_seed_subscription'), ['subscription'], unique=False)


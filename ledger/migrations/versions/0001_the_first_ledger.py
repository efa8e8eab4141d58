"""The first ledger"""

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
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
    op.create_table('audit_head',
    sa.Column('id', sa.Integer(), nullable=False, comment='always 1'),
    sa.Column('seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_head'))
    )
    op.create_table('ban',
    sa.Column('ban', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False, comment='processing or disclosure (a ban, R012), restriction (R062), erasure (R061); each of them blocks'),
    sa.Column('target', sa.String(length=20), nullable=False, comment='person, position, organisation'),
    sa.Column('channel', sa.String(length=10), nullable=True, comment='null: all channels'),
    sa.Column('via', sa.String(length=20), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by', sa.String(length=200), nullable=False),
    sa.Column('fence', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lifted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lifted_by', sa.String(length=200), nullable=True),
    sa.Column('lift_approved_by', sa.String(length=200), nullable=True),
    sa.Column('lift_evidence', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('ban', name=op.f('pk_ban')),
    sa.UniqueConstraint('fence', name=op.f('uq_ban_fence'))
    )
    op.create_table('customer',
    sa.Column('customer', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=300), nullable=False),
    sa.Column('business_id', sa.String(length=20), nullable=False),
    sa.Column('country', sa.String(length=2), nullable=False),
    sa.Column('parent', sa.String(length=40), nullable=True),
    sa.Column('contact', sa.String(length=320), nullable=True, comment='role mailbox for notices about persons delivered (R076)'),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['parent'], ['customer.customer'], name=op.f('fk_customer_parent')),
    sa.PrimaryKeyConstraint('customer', name=op.f('pk_customer')),
    sa.UniqueConstraint('business_id', name=op.f('uq_customer_business_id'))
    )
    op.create_table('fence',
    sa.Column('id', sa.Integer(), nullable=False, comment='always 1'),
    sa.Column('value', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='grows by one in every ban, erasure and restriction'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_fence'))
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
    op.create_table('task',
    sa.Column('task', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('ids', sa.JSON(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('task', name=op.f('pk_task'))
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
    sa.ForeignKeyConstraint(['ban'], ['ban.ban'], name=op.f('fk_ban_hit_ban')),
    sa.PrimaryKeyConstraint('ban', 'target', 'id', name=op.f('pk_ban_hit'))
    )
    op.create_table('ban_key',
    sa.Column('ban', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False, comment='email, phone, name_org, name_municipality, organisation'),
    sa.Column('key', sa.LargeBinary(length=32), nullable=False, comment='HMAC-SHA-256; no clear text anywhere (R019)'),
    sa.Column('key_id', sa.String(length=80), nullable=False),
    sa.ForeignKeyConstraint(['ban'], ['ban.ban'], name=op.f('fk_ban_key_ban')),
    sa.PrimaryKeyConstraint('ban', 'kind', 'key', name=op.f('pk_ban_key'))
    )
    with op.batch_alter_table('ban_key', schema=None) as batch_op:
        batch_op.create_index('ix_ban_key_key', ['kind', 'key'], unique=False)

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

    op.create_table('snapshot_pointer',
    sa.Column('id', sa.Integer(), nullable=False, comment='always 1'),
    sa.Column('snapshot', sa.String(length=80), nullable=True),
    sa.ForeignKeyConstraint(['snapshot'], ['snapshot.snapshot'], name=op.f('fk_snapshot_pointer_snapshot')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_snapshot_pointer'))
    )
    op.create_table('campaign',
    sa.Column('campaign', sa.String(length=40), nullable=False),
    sa.Column('agreement', sa.String(length=40), nullable=False),
    sa.Column('customer', sa.String(length=40), nullable=False, comment='the recipient: end customer of a reseller'),
    sa.Column('name', sa.String(length=300), nullable=False),
    sa.Column('subject', sa.JSON(), nullable=False, comment='responsibility codes the offer is about (R028)'),
    sa.Column('purpose', sa.String(length=20), nullable=False),
    sa.Column('channels', sa.JSON(), nullable=False),
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

    op.create_table('campaign_order',
    sa.Column('order', sa.String(length=40), nullable=False),
    sa.Column('campaign', sa.String(length=40), nullable=False),
    sa.Column('criteria', sa.JSON(), nullable=False),
    sa.Column('fields', sa.JSON(), nullable=False),
    sa.Column('formats', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('statement', sa.JSON(), nullable=False),
    sa.Column('snapshot', sa.String(length=80), nullable=False),
    sa.Column('placed_by', sa.String(length=200), nullable=False),
    sa.Column('placed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.String(length=200), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['campaign'], ['campaign.campaign'], name=op.f('fk_campaign_order_campaign')),
    sa.ForeignKeyConstraint(['snapshot'], ['snapshot.snapshot'], name=op.f('fk_campaign_order_snapshot')),
    sa.PrimaryKeyConstraint('order', name=op.f('pk_campaign_order'))
    )
    with op.batch_alter_table('campaign_order', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_campaign_order_campaign'), ['campaign'], unique=False)

    op.create_table('extract',
    sa.Column('extract', sa.String(length=40), nullable=False),
    sa.Column('order', sa.String(length=40), nullable=False),
    sa.Column('campaign', sa.String(length=40), nullable=False),
    sa.Column('customer', sa.String(length=40), nullable=False),
    sa.Column('snapshot', sa.String(length=80), nullable=False),
    sa.Column('fence', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='the bans it was checked against'),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('persons', sa.Integer(), nullable=False),
    sa.Column('seeds', sa.Integer(), nullable=False),
    sa.Column('pool', sa.Integer(), nullable=False, comment='units that were eligible (fingerprint.md 2.3)'),
    sa.Column('manifest', sa.String(length=200), nullable=False, comment='relative to the home'),
    sa.Column('manifest_sha256', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False, comment='released, void, revoked'),
    sa.Column('released_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('released_by', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['campaign'], ['campaign.campaign'], name=op.f('fk_extract_campaign')),
    sa.ForeignKeyConstraint(['customer'], ['customer.customer'], name=op.f('fk_extract_customer')),
    sa.ForeignKeyConstraint(['order'], ['campaign_order.order'], name=op.f('fk_extract_order')),
    sa.ForeignKeyConstraint(['snapshot'], ['snapshot.snapshot'], name=op.f('fk_extract_snapshot')),
    sa.PrimaryKeyConstraint('extract', name=op.f('pk_extract')),
    sa.UniqueConstraint('order', name=op.f('uq_extract_order'))
    )
    with op.batch_alter_table('extract', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_extract_campaign'), ['campaign'], unique=False)
        batch_op.create_index(batch_op.f('ix_extract_customer'), ['customer'], unique=False)

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


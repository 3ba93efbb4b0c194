"""first tables

Revision ID: 0001
Revises: 
Create Date: 2026-11-20 10:13:08.516550

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('heartbeat',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('detail', sa.String(length=200), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_heartbeat'))
    )
    op.create_table('login_attempt',
    sa.Column('bucket', sa.String(length=100), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('window_started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('blocked_until', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('bucket', name=op.f('pk_login_attempt'))
    )
    op.create_table('setup_token',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_setup_token')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_setup_token_token_hash'))
    )
    op.create_table('site',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('timezone', sa.String(length=64), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('control', sa.String(length=5), nullable=False),
    sa.Column('max_import_w', sa.Integer(), nullable=True),
    sa.Column('max_export_w', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("control IN ('on', 'watch')", name=op.f('ck_site_control_is_known')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_site')),
    sa.UniqueConstraint('name', name=op.f('uq_site_name'))
    )
    op.create_table('user',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('password_hash', sa.String(length=255), nullable=True),
    sa.Column('password_set_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('email = lower(email)', name=op.f('ck_user_email_is_lower_case')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user')),
    sa.UniqueConstraint('email', name=op.f('uq_user_email'))
    )
    op.create_table('vendor_budget',
    sa.Column('vendor', sa.String(length=40), nullable=False),
    sa.Column('account', sa.String(length=32), nullable=False),
    sa.Column('day', sa.String(length=10), nullable=False),
    sa.Column('calls', sa.Integer(), nullable=False),
    sa.Column('commands', sa.Integer(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('not_before', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('vendor', 'account', name=op.f('pk_vendor_budget'))
    )
    op.create_table('connection',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('key', sa.String(length=40), nullable=False),
    sa.Column('brand', sa.String(length=40), nullable=False),
    sa.Column('config', sa.JSON(), nullable=False),
    sa.Column('secrets', sa.Text(), nullable=True),
    sa.Column('account', sa.String(length=32), nullable=False),
    sa.Column('timezone', sa.String(length=64), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('problem', sa.Text(), nullable=True),
    sa.Column('problem_kind', sa.String(length=40), nullable=True),
    sa.Column('problem_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('retry_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('stream_state', sa.String(length=20), nullable=True),
    sa.Column('stream_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('facts_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_connection_site_id_site'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_connection')),
    sa.UniqueConstraint('site_id', 'role', 'key', name=op.f('uq_connection_site_id_role_key'))
    )
    with op.batch_alter_table('connection', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_connection_site_id'), ['site_id'], unique=False)

    op.create_table('energy_interval',
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('minutes', sa.SmallInteger(), nullable=False),
    sa.Column('start', sa.BigInteger(), nullable=False),
    sa.Column('covered_s', sa.SmallInteger(), nullable=False),
    sa.Column('solar_wh', sa.Float(), nullable=False),
    sa.Column('import_wh', sa.Float(), nullable=False),
    sa.Column('export_wh', sa.Float(), nullable=False),
    sa.Column('charge_wh', sa.Float(), nullable=False),
    sa.Column('discharge_wh', sa.Float(), nullable=False),
    sa.Column('load_wh', sa.Float(), nullable=False),
    sa.Column('soc_pct', sa.Float(), nullable=True),
    sa.Column('import_cost_c', sa.Float(), nullable=True),
    sa.Column('feed_in_earned_c', sa.Float(), nullable=True),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_energy_interval_site_id_site'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('site_id', 'minutes', 'start', name=op.f('pk_energy_interval')),
    sqlite_with_rowid=False
    )
    op.create_table('journal_entry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('params', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('detail', sa.JSON(), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('effective_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('failure', sa.Text(), nullable=True),
    sa.Column('needs_owner', sa.Boolean(), nullable=False),
    sa.Column('snapshot', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_journal_entry_site_id_site'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_journal_entry'))
    )
    with op.batch_alter_table('journal_entry', schema=None) as batch_op:
        batch_op.create_index('ix_journal_entry_site_at', ['site_id', 'at'], unique=False)

    op.create_table('last_decision',
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('policy', sa.String(length=40), nullable=True),
    sa.Column('command', sa.JSON(), nullable=True),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('params', sa.JSON(), nullable=False),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('wishes', sa.JSON(), nullable=False),
    sa.Column('limits', sa.JSON(), nullable=False),
    sa.Column('problems', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_last_decision_site_id_site'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('site_id', name=op.f('pk_last_decision'))
    )
    op.create_table('lease',
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('holder', sa.String(length=120), nullable=True),
    sa.Column('epoch', sa.Integer(), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_lease_site_id_site'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('site_id', name=op.f('pk_lease'))
    )
    with op.batch_alter_table('lease', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_lease_until'), ['until'], unique=False)

    op.create_table('membership',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(length=6), nullable=False),
    sa.CheckConstraint("role IN ('owner', 'viewer')", name=op.f('ck_membership_role_is_known')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_membership_site_id_site'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_membership_user_id_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', 'site_id', name=op.f('pk_membership'))
    )
    with op.batch_alter_table('membership', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_membership_site_id'), ['site_id'], unique=False)

    op.create_table('owner_wish',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('axis', sa.String(length=40), nullable=False),
    sa.Column('command', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_owner_wish_site_id_site'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_owner_wish_user_id_user'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_owner_wish'))
    )
    with op.batch_alter_table('owner_wish', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_owner_wish_site_id'), ['site_id'], unique=False)

    op.create_table('policy_settings',
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('policy', sa.String(length=40), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('settings', sa.JSON(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_policy_settings_site_id_site'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('site_id', 'policy', name=op.f('pk_policy_settings'))
    )
    op.create_table('policy_wish',
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('policy', sa.String(length=40), nullable=False),
    sa.Column('wish', sa.JSON(), nullable=False),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_policy_wish_site_id_site'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('site_id', 'policy', name=op.f('pk_policy_wish'))
    )
    op.create_table('reading',
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('taken_at', sa.BigInteger(), nullable=False),
    sa.Column('solar_w', sa.Integer(), nullable=True),
    sa.Column('grid_w', sa.Integer(), nullable=True),
    sa.Column('battery_w', sa.Integer(), nullable=True),
    sa.Column('load_w', sa.Integer(), nullable=True),
    sa.Column('soc_pct', sa.Float(), nullable=True),
    sa.Column('on_grid', sa.Boolean(), nullable=True),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_reading_site_id_site'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('site_id', 'taken_at', name=op.f('pk_reading')),
    sqlite_with_rowid=False
    )
    op.create_table('signal',
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('fetch_asked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_signal_site_id_site'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('site_id', name=op.f('pk_signal'))
    )
    op.create_table('stand_down',
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('policy', sa.String(length=40), nullable=False),
    sa.Column('changes', sa.JSON(), nullable=False),
    sa.Column('priority', sa.Integer(), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_stand_down_site_id_site'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('site_id', 'policy', name=op.f('pk_stand_down'))
    )
    op.create_table('tariff_upload',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('tariff', sa.JSON(), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('moved_c', sa.Double(), nullable=True),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_tariff_upload_site_id_site'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tariff_upload'))
    )
    with op.batch_alter_table('tariff_upload', schema=None) as batch_op:
        batch_op.create_index('ix_tariff_upload_site_at', ['site_id', 'at'], unique=False)

    op.create_table('web_session',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reauthenticated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('remember', sa.Boolean(), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('user_agent', sa.String(length=255), nullable=False),
    sa.Column('ip', sa.String(length=45), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_web_session_user_id_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_web_session')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_web_session_token_hash'))
    )
    with op.batch_alter_table('web_session', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_web_session_expires_at'), ['expires_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_web_session_user_id'), ['user_id'], unique=False)

    op.create_table('baseline',
    sa.Column('connection_id', sa.Integer(), nullable=False),
    sa.Column('settings', sa.JSON(), nullable=False),
    sa.Column('stored_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('refused', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['connection_id'], ['connection.id'], name=op.f('fk_baseline_connection_id_connection'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('connection_id', name=op.f('pk_baseline'))
    )
    op.create_table('device_state',
    sa.Column('connection_id', sa.Integer(), nullable=False),
    sa.Column('found', sa.JSON(), nullable=True),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('confirmed', sa.JSON(), nullable=True),
    sa.Column('sent', sa.JSON(), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('next_try_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('problem', sa.Text(), nullable=True),
    sa.Column('problem_kind', sa.String(length=40), nullable=True),
    sa.Column('drifts', sa.JSON(), nullable=False),
    sa.Column('replanned_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['connection_id'], ['connection.id'], name=op.f('fk_device_state_connection_id_connection'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('connection_id', name=op.f('pk_device_state'))
    )
    op.create_table('price_feed',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('connection_id', sa.Integer(), nullable=True),
    sa.Column('as_of', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ahead_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('known_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('is_published_ahead', sa.Boolean(), nullable=False),
    sa.Column('channels', sa.String(length=60), nullable=False),
    sa.Column('quarantined', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['connection_id'], ['connection.id'], name=op.f('fk_price_feed_connection_id_connection'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_price_feed')),
    sa.UniqueConstraint('key', name=op.f('uq_price_feed_key'))
    )
    with op.batch_alter_table('price_feed', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_price_feed_connection_id'), ['connection_id'], unique=False)

    op.create_table('price',
    sa.Column('feed_id', sa.Integer(), nullable=False),
    sa.Column('start', sa.BigInteger(), nullable=False),
    sa.Column('minutes', sa.SmallInteger(), nullable=False),
    sa.Column('import_c', sa.Float(), nullable=True),
    sa.Column('feed_in_c', sa.Float(), nullable=True),
    sa.Column('controlled_load_c', sa.Float(), nullable=True),
    sa.Column('quality', sa.String(length=8), nullable=False),
    sa.Column('as_of', sa.BigInteger(), nullable=False),
    sa.Column('import_low_c', sa.Float(), nullable=True),
    sa.Column('import_high_c', sa.Float(), nullable=True),
    sa.Column('feed_in_low_c', sa.Float(), nullable=True),
    sa.Column('feed_in_high_c', sa.Float(), nullable=True),
    sa.Column('spike', sa.String(length=9), nullable=False),
    sa.Column('descriptor', sa.String(length=20), nullable=True),
    sa.Column('renewables_pct', sa.Float(), nullable=True),
    sa.ForeignKeyConstraint(['feed_id'], ['price_feed.id'], name=op.f('fk_price_feed_id_price_feed'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('feed_id', 'start', 'minutes', name=op.f('pk_price')),
    sqlite_with_rowid=False
    )


def downgrade():
    op.drop_table('price')
    with op.batch_alter_table('price_feed', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_price_feed_connection_id'))

    op.drop_table('price_feed')
    op.drop_table('device_state')
    op.drop_table('baseline')
    with op.batch_alter_table('web_session', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_web_session_user_id'))
        batch_op.drop_index(batch_op.f('ix_web_session_expires_at'))

    op.drop_table('web_session')
    with op.batch_alter_table('tariff_upload', schema=None) as batch_op:
        batch_op.drop_index('ix_tariff_upload_site_at')

    op.drop_table('tariff_upload')
    op.drop_table('stand_down')
    op.drop_table('signal')
    op.drop_table('reading')
    op.drop_table('policy_wish')
    op.drop_table('policy_settings')
    with op.batch_alter_table('owner_wish', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_owner_wish_site_id'))

    op.drop_table('owner_wish')
    with op.batch_alter_table('membership', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_membership_site_id'))

    op.drop_table('membership')
    with op.batch_alter_table('lease', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_lease_until'))

    op.drop_table('lease')
    op.drop_table('last_decision')
    with op.batch_alter_table('journal_entry', schema=None) as batch_op:
        batch_op.drop_index('ix_journal_entry_site_at')

    op.drop_table('journal_entry')
    op.drop_table('energy_interval')
    with op.batch_alter_table('connection', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_connection_site_id'))

    op.drop_table('connection')
    op.drop_table('vendor_budget')
    op.drop_table('user')
    op.drop_table('site')
    op.drop_table('setup_token')
    op.drop_table('login_attempt')
    op.drop_table('heartbeat')

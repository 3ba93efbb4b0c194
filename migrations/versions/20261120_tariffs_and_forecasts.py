"""tariffs and forecasts

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-20 13:05:42.581528

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('price_override',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('start', sa.DateTime(timezone=True), nullable=False),
    sa.Column('end', sa.DateTime(timezone=True), nullable=False),
    sa.Column('import_c', sa.Float(), nullable=True),
    sa.Column('feed_in_c', sa.Float(), nullable=True),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('import_c IS NOT NULL OR feed_in_c IS NOT NULL', name=op.f('ck_price_override_says_something')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_price_override_site_id_site'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_price_override'))
    )
    with op.batch_alter_table('price_override', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_price_override_site_id'), ['site_id'], unique=False)

    op.create_table('saved_tariff',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('brand', sa.String(length=40), nullable=False),
    sa.Column('tariff', sa.JSON(), nullable=False),
    sa.Column('is_default', sa.Boolean(), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_saved_tariff_site_id_site'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_tariff')),
    sa.UniqueConstraint('site_id', 'name', name=op.f('uq_saved_tariff_site_id_name'))
    )
    with op.batch_alter_table('saved_tariff', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_saved_tariff_site_id'), ['site_id'], unique=False)

    op.create_table('tou_plan',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('plan', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('activated_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_tou_plan_site_id_site'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tou_plan')),
    sa.UniqueConstraint('site_id', 'name', name=op.f('uq_tou_plan_site_id_name'))
    )
    with op.batch_alter_table('tou_plan', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_tou_plan_site_id'), ['site_id'], unique=False)

    op.create_table('forecast_sample',
    sa.Column('feed_id', sa.Integer(), nullable=False),
    sa.Column('start', sa.BigInteger(), nullable=False),
    sa.Column('lead_min', sa.SmallInteger(), nullable=False),
    sa.Column('import_c', sa.Float(), nullable=False),
    sa.Column('feed_in_c', sa.Float(), nullable=False),
    sa.ForeignKeyConstraint(['feed_id'], ['price_feed.id'], name=op.f('fk_forecast_sample_feed_id_price_feed'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('feed_id', 'start', 'lead_min', name=op.f('pk_forecast_sample')),
    sqlite_with_rowid=False
    )
    op.create_table('forecast_score',
    sa.Column('feed_id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('lead_min', sa.SmallInteger(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('import_sum_c', sa.Float(), nullable=False),
    sa.Column('import_abs_sum_c', sa.Float(), nullable=False),
    sa.Column('feed_in_sum_c', sa.Float(), nullable=False),
    sa.Column('feed_in_abs_sum_c', sa.Float(), nullable=False),
    sa.ForeignKeyConstraint(['feed_id'], ['price_feed.id'], name=op.f('fk_forecast_score_feed_id_price_feed'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('feed_id', 'day', 'lead_min', name=op.f('pk_forecast_score')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('price', schema=None) as batch_op:
        batch_op.add_column(sa.Column('spot_c', sa.Float(), nullable=True))

    with op.batch_alter_table('price_feed', schema=None) as batch_op:
        batch_op.add_column(sa.Column('daily_charge_c', sa.Float(), nullable=True))
        batch_op.add_column(sa.Column('monthly_charge_c', sa.Float(), nullable=True))
        batch_op.add_column(sa.Column('plan', sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column('market', sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column('relation', sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column('relation_at', sa.DateTime(timezone=True), nullable=True))



def downgrade():
    with op.batch_alter_table('price_feed', schema=None) as batch_op:
        batch_op.drop_column('relation_at')
        batch_op.drop_column('relation')
        batch_op.drop_column('market')
        batch_op.drop_column('plan')
        batch_op.drop_column('monthly_charge_c')
        batch_op.drop_column('daily_charge_c')

    with op.batch_alter_table('price', schema=None) as batch_op:
        batch_op.drop_column('spot_c')

    op.drop_table('forecast_score')
    op.drop_table('forecast_sample')
    with op.batch_alter_table('tou_plan', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_tou_plan_site_id'))

    op.drop_table('tou_plan')
    with op.batch_alter_table('saved_tariff', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_saved_tariff_site_id'))

    op.drop_table('saved_tariff')
    with op.batch_alter_table('price_override', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_price_override_site_id'))

    op.drop_table('price_override')

"""signing in at a vendor by OAuth, and the health of batteries

Revision ID: 0010
Revises: 0009
Create Date: 2026-11-20 16:20:00.000000

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('vendor_application',
    sa.Column('vendor', sa.String(length=40), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('config', sa.JSON(), nullable=False),
    sa.Column('secrets', sa.Text(), nullable=True),
    sa.Column('progress', sa.JSON(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_vendor_application_user_id_user'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('vendor', name=op.f('pk_vendor_application'))
    )
    with op.batch_alter_table('vendor_application', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_vendor_application_user_id'), ['user_id'], unique=False)

    op.create_table('sign_in',
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('vendor', sa.String(length=40), nullable=False),
    sa.Column('tokens', sa.Text(), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('held_by', sa.String(length=32), nullable=True),
    sa.Column('held_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('pending', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_sign_in_site_id_site'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('site_id', 'vendor', name=op.f('pk_sign_in'))
    )

    op.create_table('battery_health',
    sa.Column('connection_id', sa.Integer(), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('rated_wh', sa.Float(), nullable=True),
    sa.Column('measured_wh', sa.Float(), nullable=False),
    sa.ForeignKeyConstraint(['connection_id'], ['connection.id'], name=op.f('fk_battery_health_connection_id_connection'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('connection_id', 'on', name=op.f('pk_battery_health')),
    sqlite_with_rowid=False
    )


def downgrade():
    op.drop_table('battery_health')
    op.drop_table('sign_in')
    with op.batch_alter_table('vendor_application', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_vendor_application_user_id'))

    op.drop_table('vendor_application')

"""Alembic's entry point; ``SqlDatabase.migrate`` hands it an open connection."""

from alembic import context

from spaceport.adapters.columns import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()

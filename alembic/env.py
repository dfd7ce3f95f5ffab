"""Runs migrations against the address that the hub hands over."""

from alembic import context

from hub.db import Database
from hub.models import Row


def run() -> None:
    """Migrate in one transaction; SQLite changes tables by copying them."""
    database = Database(context.config.attributes["url"])
    with database.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Row.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
    database.close_now()


run()

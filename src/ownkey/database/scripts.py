"""Running a script of many statements at once."""

from django.db import connection


def run_in_one_transaction(script: str) -> None:
    """Run statements, each with a semicolon at its end: after a kill all of them have been done, or none.

    Raises:
        django.db.DatabaseError: One of them cannot be done.
    """
    with connection.wrap_database_errors, connection.cursor() as cursor:
        cursor.executescript(f"BEGIN IMMEDIATE;\n{script}COMMIT;")

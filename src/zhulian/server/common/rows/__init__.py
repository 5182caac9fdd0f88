"""PostgreSQL row policies: a second wall behind the scopes of the selectors (trust.md "Access", decision 125).

The first wall is `common.scopes`, in every query. The second stands in the database and stops what forgets the first:
each statement of a web request says who asks, in its own transaction, and rows of enterprises that this user has
nothing to do with do not exist for it. `guards` says which tables, `policies` makes them, `asking` says who asks,
`checking` finds what is missing. Only PostgreSQL has it.
"""

from zhulian.server.common.rows.asking import Asker, Wall, asked_by, asker, prologue, unrestricted

__all__ = ["Asker", "Wall", "asked_by", "asker", "prologue", "unrestricted"]

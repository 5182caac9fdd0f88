"""Foundations of the server.

- `clock`: the business clock (`now`, `today`, `frozen`), fast-forwarded or frozen; and the machine's.
- `permissions`: `@requires("app.thing.verb")`, `@signed_in`, `@public` on every view; `declare` in an app's
  `permissions.py`. `scopes`: jurisdiction put into the query.
- `writing`: `@writes` on every public function of a `services.py`: one transaction, and a ledger leaf or nothing.
- `outbox`: `append` events in the transaction, `@handler` in an app's `handlers.py`. `jobs`: `@job`, `job_start`.
- `models.Bitemporal`: base of dated facts; `bitemporal`: what recording a fact does to the rows of its key.
- `crypto`: encrypted columns and blind indexes. `files`: encrypted file store. `numbers`: document numbers.
- `search`: tokens written with the rows. `errors`: problem+json and error pages.
"""

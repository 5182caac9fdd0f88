"""The officers' work list: what waits in every app, as one queue. It imports the others; none of them imports it."""

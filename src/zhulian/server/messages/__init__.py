"""消息: who hears of what happened in the loop, on the page, by e-mail and through chat robots (decision 0109).

- `table`: event type → who hears, in which words; `silent` says why an event tells nobody.
- `hearing`: the people behind an audience, each asked whether he may see the thing. `telling`: notices out of events.
- `looking`: what waits for somebody without an event having told it (documents to confirm, defences, last days).
- `kinds`: the channels that may be set up. `sending`: carrying out, at least once. `services`: what people change.
"""

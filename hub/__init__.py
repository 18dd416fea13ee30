"""Simpul: an event-driven data-exchange hub for one-stop public services.

The house, top floor first; imports run downward only (``docs/design.md`` §10)::

    cli > demo > local > web > views > engine | rehearsal > router > network > events
        > names | errors | settings | metrics

``bus`` stands beside ``network`` and knows no events: it carries bytes.
"""

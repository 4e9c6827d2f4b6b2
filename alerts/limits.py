"""Bounds of the alerts, each with its unit and reason."""

RULES_MAX = 1000
"""Rules of one hub: each costs a count every EVALUATE_SECONDS."""

EVALUATE_SECONDS = 15.0
"""Between two looks: half a minute is soon enough for people, and a count takes milliseconds."""

RULE_SECONDS = 10.0
"""What the search of one rule may take."""

WITHIN_MAX_SECONDS = 7 * 86_400.0
"""The longest time that a rule looks back: one that looks at months is a report."""

KEYS_MAX = 100
"""Values of the field by which a rule splits, and members that one notification lists."""

SAMPLE_MAX = 5
"""Entries that a notification shows."""

SAMPLE_TEXT_MAX = 300
"""Characters of a message that it shows."""

TARGETS_MAX = 10
"""Receivers of one rule."""

TEXT_MAX = 4000
"""Characters of a query, of an address of a receiver."""

WAITING_MAX = 1000
"""Notifications kept for receivers that do not answer; the oldest go first, and are counted."""

TOLD_MAX = 10
"""Of each rule the last notifications whose fate is kept, a kilobyte or two."""

KEPT_SECONDS = 86_400.0
"""How long one is tried: what is a day old wakes nobody."""

RETRY_SECONDS = (5.0, 15.0, 60.0, 300.0)
"""Pauses after failures of a receiver; the last one stays."""

SEND_SECONDS = 10.0
"""For a receiver to answer."""

REPEAT_SECONDS = 60.0
"""An Alertmanager is told again that an alert still fires: it takes one that it does not hear of for resolved."""

ENDS_SECONDS = 300.0
"""After which an Alertmanager that hears nothing more of us takes an alert for resolved."""

FORGET_SECONDS = 900.0
"""How long fewer entries must be missing of a node until the lower number counts: after a start of the collector
gaps are found anew, one after the other."""

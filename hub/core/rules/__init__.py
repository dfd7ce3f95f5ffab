"""When / if / wait / unless / then: what follows a missed call, and why (not).

rule.py        a rule is data: its parts and their defaults
plain.py       a rule as JSON, and back with all its checks
facts.py       everything that a decision looks at
conditions.py  the ordered tables of conditions: docs, console and trace share them
drafting.py    the message itself: language, address, filled text
decide.py      decide(facts, rule, at): the same for live, preview and past calls
"""

from hub.contract.phone import LineType
from hub.core.rules.conditions import (
    CHANNEL_CONDITIONS,
    CONDITIONS,
    NO_CHANNEL,
    NO_CHANNEL_SENTENCE,
    ChannelCondition,
    Condition,
)
from hub.core.rules.decide import Decision, TraceStep, Verdict, decide
from hub.core.rules.drafting import Draft
from hub.core.rules.facts import Facts, Person, as_of
from hub.core.rules.plain import SCHEMA, from_dict, to_dict
from hub.core.rules.rule import (
    NIGHT,
    Content,
    MessageClass,
    Only,
    Rule,
    Then,
    Trigger,
    Unless,
    Wait,
    default_rule,
)

__all__ = [
    "CHANNEL_CONDITIONS",
    "CONDITIONS",
    "NIGHT",
    "NO_CHANNEL",
    "NO_CHANNEL_SENTENCE",
    "SCHEMA",
    "ChannelCondition",
    "Condition",
    "Content",
    "Decision",
    "Draft",
    "Facts",
    "LineType",
    "MessageClass",
    "Only",
    "Person",
    "Rule",
    "Then",
    "TraceStep",
    "Trigger",
    "Unless",
    "Verdict",
    "Wait",
    "as_of",
    "decide",
    "default_rule",
    "from_dict",
    "to_dict",
]

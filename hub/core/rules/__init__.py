"""When / if / wait / unless / then: what follows a missed call, and why (not).

rule.py        a rule is data: its parts, its JSON, its checks
facts.py       everything that a decision looks at
conditions.py  the ordered tables of conditions: docs, console and trace share them
decide.py      decide(facts, rule, at): the same for live, preview and past calls
"""

from hub.core.rules.conditions import CHANNEL_CONDITIONS, CONDITIONS, ChannelCondition, Condition
from hub.core.rules.decide import Decision, Draft, TraceStep, Verdict, decide
from hub.core.rules.facts import Facts, LineType, Person
from hub.core.rules.rule import (
    Content,
    MessageClass,
    Only,
    Rule,
    Then,
    Trigger,
    Unless,
    Wait,
    default_rule,
    from_dict,
    to_dict,
)

__all__ = [
    "CHANNEL_CONDITIONS",
    "CONDITIONS",
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
    "decide",
    "default_rule",
    "from_dict",
    "to_dict",
]

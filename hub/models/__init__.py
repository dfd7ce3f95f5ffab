"""The tables, one file per thing; `Row.metadata` holds them all."""

from hub.models.base import Row, new_id, now
from hub.models.call import Call, Leg, Missed, Recording
from hub.models.connection import Connection, RemoteRef
from hub.models.contact import Activity, Choice, Contact, ContactPhone, Import
from hub.models.delivery import Delivery, DeliveryState, Event
from hub.models.job import Attempt, Job, JobState
from hub.models.line import Line
from hub.models.message import ConsentRow, Message
from hub.models.people import ApiToken, Audit, Role, SignIn, User
from hub.models.rule import FollowUp, FollowUpState, Rule, RuleVersion
from hub.models.workspace import Calendar, Site, Workspace

__all__ = [
    "Activity",
    "ApiToken",
    "Attempt",
    "Audit",
    "Calendar",
    "Call",
    "Choice",
    "Connection",
    "ConsentRow",
    "Contact",
    "ContactPhone",
    "Delivery",
    "DeliveryState",
    "Event",
    "FollowUp",
    "FollowUpState",
    "Import",
    "Job",
    "JobState",
    "Leg",
    "Line",
    "Message",
    "Missed",
    "Recording",
    "RemoteRef",
    "Role",
    "Row",
    "Rule",
    "RuleVersion",
    "SignIn",
    "Site",
    "User",
    "Workspace",
    "new_id",
    "now",
]

"""What the desk says no to, beyond the contract's own errors."""

from hub.contract.errors import HubError


class NotFound(HubError):
    """There is nothing (any more) under this name or id."""


class Conflict(HubError):
    """It cannot be done as things stand; the message says what to change first."""

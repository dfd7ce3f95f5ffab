"""*Now*: calls that ring or run, the pop, and the missed-call inbox."""

from hub.web.now import acts, board

routes = [*board.routes, *acts.routes]

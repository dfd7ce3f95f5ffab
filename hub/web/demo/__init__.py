"""Only in the demo: a button that makes a call come in, and a page of what the twins took."""

from hub.web.demo import outbox, stories

routes = [*stories.routes, *outbox.routes]

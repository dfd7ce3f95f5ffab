"""Numbers about this process, for `/metrics`."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

DELIVERIES = Counter(
    "hub_deliveries", "Webhooks by provider and result", ["provider", "result"], registry=REGISTRY
)
INBOX_SECONDS = Histogram(
    "hub_inbox_seconds",
    "From a webhook's arrival to its answer, after the commit",
    registry=REGISTRY,
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5),
)
SCREENS = Gauge("hub_screens", "Open consoles that listen for pops", registry=REGISTRY)
JOBS = Gauge("hub_jobs", "Jobs by state", ["state"], registry=REGISTRY)
WAITING = Gauge("hub_writes_waiting", "Writes that wait for their commit", registry=REGISTRY)
EFFECTS = Counter(
    "hub_messages",
    "Messages sent, by channel and result",
    ["channel", "result"],
    registry=REGISTRY,
)

"""Centralino: a self-hosted communications hub between phone systems, CRMs and people."""

__version__ = "0.1.0"

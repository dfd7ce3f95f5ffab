"""One folder per system that the hub talks to; each stands on `hub.contract` alone."""

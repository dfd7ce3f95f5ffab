"""Phone systems that tell us what happens: one folder each, standing on `hub.contract` alone."""

"""The suites that every provider folder must pass; part of the product, so that plugin authors have them too."""

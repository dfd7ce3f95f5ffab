"""The conformance suites that every provider passes; they ship, so that yours can use them."""

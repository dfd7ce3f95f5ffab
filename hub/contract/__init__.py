"""All that a provider folder may import: shapes, questions, errors; standard library, pure."""

"""All that a provider folder may import: shapes, questions and errors; standard library only, pure."""

"""The pages of the console, one module per place in the navigation."""

"""What people and programs ask of the hub: the same for console, API and command line.

Reads are plain functions of a `Session`, changes of a `Work`; both are run by `hub.db`. What
they give is made of values and may leave the transaction. They raise the errors of
`hub.contract.errors` and of `hub.desk.errors`, whose messages name the cure.
"""

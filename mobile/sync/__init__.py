"""Between the store and the server: an engine without a clock of its own, and the thread it runs
in.
"""

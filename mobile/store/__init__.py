"""What the phone remembers: the shadow (what the server said) and the outbox (what the patient
did).
"""

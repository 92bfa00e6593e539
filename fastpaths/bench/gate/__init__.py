"""The gate: did B make it slower than A? Paired rounds, a rule for verdicts, and what is kept and shown of them."""

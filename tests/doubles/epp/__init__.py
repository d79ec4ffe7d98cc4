"""A registry that speaks EPP, strictly by its RFCs (5730 to 5734, 3915, 5910, 8748, 8807)."""

"""Plain Python that every floor may use: money, periods, the clock, errors, identifiers, token form. No Django."""

"""Pure rules of telephony and messaging: no network, database, clock or randomness of their own."""

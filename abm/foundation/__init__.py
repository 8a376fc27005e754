"""What everything stands on and nothing of the subject: errors, dates, chance, tables, the ledger, declarations."""

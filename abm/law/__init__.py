"""The law as a pure function of the date: dated acts set levers, and a regime folds them into the law of a day."""

"""Rules of behaviour: pure functions, arrays in and arrays out, one module a subject."""

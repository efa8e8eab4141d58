-- The base of every share: persons of the register and of its strata.
SELECT dimension, value, persons FROM stratum

-- They all stay as they are.
CREATE TEMP TABLE frozen AS SELECT person FROM restricted_now UNION SELECT person FROM frozen_pair

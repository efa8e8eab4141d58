SELECT count(*) FROM restricted_now

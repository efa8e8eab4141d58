SELECT (SELECT count(*) FROM correction), (SELECT count(*) FROM correction_name)

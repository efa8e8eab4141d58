INSERT INTO load_set SELECT load_set, unnest(loads) FROM (SELECT DISTINCT load_set, loads FROM stamp_set)
